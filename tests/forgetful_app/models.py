"""Tables with ids and names of models in them, and with much that only looks like it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField, HStoreField
from django.db import models
from django.db.models.fields.json import KT

from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from model_retirement.abstract import AbstractLlmModel
from model_retirement.stored_json import StoredJSONDecoder, StoredJSONEncoder


class Event(models.Model):
    """Something that has happened in a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=200, default="")
    text = models.TextField(default="")
    payload = models.JSONField(null=True, encoder=StoredJSONEncoder, decoder=StoredJSONDecoder)
    llm_model_id = models.BigIntegerField(null=True)
    max_models = models.IntegerField(default=0)
    count = models.IntegerField(default=0)
    model = models.CharField(max_length=100, default="")

    class Meta:
        app_label = "forgetful_app"

    def __str__(self) -> str:
        return self.title


class Step(models.Model):
    """A part of an event; it belongs to a team only through that."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+")
    label = models.CharField(max_length=200, default="")
    provider = models.CharField(max_length=50, default="openai")
    params = models.JSONField(default=dict)

    class Meta:
        app_label = "forgetful_app"

    def __str__(self) -> str:
        return self.label


class Loose(models.Model):
    """It belongs to nobody."""

    data = models.JSONField(default=dict)
    model_ids = models.JSONField(null=True)

    class Meta:
        app_label = "forgetful_app"

    def __str__(self) -> str:
        return str(self.pk)


class Price(models.Model):
    """It belongs to a model."""

    model = models.ForeignKey(LlmProviderModel, on_delete=models.CASCADE, related_name="+")

    class Meta:
        app_label = "forgetful_app"

    def __str__(self) -> str:
        return str(self.pk)


class LlmWithUuid(AbstractLlmModel):
    """A table of LLM models whose keys are UUIDs."""

    id = models.UUIDField(primary_key=True)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, related_name="+")
    type = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    max_token_limit = models.PositiveIntegerField()
    deprecated = models.BooleanField(default=False)

    class Meta:
        app_label = "forgetful_app"


class Offered(models.Manager):
    """Hides what is deprecated."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(deprecated=False)


class Twin(AbstractLlmModel):
    """The platform's table of LLM models once more, as a host reads it whose own model has other names."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, related_name="+")
    type = models.CharField(max_length=64)
    name = models.CharField(max_length=128)
    max_token_limit = models.PositiveIntegerField()
    deprecated = models.BooleanField(default=False)

    objects = Offered()

    class Meta:
        app_label = "forgetful_app"
        managed = False
        db_table = LlmProviderModel._meta.db_table

    def __str__(self) -> str:
        return self.name


class Setting(models.Model):
    """Its rows have a key of two columns."""

    pk = models.CompositePrimaryKey("team_id", "name")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    data = models.JSONField(default=dict)
    text = models.TextField(default="")
    llm = models.ForeignKey(LlmProviderModel, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        app_label = "forgetful_app"

    def __str__(self) -> str:
        return self.name


class ShelfLlm(models.Model):
    """A link with a key of two columns."""

    pk = models.CompositePrimaryKey("shelf_id", "llm_id")
    shelf = models.ForeignKey("Shelf", on_delete=models.CASCADE, related_name="+")
    llm = models.ForeignKey(LlmProviderModel, on_delete=models.CASCADE, related_name="+")

    class Meta:
        app_label = "forgetful_app"

    def __str__(self) -> str:
        return str(self.pk)


class Shelf(models.Model):
    """It has many models; its key is a text."""

    code = models.CharField(max_length=200, primary_key=True)
    data = models.JSONField(default=dict)
    llms: models.ManyToManyField[LlmProviderModel, ShelfLlm] = models.ManyToManyField(
        LlmProviderModel, through=ShelfLlm, related_name="+"
    )

    class Meta:
        app_label = "forgetful_app"

    def __str__(self) -> str:
        return self.code


class Looser(Loose):
    """A child of another model, with a table of its own."""

    more = models.JSONField(default=dict)

    class Meta:
        app_label = "forgetful_app"


class LooseProxy(Loose):
    """The same table under another name."""

    class Meta:
        app_label = "forgetful_app"
        proxy = True


class LooseTwin(models.Model):
    """The same table once more, described by hand."""

    data = models.JSONField(default=dict)

    class Meta:
        app_label = "forgetful_app"
        managed = False
        db_table = "forgetful_app_loose"

    def __str__(self) -> str:
        return str(self.pk)


class LooseView(models.Model):
    """A view of the same rows; only some tests have it."""

    data = models.JSONField(default=dict)

    class Meta:
        app_label = "forgetful_app"
        managed = False
        db_table = "forgetful_app_looseview"

    def __str__(self) -> str:
        return str(self.pk)


class Badge(models.Model):
    """It has a UUID that may be anybody's."""

    holder = models.UUIDField()

    class Meta:
        app_label = "forgetful_app"

    def __str__(self) -> str:
        return str(self.holder)


class Computed(models.Model):
    """The database computes a column from another one."""

    data = models.JSONField(default=dict)
    llm_model = models.GeneratedField(
        expression=KT("data__llm"), output_field=models.CharField(max_length=200), db_persist=True
    )

    class Meta:
        app_label = "forgetful_app"

    def __str__(self) -> str:
        return str(self.pk)


class Swapped(models.Model):
    """Another model stands for it."""

    data = models.JSONField(default=dict)

    class Meta:
        app_label = "forgetful_app"
        swappable = "AUTH_USER_MODEL"

    def __str__(self) -> str:
        return str(self.pk)


class Listing(models.Model):
    """It has types that PostgreSQL alone has; only some tests have its table."""

    model_ids = ArrayField(models.BigIntegerField(), default=list)
    numbers = ArrayField(models.BigIntegerField(), default=list)
    model_scores = ArrayField(models.FloatField(), default=list)
    keys = ArrayField(models.UUIDField(), default=list)
    names = ArrayField(ArrayField(models.CharField(max_length=200)), default=list)
    documents = ArrayField(models.JSONField(), default=list)

    class Meta:
        app_label = "forgetful_app"

    def __str__(self) -> str:
        return str(self.pk)


class Store(models.Model):
    """An hstore, whose type is an extension of PostgreSQL's; only some tests have a table for it."""

    limits_by_model = HStoreField(default=dict)

    class Meta:
        app_label = "forgetful_app"

    def __str__(self) -> str:
        return str(self.pk)


class Never(models.Model):
    """Its table waits for a migration."""

    data = models.JSONField(default=dict)

    class Meta:
        app_label = "forgetful_app"

    def __str__(self) -> str:
        return str(self.pk)


TABLES: tuple[type[models.Model], ...] = (
    Event,
    Step,
    Loose,
    Price,
    LlmWithUuid,
    Setting,
    Shelf,
    ShelfLlm,
    Looser,
    Badge,
    Computed,
)
