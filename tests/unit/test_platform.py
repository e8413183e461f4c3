"""What the engine asks of its host, where the host says nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import modify_settings
from pytest_django import Settings

from apps.service_providers.providers import LlmProviderType
from apps.teams.models import Team
from model_retirement.platform import Platform, host, host_delivers


def checkout(folder: Path) -> Path:
    """Make a git repository with one commit."""
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for command in (["init", "--quiet"], ["commit", "--quiet", "--allow-empty", "--no-verify", "-m", "x"]):
        subprocess.run([*git, *command], check=True)
    return folder


def test_the_code_version_is_the_short_revision_of_the_checkout(settings, tmp_path: Path):
    settings.BASE_DIR = checkout(tmp_path)
    expected = subprocess.run(
        ["git", "-C", str(tmp_path), "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True
    )
    assert Platform().code_version() == expected.stdout.strip() != ""


def test_the_code_version_is_empty_outside_a_checkout(settings, tmp_path: Path):
    settings.BASE_DIR = tmp_path
    assert Platform().code_version() == ""


def test_the_code_version_is_empty_without_git(settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    settings.BASE_DIR = checkout(tmp_path)
    monkeypatch.setenv("PATH", "")
    assert Platform().code_version() == ""


def test_providers_are_the_choices_of_the_models_field():
    assert Platform().providers() == [(str(key), str(name)) for key, name in LlmProviderType.choices]


def test_providers_of_a_twin_are_the_choices_of_the_hosts_own_field_of_that_column(settings: Settings):
    """A message calls them as the host does, and not by their keys."""
    with modify_settings(INSTALLED_APPS={"append": "tests.forgetful_app"}):
        settings.MODEL_RETIREMENT_MODEL = "forgetful_app.Twin"
        assert Platform().providers() == [(str(key), str(name)) for key, name in LlmProviderType.choices]


@pytest.mark.parametrize(
    "model",
    [
        "model_retirement.TeamTokenLimit",  # its field has no choices
        "teams.Team",  # has no such field
        "nowhere.Nothing",  # is not there
    ],
)
def test_providers_are_those_of_the_catalogue_where_the_field_has_no_choices(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
):
    name = f"catalogue_{tmp_path.name}".replace("-", "_")
    lists = 'DEFAULT_LLM_PROVIDER_MODELS = {"openai": [], 5: []}\nDELETED_MODELS = [("groq", "a"), ("openai", "b")]\n'
    (tmp_path / f"{name}.py").write_text(lists)
    monkeypatch.syspath_prepend(tmp_path)
    settings.MODEL_RETIREMENT_CATALOGUE = name
    settings.MODEL_RETIREMENT_MODEL = model
    assert Platform().providers() == [("openai", "openai"), ("groq", "groq")]


def test_a_host_that_says_nothing_lets_nobody_see_and_tells_nobody():
    platform = Platform()
    assert platform.feed_providers() == {}
    assert list(platform.recipients(team_ids=None, using="default")) == []
    assert platform.deliver(message=None, notices=[], recipients=[], using="default") is None
    assert platform.may_see(user=None, team=None) is False
    assert platform.team_of_request(request=None, slug="acme") is None


def test_pages_are_found_by_the_objects_own_address(settings: Settings):
    settings.MODEL_RETIREMENT_SITE_URL = "https://host.example/"
    page = SimpleNamespace(get_absolute_url=lambda: "/things/5/")
    assert Platform().resource_url(obj=page) == "https://host.example/things/5/"
    assert Platform().resource_url(obj=Team(pk=5)) == ""


def test_the_adapter_is_the_one_that_is_named_and_made_once(settings: Settings):
    assert type(host()).__module__ == "config.retirement"
    assert host() is host()
    assert host_delivers() is False
    settings.MODEL_RETIREMENT_PLATFORM = ""
    assert type(host()) is Platform
    assert host_delivers() is False
    settings.MODEL_RETIREMENT_PLATFORM = "tests.unit.model_retirement.adapters.Delivering"
    assert host_delivers() is True
