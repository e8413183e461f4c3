"""One trial of a kind of reference: rows that it is given, a removal of the models that they point at, and what is stored."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db import models, transaction

from model_retirement import sql
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
        return sorted(sql.fetch(self.using, f"SELECT row_id, model_id FROM ({query}) p", params))

    def stored(self, row_ids: Sequence[Any]) -> Stored:
        """Return all columns of rows as text, with what the reference says of each."""
        found = {row_id: columns for row_id, *columns in _columns_as_text(self.reference, row_ids, using=self.using)}
        for label in self.reference.journal_labels:
            held = self.reference.current_values(label=label, row_ids=row_ids, using=self.using)
            for row_id, columns in found.items():
                columns.append(repr(held.get(row_id)))
        return {row_id: tuple(columns) for row_id, columns in found.items()}

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
    """Return some rows by the key of their team; rows that go with a model have none."""
    query, params = trial.reference.rows(using=trial.using)
    found: dict[Any, list[Any]] = {}
    for row_id, team_id in sql.fetch(trial.using, f"SELECT r_id, r_team FROM ({query}) r ORDER BY r_id", params):
        if row_id in row_ids and not trial.reference.goes_with_model:
            found.setdefault(team_id, []).append(row_id)
    return found


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


def remove(trial: Trial, replacements: Mapping[Any, Any], *, late: LateWriter | None = None) -> RemovalRun:
    """Remove models as a command does, in batches of two rows."""
    planned = tuple(
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
    plan = RemovalPlan(models=planned, skipped=(), left_alone=(), absent=(), today=utc_today())
    options: dict[str, Any] = {"progress": late.progress} if late else {}
    run = execute(plan=plan, registry=trial.registry, lease=FreeLease(), using=trial.using, batch_size=2, **options)
    there = llm_models(using=trial.using).filter(pk__in=[model.pk for model in replacements])
    trial.check(not there.exists(), "a model could not be removed: something still points at it after move()")
    return run  # type: ignore[return-value]  # there is none only where nothing was to be removed


def table_read_whole(query: str, params: tuple[Any, ...], *, tables: set[str], using: str) -> str:
    """Return the table that a query reads from end to end; empty if it reads none so."""
    if sql.is_postgresql(using):
        sql.execute(using, "SET LOCAL enable_seqscan = off")  # or small tables would always be read
        plan = "\n".join(line for (line,) in sql.fetch(using, f"EXPLAIN {query}", params))
        found = re.findall(r'Seq Scan on "?([^\s"]+)', plan)
        return ", ".join(table for table in found if table in tables)
    plan = "\n".join(line for *_, line in sql.fetch(using, f"EXPLAIN QUERY PLAN {query}", params))
    inner = set(re.findall(r"(?:MATERIALIZE|CO-ROUTINE) (\S+)", plan))
    # What is read by way of another index is a part of the table, such as the rows that have a list.
    scans = re.findall(r"^SCAN (\S+)(?: USING COVERING INDEX .*)?$", plan, re.MULTILINE)
    return ", ".join(name for name in scans if name not in inner and not name.startswith("("))


def _columns_as_text(reference: Reference, row_ids: Sequence[Any], *, using: str) -> list[tuple[Any, ...]]:
    meta: Any = reference.model_class._meta  # noqa: SLF001
    table, pk = sql.quote(using, meta.db_table), sql.quote(using, meta.pk.column)
    texts = ", ".join(_as_text(field, using=using) for field in meta.concrete_fields)
    with sql.text_for_people(using):
        return sql.fetch(using, f"SELECT {pk}, {texts} FROM {table} WHERE {sql.is_one_of(using, pk, row_ids)}")


def _as_text(field: Any, *, using: str) -> str:
    column = sql.quote(using, field.column)
    if sql.is_postgresql(using):
        return f"{column}::text"
    # Writing one key of a JSON text, SQLite leaves out blanks between the others.
    return f"CASE WHEN json_valid({column}) THEN json({column}) ELSE quote({column}) END"
