"""What every kind of reference must keep to, checked for one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, models

from model_retirement import sql, stored_json
from model_retirement.host_models import llm_model
from model_retirement.models import ReferenceChange, TeamNotice
from model_retirement.references import Moves, Reference
from model_retirement.references.usage import count, pointing_now, stream_resources
from model_retirement.removal import restore
from model_retirement.testing.trials import (
    FreeLease,
    LateWriter,
    MakeModel,
    MakeRow,
    Trial,
    by_team,
    model_of_the_engine,
    remove,
    rolled_back,
)


def assert_reference_kind(
    reference: Reference,
    *,
    rows: Sequence[MakeRow],
    odd_rows: Sequence[Callable[[], models.Model]] = (),
    main: Reference | None = None,
    make_model: MakeModel | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> None:
    """Check that a reference finds, counts, moves, clears, writes down and restores what points, and touches nothing else.

    :param reference: the reference, registered or not
    :param rows: each makes a row that points at a model; one for each way in which a model may be stored
    :param odd_rows: each makes a row that holds no model, such as one with junk in its place; it must stay as it is
    :param main: the reference to the main model, for a list that stands beside one
    :param make_model: makes an LLM model; to be given if the host's table has columns that the engine does not know and
        that must be filled
    :param using: alias of the database
    :raises AssertionError: if something is not so; the message says what, and which method is to blame
    """
    trial = Trial(reference, main, rows, odd_rows, make_model or model_of_the_engine, using)
    for check in (
        _finds,
        _counts,
        _names_its_index,
        _moves_a_part,
        _moves_untold,
        _removes_and_restores,
        _leaves_alone,
    ):
        with rolled_back(using):
            check(trial)


def _finds(trial: Trial) -> None:
    old, other, unused = trial.models("old", "other", "unused")
    mine, others = trial.point_at(old), trial.point_at(other)
    odd = [make().pk for make in trial.odd_rows]
    expected = [(row_id, old.pk) for row_id in mine]
    both = sorted([*expected, *((row_id, other.pk) for row_id in others)])
    trial.check(trial.pairs(old) == expected, f"pairs() found {trial.pairs(old)} and not {expected}")
    trial.check(trial.pairs(old, other, unused) == both, "pairs() does not find the rows of several models at once")
    trial.check(trial.pairs() == [], "pairs() finds something without any model")
    query, params = trial.reference.rows(using=trial.using)
    ids = [row_id for (row_id,) in sql.fetch(trial.using, f"SELECT r_id FROM ({query}) r", params, keys=[0])]
    trial.check(sorted(ids) == sorted({*ids, *mine, *others, *odd}), "rows() has not each row once")
    for team_id, row_ids in by_team(trial, mine).items():
        pairs = [(row_id, old.pk) for row_id in row_ids]
        trial.check(trial.pairs(old, team_id=team_id) == pairs, "pairs(team_id=) has not the rows of that team alone")


def _counts(trial: Trial) -> None:
    old, unused = trial.models("old", "unused")
    mine = trial.point_at(old)
    pairs = pointing_now(model_ids=[old.pk, unused.pk], using=trial.using)
    usage = count(registry=trial.registry, pairs=pairs, using=trial.using)
    expected = {old.pk: {trial.reference.label: len(mine)}}
    trial.check(usage.references == expected, f"{usage.references} was counted and not {expected}")
    trial.check(usage.teams.get(old.pk) == set(by_team(trial, mine)), "the teams are not those of the rows")
    concerned = not trial.reference.goes_with_model
    resources = list(stream_resources(registry=trial.registry, pairs=pairs, using=trial.using))
    trial.check(bool(resources) == concerned, "no resource is concerned: look at its resource_path")


def _names_its_index(trial: Trial) -> None:
    (old,) = trial.models("old")
    trial.point_at(old)
    query, params = trial.reference.pairs(model_ids=[old.pk], using=trial.using)
    models = llm_model()._meta.db_table  # noqa: SLF001  (the documented Meta API)
    read = sql.dialect(trial.using).tables_read_whole(query, params)
    scanned = ", ".join(name for name in read if name != models)  # it has few rows
    trial.check(
        not scanned or trial.reference.reads_whole_table,
        f"pairs() reads all of {scanned}: missing_index must say which index is missing, or pairs() use the one there is",
    )


def _moves_a_part(trial: Trial) -> None:
    old, gone, new = trial.models("old", "gone", "new")
    first, later, cleared = trial.point_at(old), trial.point_at(old), trial.point_at(gone)
    moves = Moves({old.pk: new.pk, gone.pk: None})
    changes = trial.reference.move(row_ids=[*first, *cleared], moves=moves, using=trial.using)
    trial.check(
        trial.pairs(old, gone) == [(row_id, old.pk) for row_id in later], "move() moves not the rows it is given"
    )
    trial.check(trial.pairs(new) == trial.after(first, new), "what was moved does not point at the new one")
    own_changes = [change for change in changes if change.label in ("", trial.reference.label)]
    changed = sorted((row_id, change.model_id) for change in own_changes for row_id in change.row_ids)
    expected = sorted([*((row_id, old.pk) for row_id in first), *((row_id, gone.pk) for row_id in cleared)])
    trial.check(changed == expected, f"move() tells of {changed} and not of {expected}")
    all_affected = all(len(change.row_ids) == len(change.affected) for change in own_changes)
    trial.check(all_affected or trial.reference.goes_with_model, "affected in a change needs one entry per row")
    for change in changes:
        for value in (change.old_value, change.new_value):
            again = stored_json.loads(stored_json.dumps(value))
            trial.check(repr(again) == repr(value), f"{value!r} in a change is not what JSON makes of it")
    again = trial.reference.move(row_ids=[*first, *cleared], moves=moves, using=trial.using)
    trial.check(again == [], "move() moves rows that hold something else by now")


def _moves_untold(trial: Trial) -> None:
    old, gone, new = trial.models("old", "gone", "new")
    row_ids = [*trial.point_at(old), *trial.point_at(gone)]
    targets = {old.pk: new.pk, gone.pk: None}
    moved = trial.reference.repoint(row_ids=row_ids, targets=targets, using=trial.using)
    trial.check(moved == len(row_ids), f"repoint() says {moved} and not {len(row_ids)}")
    trial.check(trial.pairs(old, gone) == [], "repoint() leaves something behind")


def _removes_and_restores(trial: Trial) -> None:
    old, gone, new = trial.models("old", "gone", "new")
    mine, cleared, odd = trial.point_at(old), trial.point_at(gone), [make().pk for make in trial.odd_rows]
    early = [*mine, *cleared]
    before, odd_before, teams = trial.stored(early), trial.stored(odd), set(by_team(trial, early))
    late = LateWriter(trial, old)
    run = remove(trial, {old: new, gone: None}, late=late)
    row_ids = sorted([*early, *late.row_ids])
    trial.check(trial.pairs(old, gone) == [], "something still points at a model that is gone")
    moved = sorted([*mine, *late.row_ids])
    trial.check(trial.pairs(new) == trial.after(moved, new), "rows are lost, or late ones are not found")
    journal = ReferenceChange.objects.using(trial.using).filter(removed_model__run=run, reference=trial.reference.label)
    written = sorted(row_id for entry in journal for row_id in entry.object_ids)
    trial.check(written == row_ids, f"the journal has the rows {written} and not {row_ids}")
    told_teams = set(TeamNotice.objects.using(trial.using).filter(run=run).values_list("team_id", flat=True))
    trial.check(told_teams >= teams, f"the teams {told_teams} are told and not {teams}")
    trial.check(trial.stored(odd) == odd_before, "a row that holds no model was changed")
    planned = restore.preview(run_id=run.pk, registry=trial.registry, using=trial.using)
    done = restore.restore(run_id=run.pk, registry=trial.registry, lease=FreeLease(), using=trial.using)
    trial.check(planned == done, f"the undo does something else than its preview says: {done} and not {planned}")
    restored = sum(model.restored.get(trial.reference.label, 0) for model in done.models)
    trial.check((restored, done.left_alone) == (len(row_ids), 0), f"the undo has not restored all: {done}")
    after = trial.stored(early)
    trial.check(after == before, f"the undo brings back {after} and not {before}")
    trial.check(trial.pairs(old) == [(row_id, old.pk) for row_id in moved], "late rows do not come back")


def _leaves_alone(trial: Trial) -> None:
    """The undo leaves to people what they have changed since, and names it."""
    if trial.reference.goes_with_model:
        return  # there is nothing left that anybody could change
    old, new, other = trial.models("old", "new", "other")
    changed, deleted, untouched = trial.point_at(old), trial.point_at(old), trial.point_at(old)
    run = remove(trial, {old: new})
    trial.reference.repoint(row_ids=changed, targets={new.pk: other.pk}, using=trial.using)
    every_row: Any = trial.reference.model_class._base_manager  # noqa: SLF001
    every_row.using(trial.using).filter(pk__in=deleted).delete()
    done = restore.restore(run_id=run.pk, registry=trial.registry, lease=FreeLease(), using=trial.using)
    label = trial.reference.label
    left = sorted(row_id for model in done.models for row_id in model.left_alone.get(label, ()))
    expected = sorted([*changed, *deleted])
    trial.check(left == expected, f"the undo names {left} as changed or gone since and not {expected}")
    pairs = sorted([*((row_id, other.pk) for row_id in changed), *((row_id, old.pk) for row_id in untouched)])
    trial.check(trial.pairs(old, other) == pairs, "the undo changes what a person has chosen since")
