"""One trial of a kind of reference: rows that it is given, a removal of the models that they point at, and what is stored."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db import models, transaction

from model_retirement import sql, stored_json, stored_rows
from model_retirement.catalogue.lifecycle import utc_today
from model_retirement.catalogue.parameters import BasicParameters
from model_retirement.host_models import llm_model, llm_models
from model_retirement.models import RemovalRun
from model_retirement.references import Reference, Registry
from model_retirement.removal.execute import execute
from model_retirement.removal.plan import PlannedModel, RemovalPlan, Replacement

MakeRow = Callable[[Any], models.Model]
"""Saves a row that points at the LLM model that it is given, and returns the row."""

MakeModel = Callable[[str], models.Model]
"""Saves a global LLM model of the name that it is given, and returns it."""

Stored = dict[Any, tuple[Any, ...]]
"""What rows hold, by key."""


@dataclasses.dataclass(frozen=True)
class Trial:
    """What :func:`model_retirement.testing.assert_reference_kind` was given."""

    reference: Reference
    main: Reference | None
    rows: Sequence[MakeRow]
    odd_rows: Sequence[Callable[[], models.Model]]
    make_model: MakeModel
    using: str

    def after(self, row_ids: Sequence[Any], model: Any) -> list[tuple[Any, Any]]:
        """Return what rows point at once they have moved to a model; those that went with the old one are gone."""
        return [] if self.reference.goes_with_model else [(row_id, model.pk) for row_id in sorted(row_ids)]

    @property
    def registry(self) -> Registry:
        """A registry of the reference alone, with the main model that it stands beside."""
        registry = Registry()
        registry.register(*([self.main] if self.main else []), self.reference)
        return registry

    def models(self, *names: str) -> list[Any]:
        """Make LLM models."""
        return [self.make_model(f"{name}-{uuid.uuid4().hex[:12]}") for name in names]

    def point_at(self, model: Any) -> list[Any]:
        """Make a row for each way in which a model may be stored and return the rows' keys, in their order."""
        return sorted(make(model).pk for make in self.rows)

    def pairs(self, *wanted: Any, **options: Any) -> list[tuple[Any, Any]]:
        """Return the keys of rows and models, for each pointer at one of the models."""
        query, params = self.reference.pairs(model_ids=[model.pk for model in wanted], using=self.using, **options)
        return sorted(sql.fetch(self.using, f"SELECT row_id, model_id FROM ({query}) p", params, keys=[0, 1]))

    def stored(self, row_ids: Sequence[Any]) -> Stored:
        """Return all columns of rows, with what the reference says of each."""
        rows = _columns(self.reference, row_ids, using=self.using)
        for label in self.reference.journal_labels:
            held = self.reference.current_values(label=label, row_ids=row_ids, using=self.using)
            for row_id, columns in rows.items():
                columns.append(repr(held.get(row_id)))
        return {row_id: tuple(columns) for row_id, columns in rows.items()}

    def check(self, holds: bool, message: str) -> None:
        """Return if something holds.

        :raises AssertionError: if it does not
        """
        if not holds:
            raise AssertionError(f"{self.reference.label}: {message}")


class FreeLease:
    """A claim that nobody disputes."""

    triggered_by = "assert_reference_kind"

    def renew(self) -> None:
        """Nobody else wants it."""


@contextlib.contextmanager
def rolled_back(using: str) -> Iterator[None]:
    """Undo in the end whatever is written."""
    with transaction.atomic(using=using):
        yield
        transaction.set_rollback(True, using=using)


def model_of_the_engine(name: str) -> models.Model:
    """Save a model with what the engine knows of it."""
    rows: Any = llm_model()._base_manager  # noqa: SLF001  (documented by Django)
    made: models.Model = rows.create(type="openai", name=name, max_token_limit=8_000)
    return made


def by_team(trial: Trial, row_ids: Sequence[Any]) -> dict[Any, list[Any]]:
    """Return some rows by the key of their team, those that have one."""
    query, params = trial.reference.rows(using=trial.using)
    rows_by_team: dict[Any, list[Any]] = {}
    for row_id, team_id in sql.fetch(
        trial.using, f"SELECT r_id, r_team FROM ({query}) r ORDER BY r_id", params, keys=[0, 1]
    ):
        if row_id in row_ids and team_id is not None:
            rows_by_team.setdefault(team_id, []).append(row_id)
    return rows_by_team


class LateWriter:
    """Points at a model after the batches have passed, as somebody may who saves while a removal runs."""

    def __init__(self, trial: Trial, model: Any) -> None:
        self._trial = trial
        self._model = model
        self.row_ids: list[Any] = []

    def progress(self, label: str, done: int, total: int) -> None:
        """Make rows once all rows of the reference have been moved."""
        if label == self._trial.reference.label and done == total:
            self.row_ids = self._trial.point_at(self._model)


def plan_for(replacements: Mapping[Any, Any]) -> RemovalPlan:
    """Return a plan for models that are in no catalogue.

    :param replacements: each model with what takes its place, or None
    """
    planned = (
        PlannedModel(
            provider=model.type,
            name=model.name,
            model_id=model.pk,
            max_token_limit=model.max_token_limit,
            replacement=new and Replacement(new.pk, new.name, new.max_token_limit, BasicParameters),
            retires_on=None,
        )
        for model, new in replacements.items()
    )
    return RemovalPlan(models=tuple(planned), skipped=(), left_alone=(), absent=(), today=utc_today())


def remove(trial: Trial, replacements: Mapping[Any, Any], *, late: LateWriter | None = None) -> RemovalRun:
    """Remove models as a command does, in batches of two rows."""
    options: dict[str, Any] = {"progress": late.progress} if late else {}
    run = execute(
        plan=plan_for(replacements),
        registry=trial.registry,
        lease=FreeLease(),
        using=trial.using,
        batch_size=2,
        **options,
    )
    there = llm_models(using=trial.using).filter(pk__in=[model.pk for model in replacements])
    trial.check(not there.exists(), "a model could not be removed: something still points at it after move()")
    return run  # type: ignore[return-value]  # there is none only where nothing was to be removed


def _columns(reference: Reference, row_ids: Sequence[Any], *, using: str) -> dict[Any, list[Any]]:
    """Return all columns of rows, JSON as it is meant: writing one key of it, SQLite changes the blanks between others."""
    meta: Any = reference.model_class._meta  # noqa: SLF001  (the documented Meta API)
    pk = sql.quote(using, meta.pk.column)
    of_json = {field.column for field in meta.concrete_fields if isinstance(field, models.JSONField)}
    whole_row, params = sql.dialect(using).whole_row(list(stored_rows.columns(meta.db_table, using=using)))
    rows = sql.fetch(
        using,
        f"SELECT m.{pk}, {whole_row} FROM {sql.quote(using, meta.db_table)} m"
        f" WHERE {sql.is_one_of(using, f'm.{pk}', row_ids)}",
        params,
        keys=[0],
    )
    return {
        row_id: [_meant(value) if name in of_json else repr(value) for name, value in json.loads(row).items()]
        for row_id, row in rows
    }


def _meant(value: Any) -> str:
    text = value if value is None or isinstance(value, str) else value[1]
    return stored_json.dumps(stored_json.loads(text or "null"))
