"""Rows that cannot be read or written: which they are, whose they are, and which models they still point at."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DatabaseError

from model_retirement import conf, sql
from model_retirement.data_migrations import neutral
from model_retirement.keys import Key
from model_retirement.references.changes import Moves
from model_retirement.references.kinds import Reference
from model_retirement.references.registry import Registry
from model_retirement.references.rows import team_field
from model_retirement.references.usage import named_rows
from model_retirement.sql import Statement
from model_retirement.wording import Words

OF_A_ROW = (DatabaseError, ValueError, RecursionError)
"""What may be raised because of a row; :func:`is_of_a_row` tells whether it was."""

# Data, integrity, RAISE in a trigger, WITH CHECK OPTION, triggered action, a limit such as that of an index entry.
_SQLSTATES = ("22", "23", "P0", "44", "09", "54")

NO_TEXT = "what is stored is not valid UTF-8"

_NO_TEXT_SAYS_SQLITE = "decode to UTF-8"


@dataclasses.dataclass(frozen=True)
class OddRow:
    """A row that could not be moved.

    :param reference: label of the reference
    :param reason: what the database or Python said, one line
    """

    reference: str
    row_id: Key
    reason: str


@dataclasses.dataclass(frozen=True)
class NamedRow:
    """The same with the names that people know; they are empty if the row is gone.

    :param details: which part of the resource the row is, such as a node's label
    """

    reference: str
    row_id: Key
    reason: str
    team: str = ""
    kind: str = ""
    id: Key | None = None
    name: str = ""
    details: str = ""

    def __str__(self) -> str:
        return str(self.words)

    @property
    def words(self) -> Words:
        """Where it is and what is wrong with it."""
        row = Words(
            "%(reference)s of row %(row)s: %(reason)s",
            reference=self.reference,
            row=self.row_id,
            reason=self.reason,
        )
        if not self.team:
            return row
        part = f" [{neutral.name(self.details)}]" if self.details else ""
        return Words(
            "team %(team)s, %(kind)s %(id)s %(name)s, %(row)s",
            team=self.team,
            kind=Words(self.kind),
            id=self.id,
            name=f"{neutral.name(self.name)}{part}",
            row=row,
        )


def is_of_a_row(error: Exception) -> bool:
    """Return whether other rows may fare better: what was raised is about a value, not about the database."""
    if not isinstance(error, DatabaseError):
        return isinstance(error, OF_A_ROW)
    if state := getattr(error.__cause__, "sqlstate", None):
        return str(state).startswith(_SQLSTATES)
    # SQLite has no such codes. It takes bytes for text and says so only when they are read.
    return type(error).__name__ in {"IntegrityError", "DataError"} or _NO_TEXT_SAYS_SQLITE in str(error)


def reason_of(error: Exception) -> str:
    """Return what was said, in one line."""
    if _NO_TEXT_SAYS_SQLITE in str(error):
        return NO_TEXT  # SQLite quotes the text
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def unreadable(*, registry: Registry, moves: Moves, using: str) -> list[OddRow]:
    """Return the rows that a move could not read, as the move would tell them; one query.

    Only databases have such rows that take any bytes for text.
    """
    if sql.dialect(using).refuses_broken_text:
        return []
    query, params = sql.union_all([_unreadable(reference, moves=moves, using=using) for reference in registry])
    return [
        OddRow(label, row_id, NO_TEXT) for label, row_id in sql.fetch(using, f"{query} ORDER BY 1, 2", params, keys=[1])
    ]


def _unreadable(reference: Reference, *, moves: Moves, using: str) -> Statement:
    pairs, params = reference.pairs(model_ids=moves.targets, using=using)
    texts = [sql.dialect(using).is_text(text) for text in reference.texts_read(moves=moves, using=using)]
    meta: Any = reference.model_class._meta  # noqa: SLF001  (the documented Meta API)
    table, pk = sql.quote(using, meta.db_table), sql.quote(using, meta.pk.column)
    return (
        f"SELECT {sql.literal(using, reference.label)}, {pk} FROM {table} WHERE {pk} IN (SELECT row_id FROM ({pairs}) p)"
        f" AND NOT ({' AND '.join(texts)})",
        params,
    )


def pointing_at(
    rows: Iterable[OddRow], *, registry: Registry, model_ids: Iterable[Key], using: str
) -> dict[Key, list[OddRow]]:
    """Return by model id the rows that point at it now; one query per reference."""
    by_label = _by_label(rows)
    ids = list(model_ids)
    by_model: dict[Key, list[OddRow]] = {}
    for label, odd in by_label.items():
        pairs, params = registry[label].pairs(model_ids=ids, using=using)
        wanted = sql.is_one_of(using, "row_id", odd)
        query = f"SELECT DISTINCT model_id, row_id FROM ({pairs}) p WHERE {wanted} ORDER BY model_id, row_id"
        for model_id, row_id in sql.fetch(using, query, params, keys=[0, 1]):
            by_model.setdefault(model_id, []).append(odd[row_id])
    return by_model


def named(rows: Sequence[OddRow], *, registry: Registry, using: str) -> list[NamedRow]:
    """Return rows with team and resource, in the same order; one query per reference."""
    names: dict[tuple[str, Key], NamedRow] = {}
    for label, odd in _by_label(rows).items():
        reference = registry[label]
        for row_id, row_names in names_of(reference, list(odd), using=using).items():
            names[label, row_id] = NamedRow(**dataclasses.asdict(odd[row_id]), **dataclasses.asdict(row_names))
    return [names.get((row.reference, row.row_id), NamedRow(**dataclasses.asdict(row))) for row in rows]


@dataclasses.dataclass(frozen=True)
class RowNames:
    """What people know a row by: the slug of its team, its resource, and which part of that it is."""

    team: str
    kind: str
    id: Key | None
    name: str
    details: str


def names_of(reference: Reference, row_ids: Sequence[Key], *, using: str) -> dict[Key, RowNames]:
    """Return the names of rows that are there; one query."""
    detail = reference.resource_path.detail
    part = "r.r_detail" if detail else "''"
    wanted = {"detail": detail} if detail else {}
    if reference.team:
        wanted["slug"] = team_field(reference.team, conf.team_slug())
    # Where rows belong to no team of their own there is one team, which need not be named.
    slug = "r.r_slug" if reference.team else "''"
    (rows, params), name = named_rows(reference.rows, resource_path=reference.resource_path, using=using, **wanted)
    kind = reference.resource_path.resource.kind
    with sql.dialect(using).text_for_people():
        name_rows = sql.fetch(
            using,
            f"SELECT r.r_id, {slug}, r.r_resource, {name}, {part} FROM ({rows}) r"
            f" WHERE {sql.is_one_of(using, 'r.r_id', row_ids)}",
            params,
            keys=[0, 2],
        )
    return {
        row_id: RowNames("" if team is None else str(team), kind, pk, name or "", details)
        for row_id, team, pk, name, details in name_rows
    }


def _by_label(rows: Iterable[OddRow]) -> dict[str, dict[Key, OddRow]]:
    rows_by_label: dict[str, dict[Key, OddRow]] = {}
    for row in rows:
        rows_by_label.setdefault(row.reference, {})[row.row_id] = row
    return rows_by_label
