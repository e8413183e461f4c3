"""The command ``llm_models``."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from unittest import mock

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection, connections
from django.db.migrations.recorder import MigrationRecorder

from apps.service_providers.llm_service import default_models
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Model
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.management.commands.llm_models import Command
from model_retirement.sync import PROMOTION
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory
from tests.processes import ROOT
from tests.statements import before_statement, raising

BASE = Model("base", 10, is_default=True, is_translation_default=True)


@pytest.fixture
def declare(monkeypatch, db):
    """Return a function that puts models and removals of OpenAI in place of the catalogue."""

    def put(*models: Model, removals: list | None = None) -> None:
        monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": [BASE, *models]})
        monkeypatch.setattr(default_models, "DELETED_MODELS", removals or [])

    put()
    return put


@pytest.fixture
def empty_table(db):
    delete_all_models()
    CustomMigration.objects.all().delete()


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("llm_models", *arguments, stdout=out)
    return out.getvalue()


def typed(capsys, *arguments: str) -> tuple[int, str, str]:
    """Run the command as if it were typed; return exit status, standard output and standard error."""
    try:
        # A process closes its connections at its end; the test goes on with them.
        with mock.patch.object(connections, "close_all"):
            Command().run_from_argv(["manage.py", "llm_models", *arguments])
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    output, error = capsys.readouterr()
    return status, output, error


def test_check_says_that_nothing_is_wrong(declare):
    assert run("check") == "Nothing is wrong with the catalogue.\n"


def test_check_prints_warnings_with_what_to_do_and_succeeds(declare, capsys):
    declare(Model("old", 1, deprecated=True))

    assert typed(capsys, "check") == (
        0,
        "warning model_retirement.W006: openai has deprecated models without a replacement: old. "
        "Give each a replacement, or its removal will clear the references.\n",
        "",
    )


@pytest.mark.parametrize(("removals", "count"), [([1], "1 error;"), ([1, 2], "2 errors;")])
def test_check_fails_on_errors(declare, capsys, removals, count):
    declare(removals=removals)

    status, output, error = typed(capsys, "check")

    assert status == 1
    assert output.startswith("error model_retirement.E001: DELETED_MODELS[0] is 1, no removal. Write (provider, name)")
    assert error == f"CommandError: The catalogue has {count} see default_models.py.\n"


def test_check_of_the_real_catalogue_succeeds(capsys, db):
    """There may be warnings: a day that passes brings one."""
    status, output, _ = typed(capsys, "check")

    assert status == 0
    assert {line.split()[0] for line in output.splitlines()} <= {"warning", "Nothing"}


def test_check_tells_of_a_listed_model_that_is_back_in_the_table(declare, empty_table, capsys):
    """Rule 20."""
    declare(removals=[("openai", "m", "base")])
    LlmProviderModelFactory.create(name="m")
    CustomMigration.objects.create(name="remove_deprecated_models:openai/m", status="applied")

    assert typed(capsys, "check") == (
        1,
        "error model_retirement.E011: Models are in the table although their removal is recorded as done: openai/m. "
        "Run `python manage.py remove_deprecated_models`; with `--only openai/m` it removes that one alone.\n",
        "CommandError: The catalogue and the table have 1 error.\n",
    )


def test_check_does_without_a_database(declare, capsys):
    """Where a release is built there may be none."""
    refused = OperationalError("connection refused\nIs the server running?")
    with before_statement("SELECT", raising(refused)):
        assert typed(capsys, "check") == (
            0,
            "Nothing is wrong with the catalogue.\n",
            "Database default was not looked at: connection refused\n",
        )


def test_sync_makes_the_table_match_and_says_what_it_did(declare, empty_table):
    LlmProviderModelFactory.create(name="base", max_token_limit=1)
    declare(Model("new", 20))

    assert run("sync").splitlines() == [
        "created for openai: new",
        "openai/base: token limit 1 -> 10",
        "Run `python manage.py custom_migrations run` to promote teams' own models of the same names.",
    ]
    assert sorted(LlmProviderModel.objects.values_list("name", "max_token_limit")) == [("base", 10), ("new", 20)]
    assert CustomMigration.objects.get().requested_by == "llm_models sync"


def test_sync_again_has_nothing_to_do(declare, empty_table):
    LlmProviderModelFactory.create(name="unknown", deprecated=True)
    run("sync")

    assert run("sync").splitlines() == ["kept for openai, in neither list: unknown", "The table matches the catalogue."]


def test_sync_check_says_what_would_change_writes_nothing_and_fails(declare, empty_table, capsys):
    LlmProviderModelFactory.create(name="base", max_token_limit=1)
    declare(Model("new", 20))

    assert typed(capsys, "sync", "--check") == (
        1,
        "to create for openai: new\nopenai/base: token limit 1 -> 10\n",
        "CommandError: The table does not match the catalogue. Run `python manage.py llm_models sync`.\n",
    )
    assert list(LlmProviderModel.objects.values_list("name", "max_token_limit")) == [("base", 1)]
    assert not CustomMigration.objects.exists()


def test_sync_check_succeeds_when_nothing_would_change(declare, empty_table, capsys):
    run("sync")

    assert typed(capsys, "sync", "--check") == (0, "The table matches the catalogue.\n", "")


def test_sync_says_before_which_models_would_become_one_that_it_would_create_or_offer_again(
    declare, empty_table, capsys, settings
):
    """The table does not match yet: a model is missing, one was deprecated, and one is offered that will not be."""
    declare(Model("new", 20))
    LlmProviderModelFactory.create(name="base", max_token_limit=10, deprecated=True)
    LlmProviderModelFactory.create(name="unlisted")
    team = TeamFactory.create(slug="acme")
    for name in ("new", "base", "unlisted"):
        LlmProviderModelFactory.create(team=team, type="openai", name=name)
    LlmProviderModelFactory.create(team=team, type="anthropic", name="new")

    status, out, _ = typed(capsys, "sync", "--check")

    assert (status, [line.partition(" of team")[0] for line in out.splitlines() if "its row would go" in line]) == (
        1,
        ["openai/new", "openai/base"],
    )


def test_sync_says_before_which_models_of_teams_would_become_the_global_one(declare, empty_table, capsys, settings):
    """Rule 15: a promotion has no undo, and a row of a host may hold more than the engine knows."""
    run("sync")
    team = TeamFactory.create(slug="acme")
    LlmProviderModelFactory.create(team=team, type="openai", name="base")
    said = "openai/base of team acme: its row would go, and what points at it would use the global one\n"
    assert typed(capsys, "sync", "--check") == (0, f"{said}The table matches the catalogue.\n", "")
    settings.MODEL_RETIREMENT_PROMOTE = False
    assert typed(capsys, "sync", "--check") == (0, "The table matches the catalogue.\n", "")


def test_sync_asks_for_no_promotion_where_teams_keep_their_own_models(declare, empty_table, settings):
    settings.MODEL_RETIREMENT_PROMOTE = False
    assert "promote" not in run("sync")
    assert not CustomMigration.objects.filter(name=PROMOTION).exists()


def test_sync_prints_one_json_document_and_nothing_else(declare, empty_table, capsys):
    LlmProviderModelFactory.create(name="unknown", max_token_limit=3)

    status, output, error = typed(capsys, "sync", "--check", "--format", "json")

    assert (status, error.count("\n")) == (1, 1)
    assert json.loads(output) == {
        "created": [{"provider": "openai", "name": "base", "max_token_limit": 10}],
        "updated": [
            {
                "provider": "openai",
                "name": "unknown",
                "reason": "unlisted",
                "old_token_limit": 3,
                "new_token_limit": 3,
                "old_deprecated": False,
                "new_deprecated": True,
            }
        ],
        "unlisted": [{"provider": "openai", "name": "unknown"}],
    }


def test_sync_refuses_a_catalogue_that_cannot_be_read_and_changes_nothing(declare, empty_table, capsys):
    declare(Model("new", 20), removals=[("nobody", "a")])

    status, output, error = typed(capsys, "sync")

    assert (status, output, error.count("\n")) == (1, "", 1)
    assert error.startswith("CommandError: DELETED_MODELS[0] names the provider 'nobody', which the platform does not")
    assert not LlmProviderModel.objects.exists()


def test_sync_asks_for_migrate_where_the_table_is_not_ready(declare, empty_table):
    MigrationRecorder(connection).migration_qs.filter(app="service_providers").delete()

    with pytest.raises(CommandError, match=r"Run `python manage\.py migrate` first"):
        run("sync")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "SUBCOMMAND"),
        (["nonsense"], "'nonsense'"),
        (["sync", "--format", "xml"], "'xml'"),
        (["sync", "--form", "json"], "--form json"),
        (["check", "--check"], "--check"),
    ],
)
def test_wrong_arguments_are_refused_in_one_line_with_exit_status_1(capsys, arguments, words):
    status, output, error = typed(capsys, *arguments)

    assert (status, output, error.count("\n")) == (1, "", 1)
    assert words in error


WITHOUT_EXTRAS = """
import sys
sys.modules["libcst"] = None
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""


@pytest.mark.parametrize("name", ["deprecate", "retire"])
def test_what_edits_sources_says_which_extra_it_needs(name: str):
    """A host that has installed the engine alone gets one line, and all other subcommands."""
    command = [sys.executable, "-W", "ignore", "-c", WITHOUT_EXTRAS, "llm_models", name]
    refused = subprocess.run([*command, "openai/gpt-4"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"CommandError: llm_models {name} edits sources with libcst, which is not installed."
        " Install it with `pip install 'django-model-retirement[authoring]'`.\n"
    )
    helped = subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (helped.returncode, "PROVIDER/NAME" in helped.stdout) == (0, True)


@pytest.mark.parametrize("missing", ["libcst", "something"])
def test_a_module_that_is_missing_for_another_reason_is_no_missing_extra(missing: str):
    with (
        mock.patch("model_retirement.management.llm_models.check.run", raising(ModuleNotFoundError(name=missing))),
        pytest.raises(CommandError if missing == "libcst" else ModuleNotFoundError),
    ):
        run("check")
