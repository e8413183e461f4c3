"""The command ``load_demo``: words around the demo."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from apps.pipelines.models import Node
from apps.service_providers.models import LlmProviderModel
from apps.users.models import User
from model_retirement.catalogue import view as catalogue
from model_retirement.sync import sync

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def migrated(settings):
    """A development database as ``migrate`` leaves it."""
    settings.DEBUG = True
    sync(model=LlmProviderModel, catalogue=catalogue.load(), using="default")


def test_it_says_what_was_made_and_how_to_log_in(settings):
    settings.SITE_URL = "https://platform.example"
    out = io.StringIO()
    call_command("load_demo", "--teams", "3", "--nodes", "40", "--seed", "5", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0] == f"Made 3 teams with {User.objects.count()} users."
    assert "pipelines with 40 nodes" in lines[1]
    removals = {(entry.provider, entry.name) for entry in catalogue.load().removals}
    rows = LlmProviderModel.objects.filter(team=None)
    using = Node.objects.filter(llm_provider_model_ref__in=[row.pk for row in rows if (row.type, row.name) in removals])
    assert lines[3] == f"  {using.count()} nodes use one of {len(removals)} models on the removal list."
    assert lines[4] == "Log in at https://platform.example/admin/ as demo@example.org with the password 'demo'."


def test_its_defaults_are_eight_teams_and_two_hundred_nodes():
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    assert out.getvalue().startswith("Made 8 teams")
    assert "with 200 nodes" in out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--teams", "9", "--nodes", "8"], "every team needs one node at least"),
        (["--nodes", "-1"], "--nodes is -1"),
        (["--teams", "many"], "argument --teams: invalid int value: 'many'"),
    ],
)
def test_bad_input_is_one_line(arguments, words):
    with pytest.raises(CommandError) as refused:
        call_command("load_demo", *arguments)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not User.objects.exists()
