"""Why an entry stays in the list, and when it may go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.view import load
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.pruning.asking import AskingMigration
from model_retirement.pruning.decisions import Decision, Facts, decide
from model_retirement.pruning.evidence import EntryRecord, Environment
from model_retirement.pruning.main_branch import Arrival, MainHistory

NOW = dt.datetime(2026, 8, 18, 12, tzinfo=dt.UTC)
GPT_4 = ("openai", "gpt-4")
UNIT = "remove_deprecated_models:openai/gpt-4"
REQUEST = "remove_deprecated_models"


def days_ago(number: float) -> dt.datetime:
    return NOW - dt.timedelta(days=number)


def migrations(*numbers: int) -> tuple[AskingMigration, ...]:
    """Return migrations that ask for removals, each behind those before it."""
    names = [f"service_providers.{number:04}" for number in numbers]
    return tuple(
        AskingMigration(name, Path(f"/{name}.py"), frozenset(names[: position + 1]))
        for position, name in enumerate(names)
    )


def record(
    name: str, *, status: str = "applied", at: dt.datetime | None = NOW, by: str = "migrate"
) -> dict[str, EntryRecord]:
    return {name: EntryRecord(name, CustomMigration.Status(status), at, by)}


ALL_DONE = record(REQUEST) | record(UNIT)


def here(records: Mapping[str, EntryRecord] = ALL_DONE, **known: Any) -> Environment:
    return Environment("this environment", records, **{"migrations": {"service_providers.0002"}} | known)


def staging(records: Mapping[str, EntryRecord] = ALL_DONE) -> Environment:
    return Environment("staging.json", records)


def decided(
    *environments: Environment,
    arrived: dict[tuple[str, str], Arrival] | None = None,
    files: dict[int, int] | None = None,
    removals: list | None = None,
    history: MainHistory | str | None = None,
    asking: tuple[AskingMigration, ...] = migrations(2),
) -> list[Decision]:
    """Judge; without other wishes one entry has been in the main branch for 60 days with its migration.

    :param files: for each migration, how many commits of the main branch are newer
    """
    arrivals = {GPT_4: Arrival(5, days_ago(60))} if arrived is None else arrived
    ages = {2: 5} if files is None else files
    main_history = MainHistory(
        branch="main",
        entries=arrivals,
        files={Path(f"/service_providers.{number:04}.py"): Arrival(age, NOW) for number, age in ages.items()},
    )
    return list(
        decide(
            catalogue=load(models={"openai": [Model("new", 1)]}, removals=removals or [GPT_4]),
            facts=Facts(history=history or main_history, environments=environments, asking=asking),
            now=NOW,
        )
    )


def reasons(*environments: Environment, **wishes: Any) -> tuple[str, ...]:
    (decision,) = decided(*environments, **wishes)
    return decision.reasons


def test_an_entry_that_is_old_and_carried_out_everywhere_may_go():
    (decision,) = decided(here(), staging())

    assert decision == Decision("openai", "gpt-4", dt.date(2026, 6, 19), ())
    assert decision.may_go


@pytest.mark.parametrize(
    ("age", "says"),
    [
        (31.01, ()),
        (31, ("in main for 31 days, not for more than a month",)),
        (1.9, ("in main for 1 day, not for more than a month",)),
        (-3, ("in main for 0 days, not for more than a month",)),
    ],
)
def test_more_than_a_month_in_the_main_branch(age: float, says: tuple[str, ...]):
    assert reasons(here(), staging(), arrived={GPT_4: Arrival(5, days_ago(age))})[:1] == says


def test_an_entry_that_is_not_in_the_main_branch_stays():
    (decision,) = decided(here(), staging(), arrived={})

    assert (decision.in_main_since, decision.reasons) == (None, ("not in main yet",))


def test_without_a_history_every_entry_stays():
    (decision,) = decided(here(), staging(), history="this is a shallow clone")

    assert (decision.in_main_since, decision.reasons) == (None, ("age unknown: this is a shallow clone",))


@pytest.mark.parametrize(
    ("records", "says"),
    [
        (record(REQUEST), "not carried out"),
        (record(REQUEST) | record(UNIT, status="pending"), "pending"),
        (record(REQUEST) | record(UNIT, status="failed"), "failed"),
        (record(REQUEST, status="failed") | record(UNIT), "a request for removals is failed"),
        (record(REQUEST, status="pending") | record(UNIT), "a request for removals is pending"),
    ],
)
def test_an_entry_that_is_not_carried_out_stays(records: dict[str, EntryRecord], says: str):
    assert reasons(here(records), staging()) == (f"{says} in this environment",)
    assert reasons(here(), staging(records)) == (f"{says} in staging.json",)
    assert reasons(here(records), staging(records)) == (f"{says} in this environment, staging.json",)


def test_a_removal_that_was_marked_by_hand_counts():
    assert (
        reasons(here(ALL_DONE | record(UNIT, status="faked")), staging(record(REQUEST, status="faked") | record(UNIT)))
        == ()
    )


def test_a_model_that_has_a_row_again_keeps_its_entry():
    assert reasons(here(rows={GPT_4}), staging()) == ("the model is still in the table in this environment",)


def test_other_environments_have_to_be_heard():
    assert reasons(here()) == ("nothing is known of other environments, give --evidence",)


def test_the_migration_that_asks_for_an_entry_has_to_be_applied_here():
    assert reasons(here(migrations=()), staging()) == ("service_providers.0002 is not applied in this environment",)


def test_the_migration_of_an_entry_is_the_first_to_reach_main_with_it_or_after_it():
    entry = {GPT_4: Arrival(5, days_ago(60))}
    asking = migrations(1, 2, 3)
    for files, needed in [
        ({1: 9, 2: 5, 3: 5}, "0002"),
        ({1: 9, 2: 4, 3: 1}, "0002"),
        ({1: 9, 2: 6, 3: 1}, "0003"),
        ({1: 9, 2: 6}, "0003"),  # not in main yet
        ({1: 5, 3: 1}, "0001"),
    ]:
        assert reasons(here(migrations=()), staging(), arrived=entry, asking=asking, files=files) == (
            f"service_providers.{needed} is not applied in this environment",
        )
    assert reasons(here(migrations=()), staging(), arrived=entry, asking=asking[:1], files={1: 9}) == ()


EARLY = days_ago(400)
"""When an earlier entry of the same name was carried out, or this one on a branch."""


@pytest.mark.parametrize(
    ("records", "is_proven"),
    [
        (record(UNIT, at=days_ago(59)) | record(REQUEST, by="service_providers.0001"), True),
        (record(UNIT, at=EARLY) | record(REQUEST, by="service_providers.0001"), False),
        (record(UNIT, at=None) | record(REQUEST, by="service_providers.0001"), False),
        (record(UNIT, at=EARLY) | record(REQUEST, by="service_providers.0002"), True),
        (record(UNIT, at=EARLY) | record(REQUEST, by="service_providers.0003"), True),
        (record(UNIT, at=EARLY) | record(REQUEST, by="custom_migrations unmark x"), False),
    ],
)
def test_elsewhere_the_records_tell_whether_the_migration_is_applied(records: dict[str, EntryRecord], is_proven: bool):
    reasons_to_stay = reasons(here(), staging(records), asking=migrations(1, 2, 3), files={1: 9, 2: 5, 3: 1})

    assert reasons_to_stay == (
        () if is_proven else ("service_providers.0002 is not known to be applied in staging.json",)
    )


def test_an_old_record_says_nothing_of_an_entry_that_no_migration_has_asked_for():
    records = record(UNIT, at=EARLY) | record(REQUEST)

    assert reasons(here(), staging(records), files={2: 9}) == (
        "carried out before the entry reached the main branch in staging.json",
    )


def chain(*pairs: tuple[str, str], done: str) -> dict[str, tuple[str, ...]]:
    """Judge entries of OpenAI with their replacements, of which those in ``done`` have served."""
    records = record(REQUEST)
    for name in done:
        records |= record(f"remove_deprecated_models:openai/{name}")
    arrived = {("openai", name): Arrival(5, days_ago(60)) for name, _ in pairs}
    removals = [("openai", name, replacement) for name, replacement in pairs]
    decisions = decided(here(records), staging(records), arrived=arrived, removals=removals)
    return {decision.name: decision.reasons for decision in decisions}


def test_an_entry_that_leads_from_one_that_stays_to_its_replacement_stays():
    waits = ("not carried out in this environment, staging.json",)
    assert chain(("a", "b"), ("b", "c"), ("c", "new"), done="bc") == {
        "a": waits,
        "b": ("openai/a stays and is replaced by it",),
        "c": ("openai/b stays and is replaced by it",),
    }
    assert chain(("a", "b"), ("b", "c"), ("c", "new"), done="abc") == {"a": (), "b": (), "c": ()}
    assert chain(("a", "b"), ("b", "new"), done="a") == {"a": (), "b": waits}


def test_an_entry_that_replaces_a_model_of_the_catalogue_stays():
    catalogue = load(models={"openai": [Model("old", 1, deprecated=True, replacement="gpt-4")]}, removals=[GPT_4])
    history = MainHistory("main", {GPT_4: Arrival(5, days_ago(60))}, {})

    (decision,) = decide(catalogue=catalogue, facts=Facts(history, [here(), staging()], ()), now=NOW)

    assert decision.reasons == ("openai/old stays and is replaced by it",)
