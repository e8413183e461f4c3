"""Every setting: its default, what it takes, and the line to add where there is no default."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from apps.service_providers.llm_service import default_models
from model_retirement import conf


@pytest.mark.parametrize(
    ("name", "read", "example"),
    [
        ("MODEL_RETIREMENT_TEAM_MODEL", conf.team_model_label, "teams.Team"),
        ("MODEL_RETIREMENT_MODEL", conf.llm_model_label, "service_providers.LlmProviderModel"),
        ("MODEL_RETIREMENT_CATALOGUE", conf.catalogue, "apps.service_providers.llm_service.default_models"),
        ("MODEL_RETIREMENT_CATALOGUE", conf.migrations_app, "apps.service_providers.llm_service.default_models"),
    ],
)
@pytest.mark.parametrize("value", [None, ""])
def test_a_setting_without_a_default_says_the_line_to_add(settings: Settings, name, read, example, value):
    setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured) as missing:
        read()
    assert str(missing.value) == f'Add {name} to the settings, such as {name} = "{example}".'
    delattr(settings, name)
    with pytest.raises(ImproperlyConfigured, match=f"Add {name} to the settings"):
        read()


def test_the_models_and_the_catalogue_are_those_that_are_named(settings: Settings):
    assert conf.catalogue() is default_models
    settings.MODEL_RETIREMENT_TEAM_MODEL, settings.MODEL_RETIREMENT_MODEL = "people.Tenant", "desk.LlmModel"
    assert (conf.team_model_label(), conf.llm_model_label()) == ("people.Tenant", "desk.LlmModel")


@pytest.mark.parametrize(
    ("name", "absent"),
    [("nowhere.models", "nowhere"), ("config.nowhere", "config.nowhere"), ("config.nowhere.models", "config.nowhere")],
)
def test_a_catalogue_that_is_not_there_is_told_with_what_to_give(settings: Settings, name: str, absent: str):
    settings.MODEL_RETIREMENT_CATALOGUE = name
    with pytest.raises(ImproperlyConfigured) as missing:
        conf.catalogue()
    assert str(missing.value) == (
        f"MODEL_RETIREMENT_CATALOGUE is {name!r}, and there is no module {absent}. Give the dotted path of the module "
        "that declares DEFAULT_LLM_PROVIDER_MODELS and DELETED_MODELS."
    )


@pytest.mark.parametrize(
    "code",
    ["import absent_elsewhere", "raise ModuleNotFoundError('by hand')", "by hand = 1", "raise ValueError('by hand')"],
)
def test_what_a_catalogue_misses_itself_is_told_as_such(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str
):
    name = f"catalogue_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    settings.MODEL_RETIREMENT_CATALOGUE = name
    with pytest.raises(
        conf.WrongSetting, match=r"cannot be imported: .*(absent_elsewhere|by hand|SyntaxError)"
    ) as wrong:
        conf.catalogue()
    assert wrong.value.__cause__
    assert name not in sys.modules


def test_migrations_go_to_the_app_that_holds_the_catalogue_or_to_the_one_named(settings: Settings):
    assert conf.migrations_app() == "service_providers"
    settings.MODEL_RETIREMENT_MIGRATIONS_APP = "teams"
    assert conf.migrations_app() == "teams"


def test_a_catalogue_outside_of_all_apps_needs_an_app_named(settings: Settings):
    settings.MODEL_RETIREMENT_CATALOGUE = "config.models"
    with pytest.raises(ImproperlyConfigured) as missing:
        conf.migrations_app()
    assert str(missing.value) == (
        "No installed app holds config.models: set MODEL_RETIREMENT_MIGRATIONS_APP to the label of the app whose "
        "migrations are to carry changes of the catalogue out."
    )


@pytest.mark.parametrize(
    ("name", "read", "default", "given"),
    [
        ("PLATFORM", conf.platform, "", ("a.B", "a.B")),
        ("TEAM_NAME", conf.team_name, "name", ("title", "title")),
        ("TEAM_SLUG", conf.team_slug, "slug", ("pk", "pk")),
        ("SITE_URL", conf.site_url, "http://localhost:8000", ("https://host.example/", "https://host.example")),
        ("CONTACT", conf.contact, "webmaster@localhost", ("models@host.example", "models@host.example")),
        ("LEASE_SECONDS", conf.lease_seconds, 30.0, (5, 5.0)),
        ("NOTIFY_DAYS_BEFORE", conf.notify_days_before, [90, 30, 7, 0], ((1, 10), [10, 1])),
        ("MAX_PRICE_INCREASE", conf.max_price_increase, None, (12.5, Decimal("12.5"))),
        ("MAX_PRICE_INCREASE", conf.max_price_increase, None, (0, Decimal(0))),
        ("LOG_FORMAT", conf.logs_as_json, False, ("json", True)),
        ("ADMIN", conf.registers_admin, True, (False, False)),
        ("GUARD_DELETES", conf.guards_deletes, True, (False, False)),
        ("PROMOTE", conf.promotes_custom_models, True, (False, False)),
    ],
)
def test_a_setting_with_a_default(settings: Settings, name, read, default, given):
    settings.DEFAULT_FROM_EMAIL = "webmaster@localhost"
    value, expected = given
    full = f"MODEL_RETIREMENT_{name}"
    setattr(settings, full, value)
    assert read() == expected
    delattr(settings, full)
    assert read() == default


def test_the_folder_of_the_project_is_where_commands_are_typed_unless_the_host_says(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    settings.BASE_DIR = str(tmp_path / "x" / "..")
    assert conf.project_folder() == tmp_path.resolve()
    del settings.BASE_DIR
    monkeypatch.chdir(tmp_path)
    assert conf.project_folder() == tmp_path.resolve()
