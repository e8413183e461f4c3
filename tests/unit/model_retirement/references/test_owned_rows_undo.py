"""The undo of rows that go with a model, where something else has taken their place or what they need (rule 22)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from model_retirement.models import ReferenceChange, RemovalRun
from model_retirement.references import ForeignKeyReference, OwnedRows, Registry, Resource, ResourcePath
from model_retirement.removal.execute import execute
from model_retirement.removal.restore import restore
from model_retirement.removal.restore_report import RestoreReport
from model_retirement.testing.trials import plan_for
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory
from tests.factories.users import UserFactory
from tests.sample_app.pointing import Grant, Price, Tariff
from tests.short_lived_tables import run_sql
from tests.unit.model_retirement.removal.removals import FreeLease, registry_of, undone

pytestmark = pytest.mark.usefixtures("pointing_tables")

GRANTS = OwnedRows("sample_app.Grant.model")
PRICES = OwnedRows("sample_app.Price.model")
FALLBACKS = ForeignKeyReference(
    "sample_app.Grant", "fallback", "team", ResourcePath(Resource("grant", "sample_app.Grant", name="code"))
)


@pytest.fixture
def old(db: None) -> Any:
    return LlmProviderModelFactory.create(name="old")


def grant(model: Any, **columns: Any) -> Any:
    return Grant._base_manager.create(model=model, **{"team": TeamFactory.create(), **columns})


def grants() -> list[dict[str, Any]]:
    return list(Grant._base_manager.order_by("pk").values())


def removed(*models: Any, registry: Registry | None = None) -> RemovalRun:
    registry = registry or registry_of(GRANTS)
    run = execute(plan=plan_for(dict.fromkeys(models)), registry=registry, lease=FreeLease(), using="default")
    assert run is not None
    return run


def obstacles(done: RestoreReport, label: str = GRANTS.label) -> dict[str, list[Any]]:
    return {obstacle: ids for model in done.models for obstacle, ids in model.obstacles.get(label, {}).items()}


@pytest.mark.parametrize("column", ["team", "tariff"])
def test_a_row_whose_target_is_gone_is_named_and_the_others_come_back(old: Any, column: str):
    tariff = Tariff._base_manager.create(name="flat")
    first, second, third = (grant(old, tariff=tariff) for _ in range(3))
    other = Tariff._base_manager.create(name="other")
    Grant._base_manager.filter(pk=second.pk).update(tariff=other)
    before = grants()
    run = removed(old)
    gone = second.team if column == "team" else other
    gone_id = gone.pk
    gone.delete()
    done = undone(run, registry=registry_of(GRANTS))
    assert grants() == [before[0], before[2]]
    assert (done.restored, done.left_alone) == (2, 1)
    table = type(gone)._meta.db_table
    assert obstacles(done) == {f"missing {column}_id {gone_id} of {table}": [second.pk]}
    assert {first.pk, third.pk} == {row["id"] for row in grants()}


def test_all_rows_whose_target_is_gone_are_named(old: Any):
    rows = [grant(old) for _ in range(3)]
    run = removed(old)
    for row in rows:
        row.team.delete()
    done = undone(run, registry=registry_of(GRANTS))
    assert (done.restored, done.left_alone) == (0, 3)
    assert old.name in {model.name for model in done.models if not model.obstacle}


def test_what_the_host_sets_to_null_is_null_as_if_the_row_had_been_there(old: Any):
    user = UserFactory.create()
    row = grant(old, approved_by=user)
    run = removed(old)
    user.delete()
    done = undone(run, registry=registry_of(GRANTS))
    assert (done.restored, done.left_alone) == (1, 0)
    assert [(kept["id"], kept["approved_by_id"]) for kept in grants()] == [(row.pk, None)]


def test_a_row_whose_unique_key_is_taken_is_named_with_what_has_it(old: Any):
    other = LlmProviderModelFactory.create(name="other")
    mine, fine, free = grant(old, code="a"), grant(old, code="b"), grant(old, code=None)
    run = removed(old)
    taker = grant(other, code="a")
    done = undone(run, registry=registry_of(GRANTS))
    assert obstacles(done) == {f"taken code by {taker.pk}": [mine.pk]}
    assert [row["id"] for row in grants()] == sorted([fine.pk, free.pk, taker.pk])


def test_a_row_that_a_person_made_anew_for_the_restored_model_stays(old: Any):
    """Of an interrupted undo the model is back already, and somebody may have made its rows anew."""
    mine, fine = grant(old), grant(old)
    run = removed(old)

    class Interrupted(Exception):
        pass

    def stop(number: int) -> None:
        if number == 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        restore(run_id=run.pk, registry=registry_of(GRANTS), lease=FreeLease(stop), using="default")
    anew = grant(old, team=mine.team, seats=7)
    done = undone(run, registry=registry_of(GRANTS))
    assert obstacles(done) == {f"taken model_id, team_id by {anew.pk}": [mine.pk]}
    assert [row["id"] for row in grants()] == sorted([fine.pk, anew.pk])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            "ALTER TABLE sample_app_grant ADD COLUMN region varchar(9) CHECK (region IS NOT NULL)",
            "sample_app_grant_region_check|CHECK constraint failed",
        ),
        ("CREATE UNIQUE INDEX sample_once ON sample_app_grant ((seats / 100))", "sample_once"),
    ],
    ids=["check of a new column", "unique expression"],
)
def test_rows_that_the_database_refuses_are_named_with_what_it_says(old: Any, change: str, reason: str):
    rows = [grant(old, seats=seats) for seats in (100, 150, 250)]
    run = removed(old)
    run_sql(change)
    done = undone(run, registry=registry_of(GRANTS), as_previewed=False)
    (obstacle,) = obstacles(done)
    assert obstacle.startswith("refused ")
    assert any(part in obstacle for part in reason.split("|"))
    left = obstacles(done)[obstacle]
    assert sorted([*left, *(row["id"] for row in grants())]) == [row.pk for row in rows]
    assert left == ([row.pk for row in rows] if "region" in change else [rows[1].pk])


def test_a_check_that_one_row_breaks_leaves_the_others_alone(old: Any):
    fine, wrong = grant(old, seats=5), grant(old, seats=999)
    run = removed(old)
    change = ReferenceChange.objects.get(removed_model__run=run)
    # As if the constraint had come since.
    kept: Any = change.old_value
    row = next(whole for whole in kept if "999" in str(whole["seats"]))
    row["seats"] = "5000" if isinstance(row["seats"], str) else ["value", 5000]
    change.save()
    done = undone(run, registry=registry_of(GRANTS), as_previewed=False)
    assert [granted["id"] for granted in grants()] == [fine.pk]
    ((obstacle, ids),) = obstacles(done).items()
    assert "sample_grant_seats" in obstacle
    assert ids == [wrong.pk]
    assert done.refused == 1


@pytest.mark.postgresql
def test_a_unique_key_that_is_looked_at_in_the_end_stops_nothing(old: Any):
    """A constraint may wait until the commit; then it would take the whole undo with it."""
    mine, fine = grant(old, seats=5), grant(old, seats=6)
    run = removed(old)
    taker = grant(LlmProviderModelFactory.create(name="other"), seats=5)
    run_sql(
        "ALTER TABLE sample_app_grant ADD CONSTRAINT late EXCLUDE USING btree (seats WITH =) DEFERRABLE INITIALLY DEFERRED"
    )
    done = undone(run, registry=registry_of(GRANTS), as_previewed=False)
    ((obstacle, ids),) = obstacles(done).items()
    assert (obstacle.startswith("refused "), '"late"' in obstacle, ids) == (True, True, [mine.pk])
    assert [row["id"] for row in grants()] == sorted([fine.pk, taker.pk])


@pytest.mark.postgresql
def test_a_column_of_another_type_by_now_takes_what_it_can(old: Any):
    word, number = grant(old), grant(old)
    run_sql(
        "ALTER TABLE sample_app_grant ADD COLUMN level varchar(9)",
        "CREATE UNIQUE INDEX ON sample_app_grant (level)",
        f"UPDATE sample_app_grant SET level = CASE id WHEN {word.pk} THEN 'x' ELSE '12' END",
    )
    run = removed(old)
    run_sql("ALTER TABLE sample_app_grant ALTER COLUMN level TYPE integer USING NULL")
    done = undone(run, registry=registry_of(GRANTS), as_previewed=False)
    ((obstacle, ids),) = obstacles(done).items()
    assert (obstacle, ids) == ('refused invalid input syntax for type integer: "x"', [word.pk])
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, level FROM sample_app_grant")
        assert cursor.fetchall() == [(number.pk, 12)]


def test_a_column_that_is_renamed_or_came_with_a_default_stops_nothing(old: Any):
    row = grant(old, code="x")
    run = removed(old)
    run_sql(
        "ALTER TABLE sample_app_grant RENAME COLUMN seats TO places",
        "ALTER TABLE sample_app_grant ADD COLUMN region varchar(9) NOT NULL DEFAULT 'eu'",
    )
    # The name of before was NOT NULL and has no value under its new name.
    done = undone(run, registry=registry_of(GRANTS), as_previewed=False)
    ((obstacle, ids),) = obstacles(done).items()
    assert ids == [row.pk]
    assert "places" in obstacle


def test_a_row_comes_back_before_what_was_moved_in_it_is(old: Any):
    """The row belongs to one model of a removal and points at another one."""
    second = LlmProviderModelFactory.create(name="second")
    for registry in (registry_of(GRANTS, FALLBACKS), registry_of(FALLBACKS, GRANTS)):
        row = grant(old, fallback=second)
        before = grants()
        run = removed(old, second, registry=registry)
        assert grants() == []
        done = undone(run, registry=registry)
        assert done.left_alone == 0
        assert grants() == before
        row.delete()


@pytest.mark.sqlite
@pytest.mark.parametrize("number", ["9e999", "-9e999"])
def test_numbers_that_json_has_no_word_for_come_back(old: Any, number: str):
    """SQLite stores infinity; a journal that is JSON does not."""
    price = Price._base_manager.create(model=old, amount=1)
    run_sql(f"UPDATE sample_app_price SET amount = {number}")
    run = removed(old, registry=registry_of(PRICES))
    done = undone(run, registry=registry_of(PRICES))
    assert done.left_alone == 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, amount = {number} FROM sample_app_price")
        assert cursor.fetchall() == [(price.pk, 1)]


def test_what_a_row_holds_of_a_model_that_was_removed_since_moves_as_that_removal_would_have_moved_it(old: Any):
    registry = registry_of(GRANTS, FALLBACKS)
    second, third, last = (LlmProviderModelFactory.create(name=name) for name in ("second", "third", "last"))
    grant(old, fallback=second)
    before = grants()
    first_run = removed(old, registry=registry)
    runs = [
        execute(plan=plan_for({model: new}), registry=registry, lease=FreeLease(), using="default")
        for model, new in ((second, third), (third, last))
    ]
    assert undone(first_run, registry=registry).left_alone == 0
    assert [row["fallback_id"] for row in grants()] == [last.pk]
    for run in reversed(runs):
        assert run is not None
        assert undone(run, registry=registry).left_alone == 0
    assert grants() == before


def test_a_row_that_went_with_a_model_of_a_later_removal_is_named_with_that(old: Any):
    registry = registry_of(GRANTS, FALLBACKS)
    second = LlmProviderModelFactory.create(name="second")
    row = grant(second, fallback=old)
    first_run = removed(old, registry=registry)
    later = removed(second, registry=registry)
    done = undone(first_run, registry=registry)
    assert obstacles(done, FALLBACKS.label) == {f"removal {later.pk}": [row.pk]}
    assert done.later_removals == [later.pk]
