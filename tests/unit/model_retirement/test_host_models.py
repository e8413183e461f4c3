"""The two models that are the host's, whatever it calls their fields."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from apps.assistants.models import Assistant
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from model_retirement import host_models, sql
from model_retirement.abstract import offered_to, usable_by
from model_retirement.models import TeamTokenLimit
from model_retirement.references import ForeignKeyReference, Resource, ResourcePath
from model_retirement.references.rows import rows_of
from model_retirement.token_limits import with_token_limit
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Team:
    return TeamFactory.create(name="Acme", slug="acme")


def test_the_models_are_those_that_the_settings_name(settings: Settings):
    assert host_models.llm_model() is LlmProviderModel
    assert host_models.team_model() is Team
    assert host_models.models_of_the_table() == [LlmProviderModel]
    settings.MODEL_RETIREMENT_MODEL, settings.MODEL_RETIREMENT_TEAM_MODEL = "assistants.Assistant", "users.User"
    assert host_models.llm_model()._meta.label == "assistants.Assistant"
    assert host_models.team_model()._meta.label == "users.User"


@pytest.mark.parametrize(
    ("setting", "find", "example"),
    [
        ("MODEL_RETIREMENT_MODEL", host_models.llm_model, "service_providers.LlmProviderModel"),
        ("MODEL_RETIREMENT_TEAM_MODEL", host_models.team_model, "teams.Team"),
    ],
)
@pytest.mark.parametrize("label", ["nowhere.Thing", "teams.Nothing", "Team", "apps.teams.Team"])
def test_a_model_that_no_installed_app_has_is_told_with_its_setting_before_anything_else(
    settings: Settings, setting: str, find: Callable[[], object], example: str, label: str
):
    setattr(settings, setting, label)
    for first in (find, apps.get_app_config("model_retirement").ready):
        with pytest.raises(ImproperlyConfigured) as wrong:
            first()
        assert str(wrong.value) == (
            f"{setting} is {label!r}, and no installed app has such a model. Give the label of an app of INSTALLED_APPS, a"
            f" dot and the name of the model, such as {example!r}."
        )


@pytest.mark.parametrize(
    ("name", "slug", "shown"),
    [("name", "slug", ("Acme", "acme")), ("slug", "pk", ("acme", None)), ("pk", "name", (None, "Acme"))],
)
def test_a_team_is_shown_as_the_host_says(settings: Settings, acme: Team, name: str, slug: str, shown: tuple):
    settings.MODEL_RETIREMENT_TEAM_NAME, settings.MODEL_RETIREMENT_TEAM_SLUG = name, slug
    expected = tuple(acme.pk if value is None else value for value in shown)
    (row,) = host_models.teams(using="default")
    assert (row.shown_name, row.shown_slug) == expected
    assert (host_models.name_of(acme), host_models.slug_of(acme)) == tuple(str(value) for value in expected)


def test_every_model_is_among_the_models(acme: Team):
    delete_all_models()
    made = {LlmProviderModelFactory.create().pk, LlmProviderModelFactory.create(team=acme).pk}
    assert {row.pk for row in host_models.llm_models(using="default")} == made


def test_a_team_uses_global_models_and_its_own_and_chooses_those_that_stay(acme: Team):
    delete_all_models()
    kept = {
        (owner, deprecated): LlmProviderModelFactory.create(team=team, deprecated=deprecated).pk
        for owner, team in (("all", None), ("acme", acme), ("other", TeamFactory.create()))
        for deprecated in (True, False)
    }
    rows = LlmProviderModel.objects.all()

    def ids(models) -> set[int]:
        return {row.pk for row in models}

    for team in (acme, acme.pk):
        assert ids(usable_by(rows, team=team)) == {kept[key] for key in kept if key[0] != "other"}
        assert ids(offered_to(rows, team=team)) == {kept["all", False], kept["acme", False]}
    assert ids(offered_to(rows, team=None)) == {kept["all", False]}
    assert str(LlmProviderModel(type="openai", name="a")) == "openai/a"


def test_a_team_limit_counts_for_global_models_of_the_team_that_chose_it(acme: Team):
    everybodys = LlmProviderModelFactory.create(name="a", max_token_limit=100)
    own = LlmProviderModelFactory.create(name="a", team=acme, max_token_limit=200)
    plain = LlmProviderModelFactory.create(name="b", max_token_limit=300)
    TeamTokenLimit.objects.create(team=acme, type="openai", name="a", max_token_limit=7)

    def limits(team) -> dict[int, int]:
        rows = LlmProviderModel.objects.filter(pk__in=[everybodys.pk, own.pk, plain.pk])
        return {row.pk: row.token_limit for row in with_token_limit(rows, team=team)}

    assert limits(acme) == limits(acme.pk) == {everybodys.pk: 7, own.pk: 200, plain.pk: 300}
    assert limits(TeamFactory.create()) == {everybodys.pk: 100, own.pk: 200, plain.pk: 300}


def fetched(**options) -> list[tuple]:
    query, params = rows_of(Assistant, using="default", **options)
    return sql.fetch("default", f"{query} ORDER BY 1", params)


def test_rows_that_belong_to_no_team_are_the_first_teams(acme: Team):
    """A host without teams has one row in the table of teams, made by ``migrate``."""
    row = AssistantFactory.create(team=TeamFactory.create())
    assert fetched() == [(row.pk,)]
    assert fetched(team="team", name="name") == [(row.pk, row.name, row.team_id)]
    assert fetched(team="") == [(row.pk, acme.pk)]


def test_a_reference_without_a_path_to_a_team_is_every_teams(acme: Team):
    model = LlmProviderModelFactory.create()
    rows = [AssistantFactory.create(team=team, llm_provider_model=model) for team in (acme, TeamFactory.create())]

    def rows_with(path: str) -> set[int]:
        resource_path = ResourcePath(Resource("assistant", "assistants.Assistant", team=path))
        reference = ForeignKeyReference("assistants.Assistant", "llm_provider_model", path, resource_path)
        query, params = reference.pairs(using="default", team_id=acme.pk, model_ids=[model.pk])
        return {row_id for row_id, *_ in sql.fetch("default", query, params)}

    assert rows_with("team") == {rows[0].pk}
    assert rows_with("") == {row.pk for row in rows}
