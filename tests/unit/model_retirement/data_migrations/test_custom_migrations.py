"""The custom_migrations command."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now

from apps.service_providers.llm_service import default_models
from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.claims import lease
from model_retirement.data_migrations.models import CustomMigration
from tests.factories.service_providers import LlmProviderModelFactory
from tests.statements import without_table

Status = CustomMigration.Status

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_records")]


def call(*args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("custom_migrations", *args, stdout=out, **options)
    return out.getvalue()


def ask(*names: str) -> None:
    for name in names:
        run_once.request(name=name, requested_by="shop.0002", repeatable=False)


def test_which_removals_have_run_here():
    """The guide's question: the name of a command finds its units, too."""
    ask("remove_deprecated_models", "sample_atomic")
    run_once.record_units(
        names=["remove_deprecated_models:openai/gpt-4"],
        status=Status.APPLIED,
        triggered_by="migrate",
        using="default",
    )
    lines = call("list", "--name", "remove_deprecated_models").splitlines()
    assert lines[0].split() == ["Name", "Status", "Applied", "at", "(UTC)", "Requested", "by", "Runs"]
    assert lines[1].split() == ["remove_deprecated_models", "pending", "never", "shop.0002", "0"]
    assert lines[2].split()[:2] == ["remove_deprecated_models:openai/gpt-4", "applied"]
    assert len(lines) == 3


def test_the_list_as_json():
    ask("sample_atomic")
    call("run")
    applied_at = CustomMigration.objects.get().applied_at
    assert applied_at is not None
    assert json.loads(call("list", "--format", "json")) == [
        {
            "name": "sample_atomic",
            "status": "applied",
            "applied_at": applied_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "requested_by": "shop.0002",
            "runs": 1,
        }
    ]


def test_a_model_that_is_back_although_its_record_says_done_is_told_beside_it(monkeypatch: pytest.MonkeyPatch, capsys):
    """Rule 20: in any format, which leaves a document as it was."""
    monkeypatch.setattr(default_models, "DELETED_MODELS", [("openai", "m")])
    LlmProviderModelFactory.create(name="m")
    ask("sample_atomic")
    run_once.record_units(
        names=["remove_deprecated_models:openai/m"], status=Status.APPLIED, triggered_by="migrate", using="default"
    )
    line = "In the table although their removal is recorded as done: openai/m."
    for narrowed in ([], ["--name", "remove_"], ["--status", "applied"]):
        assert line in call("list", *narrowed).splitlines()[-1]
    for narrowed in (["--name", "sample"], ["--status", "failed"]):
        assert line not in call("list", *narrowed)
    assert len(json.loads(call("list", "--format", "json"))) == 2
    assert line in capsys.readouterr().err


def test_nothing_is_told_of_models_whose_migrations_wait():
    """Rule 11: their table may not be as the code expects it."""
    MigrationRecorder(connection).migration_qs.filter(app="service_providers").delete()
    ask("sample_atomic")
    assert len(call("list").splitlines()) == 2


def test_long_names_are_neither_cut_nor_wrapped():
    ask("x" * 250)
    assert "x" * 250 in call("list")


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ([], "No data migration has been asked for here.\n"),
        (["--name", "x"], "No data migrations match.\n"),
        (["--status", "failed"], "No data migrations match.\n"),
        (["--format", "json"], "[]\n"),
    ],
)
def test_an_empty_list_says_so(args: list[str], line: str):
    assert call("list", *args) == line


def test_showing_what_failed(monkeypatch: pytest.MonkeyPatch):
    ask("sample_atomic")
    monkeypatch.setenv("SAMPLE_ERROR", "no luck")
    with pytest.raises(CommandError, match="no luck"):
        call("run", "sample_atomic")
    output = call("show", "sample_atomic")
    assert "status: failed" in output
    assert "by shop.0002" in output
    assert "attempts: 1" in output
    assert "CommandError: sample_atomic failed: ValueError: no luck." in output
    document = json.loads(call("show", "sample_atomic", "--format", "json"))
    assert document["attempts"][0]["status"] == "failed"
    assert "Traceback" in document["attempts"][0]["error"]


def test_running_what_waits():
    ask("sample_atomic", "sample_batched")
    assert call("run") == "sample_atomic: applied: 1 teams.\nsample_batched: applied: 1 teams.\n"
    assert call("run") == "No data migration waits.\n"
    assert CustomMigration.objects.get(name="sample_atomic").runs.get().triggered_by == "custom_migrations run"


def test_running_one():
    ask("sample_batched")
    assert call("run", "sample_atomic") == "sample_atomic: applied: 1 teams.\n"
    assert run_once.statuses(prefix="sample_b", using="default") == {"sample_batched": Status.PENDING}
    assert "was applied on" in call("run", "sample_atomic")


def test_running_one_unit():
    ask("sample_units:two")
    assert call("run", "sample_units:two") == "sample_units: applied: due: two.\n"


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["run", "sample_atomik"], "No data migration is called sample_atomik. Did you mean sample_atomic"),
        (["show", "sample_atomik"], "No data migration is called sample_atomik. Did you mean sample_gone"),
        (["mark", "sample_atomik"], "No data migration is called sample_atomik. Did you mean sample_atomic"),
        (["unmark", "sample_atomik"], "No data migration is called sample_atomik. Did you mean sample_gone"),
        (["run", "sample_gone"], "Data migration sample_gone failed: there is no command sample_gone"),
        (["run"], "Data migration sample_gone failed: there is no command sample_gone"),
        (["list", "--status", "gone"], "invalid choice: 'gone'"),
        (["frobnicate"], "invalid choice: 'frobnicate'"),
    ],
)
def test_what_is_refused_is_one_line(args: list[str], line: str):
    ask("sample_gone")
    with pytest.raises(CommandError) as caught:
        call(*args)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)
    assert run_once.statuses(prefix="", using="default") == {"sample_gone": Status.PENDING}


def test_marking_and_unmarking():
    ask("sample_gone")
    assert call("mark", "sample_gone") == "sample_gone is marked as applied; nothing was done.\n"
    assert "was marked as applied on" in call("mark", "sample_gone")
    assert CustomMigration.objects.get().status == Status.FAKED
    assert call("unmark", "sample_gone").startswith("sample_gone is pending; ")
    assert CustomMigration.objects.get().status == Status.PENDING


def test_marking_before_it_is_asked_for():
    call("mark", "sample_atomic")
    ask("sample_atomic")
    assert call("run") == "No data migration waits.\n"


def test_what_is_held_is_not_unmarked():
    CustomMigration.objects.create(name="sample_atomic", status=Status.RUNNING, lease_expires_at=Now() + lease())
    with pytest.raises(CommandError, match="is held by"):
        call("unmark", "sample_atomic")


def test_before_the_first_migrate_it_says_what_to_do():
    with without_table(CustomMigration), pytest.raises(CommandError, match="Run `migrate` first"):
        call("list")


def test_options_are_shown_and_kept_by_an_unmark(limited: None):
    run_once.request(name="limited", requested_by="shop.0002", repeatable=False, options={"limit": 5, "tag": ["a"]})
    assert '  options: limit=5, tag=["a"]\n' in call("show", "limited")
    assert json.loads(call("show", "limited", "--format", "json"))["options"] == {"limit": 5, "tag": ["a"]}
    ran = "limited: applied: limit=5, kind=node, tag=['a'], archived=False, mail=True.\n"
    assert call("run", "limited") == ran
    assert call("unmark", "limited") == (
        'limited is pending; the next `migrate` or `custom_migrations run` does it with limit=5, tag=["a"].\n'
    )
    assert call("run") == ran


def test_a_person_who_types_the_command_means_what_was_typed(limited: None):
    run_once.request(name="limited", requested_by="shop.0002", repeatable=False, options={"limit": 5})
    out = io.StringIO()
    call_command("limited", "--limit=3", stdout=out)
    assert out.getvalue() == "limited: applied: limit=3, kind=node, archived=False, mail=True.\n"
    assert CustomMigration.objects.get().status == Status.APPLIED


def test_a_command_that_is_called_otherwise_goes_by_both_names(host_command: Callable[[str, str], None]):
    host_command(
        "cleanup_nodes",
        """
        from model_retirement.data_migrations.commands import IdempotentCommand

        class Command(IdempotentCommand):
            migration_name = "2024_cleanup"

            def perform_migration(self, dry_run=False):
                return 3
        """,
    )
    assert call("mark", "cleanup_nodes") == "2024_cleanup is marked as applied; nothing was done.\n"
    assert call("unmark", "cleanup_nodes").startswith("2024_cleanup is pending; ")
    assert call("run", "2024_cleanup") == "2024_cleanup: applied: 3 rows.\n"
    assert "was applied on" in call("run", "cleanup_nodes")
    assert call("show", "cleanup_nodes").startswith("2024_cleanup\n  status: applied\n")
    assert CustomMigration.objects.count() == 1


def test_running_a_command_that_cannot_be_imported_says_why(host_command: Callable[[str, str], None]):
    host_command("a_broken", "import no_such_module_anywhere\n")
    with pytest.raises(CommandError, match="its command cannot be imported: ModuleNotFoundError: No module named"):
        call("run", "a_broken")
    ask("a_broken")
    assert "  command: its command cannot be imported: ModuleNotFoundError" in call("show", "a_broken")
