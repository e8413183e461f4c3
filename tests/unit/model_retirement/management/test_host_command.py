"""No command of the engine runs on a host that is set up wrongly: one line says what is wrong and what to do."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import OperationalError
from pytest_django import Settings

from apps.assistants.models import Assistant
from apps.service_providers.models import LlmProviderModel
from model_retirement import host_checks, reference_checks
from model_retirement.management import shards
from model_retirement.management.host_command import REMOVING, SETTING_UP, TELLING, HostCommand, require_supported
from model_retirement.management.several import SeveralDatabases

pytestmark = pytest.mark.django_db

ADAPTERS = "tests.unit.model_retirement.adapters"
COMMANDS = sorted(name for name, app in get_commands().items() if app == "model_retirement")
NEEDS = {
    "llm_models": set(),
    "notify_deprecated_models": {*TELLING},
    "promote_custom_models": {*REMOVING},
    "prune_history": set(),
    "remove_deprecated_models": {*REMOVING, *TELLING},
    "restore_removed_models": {*TELLING},
    "send_team_notices": {*TELLING},
}
SEVERAL = ["notify_deprecated_models", "prune_history", "remove_deprecated_models", "send_team_notices"]
ARGUMENTS = {
    "llm_models": ["usage"],
    "prune_history": ["--older-than", "30"],
    "restore_removed_models": ["1"],
}


def refusal(name: str, *more: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command(name, *ARGUMENTS.get(name, []), *more)
    return str(refused.value)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_refuses_in_one_line_whoever_calls_it(settings: Settings, name: str):
    settings.MODEL_RETIREMENT_LEASE_SECONDS = -1
    assert refusal(name) == (
        "MODEL_RETIREMENT_LEASE_SECONDS is -1, not a number of seconds. Give 1 to 86400 seconds, such as 30."
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_engine_asks(name: str):
    command = load_command_class("model_retirement", name)
    assert isinstance(command, HostCommand)
    assert isinstance(command, SeveralDatabases) == (name in SEVERAL)
    assert set(command.needs) == NEEDS[name]


def test_what_is_wrong_besides_is_counted(settings: Settings):
    settings.MODEL_RETIREMENT_LEASE_SECONDS = -1
    settings.MODEL_RETIREMENT_LOG_FORMAT = "yaml"
    assert refusal("send_team_notices").endswith("such as 30. (1 more: run `python manage.py check`.)")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CATALOGUE", "config.nowhere"),
        ("PLATFORM", "config.nowhere.Platform"),
        ("PLATFORM", f"{ADAPTERS}.Fewer"),
        ("TEAM_NAME", "title"),
        ("TEAM_SLUG", "memberships"),
        ("NOTIFY_DAYS_BEFORE", 30),
        ("MAX_PRICE_INCREASE", "10"),
        ("TEAM_MODEL", "users.User"),
        ("TEAM_MODEL", "service_providers.LlmProviderModel"),
        ("MODEL", "assistants.Assistant"),
    ],
)
def test_nothing_is_removed_by_a_host_that_is_set_up_wrongly(settings: Settings, name: str, value: Any):
    before = set(LlmProviderModel.objects.values_list("pk"))
    setattr(settings, f"MODEL_RETIREMENT_{name}", value)
    for more in ([], ["--dry-run"], ["--fake"]):
        assert "\n" not in refusal("remove_deprecated_models", *more)
    assert set(LlmProviderModel.objects.values_list("pk")) == before


def test_a_mirror_that_is_none_moves_no_row(monkeypatch: pytest.MonkeyPatch):
    """Rule 29: it may hold another id."""
    monkeypatch.setattr(host_checks, "column_of", lambda _model, _name: None)
    assert refusal("remove_deprecated_models").startswith("The mirror llm_provider_model_ref of pipelines.Node.params.")


def test_a_relation_that_no_app_declares_lets_no_row_be_deleted(monkeypatch: pytest.MonkeyPatch):
    """Rule 4: without a constraint nothing else would know of it. Whoever looks for such places may look."""
    monkeypatch.setattr(reference_checks, "pointing_fields", lambda: [Assistant._meta.get_field("team")])
    assert refusal("remove_deprecated_models").startswith(
        "assistants.Assistant.team points at LLM models, but no app declares it"
    )
    call_command("llm_models", "usage")


def test_a_preview_tells_nobody_so_nobody_has_to_hear(settings: Settings):
    settings.MODEL_RETIREMENT_PLATFORM = f"{ADAPTERS}.Silent"
    call_command("remove_deprecated_models", "--dry-run")
    assert refusal("remove_deprecated_models").startswith("Nobody hears for any team")
    assert refusal("send_team_notices").startswith("Nobody hears for any team")


def test_what_a_host_has_silenced_stops_nothing(settings: Settings):
    settings.MODEL_RETIREMENT_PLATFORM = f"{ADAPTERS}.Silent"
    settings.SILENCED_SYSTEM_CHECKS = ["model_retirement.E208"]
    call_command("send_team_notices")


NO_SUPPORT = "Database default is MySQL. Use PostgreSQL 15 or later, or SQLite."


@pytest.fixture
def _mysql(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(host_checks, "unsupported", lambda _connection: "MySQL")


@pytest.mark.usefixtures("_mysql")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_database_of_another_kind_is_refused(name: str):
    assert refusal(name) == NO_SUPPORT


@pytest.mark.usefixtures("_mysql")
@pytest.mark.parametrize("name", SEVERAL)
@pytest.mark.parametrize("database", ["default", "all", ["default"], ["all"]])
def test_so_is_one_to_which_a_list_of_databases_comes(name: str, database: Any):
    with pytest.raises(CommandError) as refused:
        call_command(name, *ARGUMENTS.get(name, []), database=database)
    assert str(refused.value) == NO_SUPPORT


@pytest.mark.usefixtures("_mysql")
@pytest.mark.django_db(databases=[])
@pytest.mark.parametrize("name", SEVERAL)
def test_one_of_several_databases_stops_none_of_the_others(monkeypatch: pytest.MonkeyPatch, name: str):
    """Each is asked by the process that works on it."""
    begun: list[str] = []

    def run(aliases: list[str], **_kwargs: Any) -> list[shards.Ended]:
        begun.extend(aliases)
        return [shards.Ended(alias=aliases[0], error=NO_SUPPORT), shards.Ended(alias=aliases[1], error="")]

    monkeypatch.setattr(shards, "run", run)
    with pytest.raises(CommandError, match="default"):
        call_command(name, *ARGUMENTS.get(name, []), database=["default", "other"])
    assert begun == ["default", "other"]


def test_a_database_that_is_not_there_or_cannot_be_reached_is_told_by_the_command(monkeypatch: pytest.MonkeyPatch):
    def unreachable(_connection: Any) -> str:
        raise OperationalError("no route")

    monkeypatch.setattr(host_checks, "unsupported", unreachable)
    require_supported("default")
    require_supported("elsewhere")


def test_the_checks_are_those_that_check_runs():
    from django.core.checks.registry import registry as registered

    assert {*SETTING_UP, *TELLING, *REMOVING} <= set(registered.registered_checks)
    assert reference_checks.check_relations in REMOVING
