"""Tables with ids and names of models in them, and with much that only looks like it."""

from __future__ import annotations

from django.db import models

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


class Never(models.Model):
    """Its table waits for a migration."""

    data = models.JSONField(default=dict)

    class Meta:
        app_label = "forgetful_app"

    def __str__(self) -> str:
        return str(self.pk)


TABLES: tuple[type[models.Model], ...] = (Event, Step, Loose, Price, LlmWithUuid)
