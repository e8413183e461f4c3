import uuid

from django.db import models

from model_retirement.abstract import AbstractLlmModel  # host:
from model_retirement.fields import ModelMirror  # host:
from model_retirement.references.schema import JsonIdListIndex, MirrorForeignKey  # host:


class Row(models.Model):
    uid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class Space(Row):
    title = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)
    email = models.EmailField()

    def __str__(self) -> str:
        return self.title


class LanguageModel(AbstractLlmModel):  # host: the table of LLM models
    uid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)


class Price(Row):
    model = models.ForeignKey(LanguageModel, on_delete=models.CASCADE)
    dollars = models.DecimalField(max_digits=12, decimal_places=6)

    def __str__(self) -> str:
        return f"{self.model}: {self.dollars}"


class Bot(Row):
    space = models.ForeignKey(Space, on_delete=models.CASCADE)
    title = models.CharField(max_length=80)
    model = models.ForeignKey(LanguageModel, null=True, blank=True, on_delete=models.PROTECT)
    model_name = models.CharField(max_length=128, blank=True)
    limits = models.JSONField(default=dict)
    others = models.ManyToManyField(LanguageModel, blank=True, related_name="+")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/bots/{self.pk}/"


class Step(Row):
    bot = models.ForeignKey(Bot, on_delete=models.CASCADE)
    label = models.CharField(max_length=80)
    settings = models.JSONField(default=dict)
    routes = models.JSONField(default=list)
    model_ref = ModelMirror("settings", key="model_id", output_field=models.UUIDField(), db_index=True)  # host:

    class Meta:
        constraints = [MirrorForeignKey(mirror="model_ref", to="bots.LanguageModel", name="bots_step_model")]  # host:
        indexes = [JsonIdListIndex(field="settings", key="fallbacks", name="bots_step_fallbacks")]  # host:

    def __str__(self) -> str:
        return self.label
