"""Tables of hosts that point at LLM models in ways that the platform does not. They live as long as one test.

They are no models of the app for anybody else: ``models.py`` does not import them, and no migration makes them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import models

from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from apps.users.models import User
from model_retirement.references.schema import ModelReferenceIndex
from model_retirement.stored_json import StoredJSONDecoder, StoredJSONEncoder
from tests.short_lived_tables import tables_of


class OfTeam(models.Model):
    """Something that a team has made."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100, default="Something")
    data = models.JSONField(null=True, encoder=StoredJSONEncoder, decoder=StoredJSONDecoder)

    class Meta:
        abstract = True
        app_label = "sample_app"

    def __str__(self) -> str:
        return self.name


class Agent(OfTeam):
    """Its ids in JSON are found by indexes on the expressions that read them."""

    class Meta(OfTeam.Meta):
        indexes = [
            ModelReferenceIndex(field="data", path="model_id", name="sample_agent_model"),
            ModelReferenceIndex(field="data", path="routing.primary.model", name="sample_agent_route"),
        ]


class Draft(OfTeam):
    """Its ids in JSON are found by nothing but reading."""

    class Meta(OfTeam.Meta):
        pass


class Profile(OfTeam):
    """It keeps a foreign key beside the id in JSON."""

    llm_model = models.ForeignKey(LlmProviderModel, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta(OfTeam.Meta):
        pass


class Tariff(models.Model):
    """Something that rows of models point at."""

    name = models.CharField(max_length=20)

    class Meta:
        app_label = "sample_app"

    def __str__(self) -> str:
        return self.name


class Template(models.Model):
    """A team has made it, or it is there for everybody."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=100, default="Something")
    data = models.JSONField(null=True)

    class Meta:
        app_label = "sample_app"

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """It belongs to a model and goes with it."""

    model = models.ForeignKey(LlmProviderModel, on_delete=models.CASCADE, related_name="+", db_column="of model")
    amount = models.DecimalField(max_digits=20, decimal_places=12)
    terms = models.JSONField(null=True)
    note = models.BinaryField(null=True)

    class Meta:
        app_label = "sample_app"

    def __str__(self) -> str:
        return str(self.amount)


class Grant(models.Model):
    """It belongs to a model, goes with it, and points at other rows of the host."""

    model = models.ForeignKey(LlmProviderModel, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    fallback = models.ForeignKey(LlmProviderModel, on_delete=models.SET_NULL, null=True, related_name="+")
    code = models.CharField(max_length=20, null=True, unique=True)  # noqa: DJ001  (as hosts have it)
    seats = models.IntegerField(default=1)

    class Meta:
        app_label = "sample_app"
        constraints = [
            models.UniqueConstraint(fields=["model", "team"], name="sample_grant_once"),
            models.CheckConstraint(condition=models.Q(seats__lt=1000), name="sample_grant_seats"),
        ]

    def __str__(self) -> str:
        return str(self.code)


class Panel(OfTeam):
    """It has several models, by links that say more than that."""

    members = models.ManyToManyField(LlmProviderModel, through="sample_app.Seat", related_name="+")  # type: ignore[misc]  # no app of the plugin has it

    class Meta(OfTeam.Meta):
        pass


class Seat(models.Model):
    """One model of a panel."""

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="+")
    llm_model = models.ForeignKey(LlmProviderModel, on_delete=models.CASCADE, related_name="+")
    weight = models.DecimalField(max_digits=9, decimal_places=3)
    tariff = models.ForeignKey(Tariff, on_delete=models.CASCADE, null=True, related_name="+")
    approved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        app_label = "sample_app"

    def __str__(self) -> str:
        return str(self.weight)


class Trigger(OfTeam):
    """It keeps names of models."""

    model_name = models.CharField(max_length=100, null=True, db_index=True)  # noqa: DJ001  (as hosts have it)
    provider = models.CharField(max_length=50, default="openai")
    full_name = models.CharField(max_length=200, default="", db_index=True)

    class Meta(OfTeam.Meta):
        pass


TABLES: tuple[type[models.Model], ...] = (Agent, Draft, Profile, Price, Template, Tariff, Grant, Panel, Seat, Trigger)


@pytest.fixture
def pointing_tables(db: None) -> Iterator[None]:
    """The tables are there, and Django knows their models."""
    with tables_of("tests.sample_app", lambda: TABLES):
        yield
