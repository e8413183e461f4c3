"""What the work of a data migration may return."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from model_retirement.data_migrations import results
from model_retirement.data_migrations.commands import IdempotentCommand, MigrationContext, WorkIncomplete
from model_retirement.data_migrations.models import CustomMigration


@dataclasses.dataclass(frozen=True)
class Report:
    moved_rows: int
    names: tuple[str, ...]


class WithCounts:
    counts = {"models": 2}


@dataclasses.dataclass(frozen=True)
class WithReport:
    rows: tuple[str, ...]
    counts = {"models": 2}


RETURNED = [
    ({"nodes": 12, "teams": 1}, "applied: 12 nodes, 1 teams.", {"nodes": 12, "teams": 1}),
    (Counter(nodes=3), "applied: 3 nodes.", {"nodes": 3}),
    ({}, "applied: nothing.", {}),
    ({"first": dt.date(2026, 1, 2), "rows": 1}, "applied: 1 rows, first: 2026-01-02.", {"rows": 1}),
    (12, "applied: 12 rows.", {"rows": 12}),
    (0, "applied: 0 rows.", {"rows": 0}),
    ("All nodes\nhave a label.", "applied: All nodes have a label.", {}),
    ("", "applied: nothing.", {}),
    (None, "applied.", {}),
    (True, "applied.", {}),
    (Report(moved_rows=3, names=("a",)), "applied: 3 moved rows, names: a.", {"moved rows": 3}),
    (WithCounts(), "applied: 2 models.", {"models": 2}),
    ((5, {"teams.Team": 5}), "applied: 5, teams.Team: 5.", {}),
    (1.5, "applied: 1.5.", {}),
]


@pytest.mark.parametrize(("returned", "words", "counts"), RETURNED, ids=range(len(RETURNED)))
def test_what_work_returns_is_told_on_one_line_and_its_numbers_are_kept(returned: Any, words: str, counts: Any):
    assert results.in_words(returned, dry_run=False) == words
    assert results.counts(returned) == counts


def test_a_preview_says_that_it_is_one():
    assert results.in_words(2, dry_run=True) == "would do: 2 rows."
    assert results.in_words(None, dry_run=True) == "nothing was changed: this was a dry run."


@pytest.mark.django_db
@pytest.mark.parametrize(("returned", "words", "counts"), RETURNED, ids=range(len(RETURNED)))
def test_a_command_of_two_lines_is_enough(returned: Any, words: str, counts: Any):
    """Its author has read the guide and writes a name and the work; whatever that returns, it is done and recorded."""

    class Command(IdempotentCommand):
        migration_name = "two_lines"

        def perform_migration(self, dry_run: bool = False) -> Any:
            return returned

    out = io.StringIO()
    call_command(Command(), stdout=out)
    assert out.getvalue() == f"two_lines: {words}\n"
    record = CustomMigration.objects.get(name="two_lines")
    assert (record.status, record.runs.get().counts) == ("applied", counts)


KEPT = [
    ({"nodes": 12}, None),
    ({"nodes": 12, "first": dt.date(2026, 1, 2), "last": None}, {"first": "2026-01-02"}),
    ({"done": True, "empty": {}}, {"done": True, "empty": {}}),
    (12, None),
    (None, None),
    (True, None),
    (1.5, 1.5),
    (float("nan"), "nan"),
    (10**5_000, "a number of more than 18 digits"),
    ("All nodes\nhave a label.\0", "All nodes have a label."),
    ("half of a \ud83d", "half of a"),
    ("x" * 2_000, "x" * 999 + "…"),
    (Decimal("1.20"), "1.20"),
    ((5, {"teams.Team": 5}), [5, {"teams.Team": 5}]),
    ({"a"}, ["a"]),
    (list(range(53)), [*range(50), "and 3 more"]),
    ({"rows": dict.fromkeys(range(53), "x")}, {"rows": {str(n): "x" for n in range(50)} | {"more": 3}}),
    ({"deep": [["a", ["b"]]]}, {"deep": ["['a', ['b']]"]}),
    (Report(moved_rows=3, names=("a",)), {"names": ["a"]}),
    ({"part": Report(moved_rows=3, names=("a",))}, {"part": {"moved rows": 3, "names": "('a',)"}}),
    (WithCounts(), None),
    ({"part": WithReport(rows=("a",) * 1_000)}, {"part": {"models": 2}}),
    (Report, "<class 'tests.unit.model_retirement.data_migrations.test_results.Report'>"),
    ({"tenant\u202e\n": "<b>\x1b[1m"}, {"tenant": "<b> [1m"}),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("returned", "kept"), KEPT, ids=range(len(KEPT)))
def test_what_is_no_number_is_kept_as_json_that_every_database_takes(returned: Any, kept: Any):
    """Whatever it is, work that is done is not undone for it."""

    class Command(IdempotentCommand):
        migration_name = "two_lines"

        def perform_migration(self, dry_run: bool = False) -> Any:
            return returned

    out = io.StringIO()
    call_command(Command(), stdout=out)
    assert len(out.getvalue().splitlines()) == 1
    assert CustomMigration.objects.get(name="two_lines").runs.get().result == kept
    shown = io.StringIO()
    call_command("custom_migrations", "show", "two_lines", format="json", stdout=shown)
    assert json.loads(shown.getvalue())["attempts"][0]["result"] == kept


@pytest.mark.django_db
def test_what_incomplete_work_returned_is_kept_with_its_failure():
    class Command(IdempotentCommand):
        migration_name = "two_lines"

        def perform_migration(self, dry_run: bool = False) -> Any:
            raise WorkIncomplete("one is left", result={"nodes": 3, "left": "the first"})

    with pytest.raises(CommandError, match="one is left"):
        call_command(Command(), stdout=io.StringIO())
    run = CustomMigration.objects.get(name="two_lines").runs.get()
    assert (run.status, run.counts, run.result) == ("failed", {"nodes": 3}, {"left": "the first"})


def test_a_long_text_is_printed_to_its_end():
    """Only what is kept is shortened."""
    assert results.in_words("x" * 2_000, dry_run=False) == f"applied: {'x' * 2_000}."


@pytest.mark.django_db
def test_work_that_asks_for_it_is_told_where_and_how():
    """It gets its context handed over: nothing is left on the command for a later call."""
    seen: list[MigrationContext] = []

    class Command(IdempotentCommand):
        migration_name = "asking"

        def perform_migration(self, dry_run: bool = False, *, context: MigrationContext) -> None:
            context.renew()
            seen.append(context)

    command = Command()
    before = set(vars(command))
    call_command(command, "--dry-run", stdout=io.StringIO())
    call_command(command, triggered_by="x" * 300, stdout=io.StringIO())
    assert [context.using for context in seen] == ["default", "default"]
    assert [context.triggered_by for context in seen] == ["asking", "x" * 255]
    assert [bool(context.options["dry_run"]) for context in seen] == [True, False]
    assert set(vars(command)) - {"_called_from_command_line"} == before
