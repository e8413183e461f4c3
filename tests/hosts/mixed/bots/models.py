import uuid

from django.db import models

from model_retirement.abstract import AbstractLlmModel  # host:
from model_retirement.fields import ModelMirror  # host:


class Space(models.Model):
    title = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)
    email = models.EmailField()

    def __str__(self) -> str:
        return self.title


class LanguageModel(AbstractLlmModel):  # host: the table of LLM models
    pass


class Macro(models.Model):
    space = models.ForeignKey(Space, on_delete=models.CASCADE)
    title = models.CharField(max_length=80)
    model = models.ForeignKey(LanguageModel, null=True, blank=True, on_delete=models.PROTECT)

    def __str__(self) -> str:
        return self.title


class Bot(models.Model):
    uid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    space = models.ForeignKey(Space, on_delete=models.CASCADE)
    title = models.CharField(max_length=80)
    settings = models.JSONField(default=dict)
    model_ref = ModelMirror("settings", key="model_id", db_index=True)  # host:

    def __str__(self) -> str:
        return self.title
