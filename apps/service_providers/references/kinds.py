"""What a reference is, and the kinds that are relations: foreign key and many-to-many. ``json_kinds`` has the others.

A reference answers two questions, as SQL: which rows point at given models (:meth:`Reference.pairs`), and what a row is
worth knowing about (:meth:`Reference.rows`). And it can move a slice of rows (:meth:`Reference.move`), telling what it
changed, exactly as it was stored.
"""

from __future__ import annotations

import abc
import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db.models import F, Model, QuerySet

from apps.service_providers.references import sql
from apps.service_providers.references.registry import Concern
from apps.service_providers.references.sql import Statement

Moves = Mapping[int, int | None]
"""Model id to the id that takes its place; None clears the reference."""

ParameterMap = Callable[[dict[str, Any]], dict[str, Any] | None]
"""Gives what a model's settings become for its replacement, or None if they stay as they are."""


NO_MAPS: Mapping[int, ParameterMap] = {}


@dataclasses.dataclass(frozen=True)
class Change:
    """Rows that held the same value and now hold the same other value.

    :param model_id: the model that they pointed at
    :param old_value: what was stored, as Python data of the JSON (12 and "12" differ)
    :param new_value: what is stored now
    :param row_ids: primary keys of the rows
    :param label: where it is stored, if that is not the reference itself but the settings beside it
    """

    model_id: int
    old_value: Any
    new_value: Any
    row_ids: list[int]
    label: str = ""


@dataclasses.dataclass(frozen=True)
class Reference(abc.ABC):
    """One place in the schema that points at models.

    :param model: label of the Django model whose rows point, such as ``pipelines.Node``
    :param field: name of the pointing field
    :param team: look-up path from the row to its team
    :param concern: the resource that people recognise in the row
    """

    model: str
    field: str
    team: str
    concern: Concern

    @property
    def label(self) -> str:
        """Name of the reference in output and in the journal."""
        return f"{self.model}.{self.field}"

    @property
    def journal_labels(self) -> tuple[str, ...]:
        """Labels under which changes of this reference's rows are written down."""
        return (self.label,)

    @property
    def model_class(self) -> type[Model]:
        """The Django model whose rows point."""
        return apps.get_model(self.model)

    @property
    def db_columns(self) -> set[tuple[str, str]]:
        """Tables and columns on which a foreign-key constraint to the model table is this reference's own."""
        return {(self.model_class._meta.db_table, self._column(self.field))}  # noqa: SLF001  (the documented Meta API)

    def rows(self, *, using: str, **values: str) -> Statement:
        """Return a query over all rows, hidden ones included, with ``r_id``, ``r_team`` and ``r_<name>`` per look-up."""
        queryset: QuerySet[Any, Any] = self.model_class._base_manager.using(using).order_by()  # noqa: SLF001
        lookups = {f"r_{name}": F(path) for name, path in values.items()}
        return sql.compiled(queryset.values(r_id=F("pk"), r_team=F(f"{self.team}_id"), **lookups))

    @abc.abstractmethod
    def pairs(self, *, model_ids: Iterable[int], using: str, team_id: int | None = None) -> Statement:
        """Return a query for ``row_id`` and ``model_id``: one line per stored pointer at one of the models.

        :param team_id: only rows of this team, which are found through the team and not through the models
        """

    @abc.abstractmethod
    def move(
        self, *, row_ids: Sequence[int], moves: Moves, using: str, parameter_maps: Mapping[int, ParameterMap] = NO_MAPS
    ) -> list[Change]:
        """Move what the rows hold, inside the caller's transaction; rows that meanwhile hold something else stay.

        :param parameter_maps: model id to what becomes of the settings that some references keep beside the id
        """

    def tidy_index(self, *, model_ids: Iterable[int], using: str) -> None:  # noqa: B027  # most kinds need none
        """Let PostgreSQL drop from the index what earlier batches left there; call it between two batches.

        An UPDATE leaves dead entries. An index scan drops those that it meets, but has to fetch their pages. Now they
        are at hand; later every sweep and foreign-key check would fetch them: a quarter of a large removal's time.
        """

    @abc.abstractmethod
    def held(self, *, change: Change, using: str) -> dict[int, Any]:
        """Lock the rows of a change and return what each holds now, to be compared with the change's new value."""

    @abc.abstractmethod
    def put_back(self, *, change: Change, row_ids: Sequence[int], using: str) -> None:
        """Give some rows of a change their old value again, inside the transaction in which :meth:`held` locked them."""

    def _of_team(self, row_id: str, *, using: str, team_id: int | None) -> Statement:
        """Return a condition on the expression for a row's id, to be added to others; nothing without a team."""
        if team_id is None:
            return "", ()
        every_row: QuerySet[Any, Any] = self.model_class._base_manager.using(using).order_by()  # noqa: SLF001
        rows, params = sql.compiled(every_row.filter(**{f"{self.team}_id": team_id}).values("pk"))
        return f" AND {row_id} IN ({rows})", params

    def _column(self, field: str) -> str:
        found: Any = self.model_class._meta.get_field(field)  # noqa: SLF001
        return str(found.column)

    def _names(self, using: str, column: str) -> tuple[str, str, str]:
        meta = self.model_class._meta  # noqa: SLF001
        return sql.quote(using, meta.db_table), sql.quote(using, self._column(meta.pk.name)), sql.quote(using, column)


def packed(changed: Iterable[tuple[int, int, Any, Any]], *, label: str = "") -> list[Change]:
    """Pack (row id, model id, old value, new value) into one change per value."""
    packed: dict[tuple[int, str, str], Change] = {}
    for row_id, model_id, old, new in changed:
        key = (model_id, json.dumps(old), json.dumps(new))
        if key not in packed:
            packed[key] = Change(model_id=model_id, old_value=old, new_value=new, row_ids=[], label=label)
        packed[key].row_ids.append(row_id)
    return list(packed.values())


@dataclasses.dataclass(frozen=True)
class ForeignKeyReference(Reference):
    """A nullable foreign key, hidden relations included."""

    def tidy_index(self, *, model_ids: Iterable[int], using: str) -> None:
        table, _, column = self._names(using, self._column(self.field))
        sql.tidy_index(table=table, column=column, model_ids=model_ids, using=using)

    def pairs(self, *, model_ids: Iterable[int], using: str, team_id: int | None = None) -> Statement:
        table, pk, column = self._names(using, self._column(self.field))
        of_team, params = self._of_team(pk, using=using, team_id=team_id)
        ids = sql.id_list(model_ids)
        return f"SELECT {pk} AS row_id, {column} AS model_id FROM {table} WHERE {column} IN ({ids}){of_team}", params

    def move(
        self, *, row_ids: Sequence[int], moves: Moves, using: str, parameter_maps: Mapping[int, ParameterMap] = NO_MAPS
    ) -> list[Change]:
        table, pk, column = self._names(using, self._column(self.field))
        locked = sql.fetch(
            using,
            f"SELECT {pk}, {column} FROM {table} WHERE {pk} IN ({sql.id_list(row_ids)})"
            f" AND {column} IN ({sql.id_list(moves)}) ORDER BY {pk}{sql.lock_clause(using)}",
        )
        if not locked:
            return []
        cases = " ".join(f"WHEN {old} THEN {'NULL' if new is None else int(new)}" for old, new in moves.items())
        sql.execute(
            using,
            f"UPDATE {table} SET {column} = CAST(CASE {column} {cases} END AS bigint)"
            f" WHERE {pk} IN ({sql.id_list(row_id for row_id, _ in locked)})",
        )
        return packed((row_id, old, old, moves[old]) for row_id, old in locked)

    def held(self, *, change: Change, using: str) -> dict[int, Any]:
        table, pk, column = self._names(using, self._column(self.field))
        query = f"SELECT {pk}, {column} FROM {table} WHERE {pk} IN ({sql.id_list(change.row_ids)})"
        return dict(sql.fetch(using, f"{query} ORDER BY {pk}{sql.lock_clause(using)}"))

    def put_back(self, *, change: Change, row_ids: Sequence[int], using: str) -> None:
        table, pk, column = self._names(using, self._column(self.field))
        sql.execute(
            using,
            f"UPDATE {table} SET {column} = {int(change.old_value)} WHERE {pk} IN ({sql.id_list(row_ids)})",
        )


@dataclasses.dataclass(frozen=True)
class ManyToManyReference(Reference):
    """A many-to-many relation. Clearing takes the link away; so does moving to a model that is linked already."""

    def pairs(self, *, model_ids: Iterable[int], using: str, team_id: int | None = None) -> Statement:
        table, _, source, target = self._through(using)
        of_team, params = self._of_team(source, using=using, team_id=team_id)
        ids = sql.id_list(model_ids)
        return (
            f"SELECT {source} AS row_id, {target} AS model_id FROM {table} WHERE {target} IN ({ids}){of_team}",
            params,
        )

    def move(
        self, *, row_ids: Sequence[int], moves: Moves, using: str, parameter_maps: Mapping[int, ParameterMap] = NO_MAPS
    ) -> list[Change]:
        table, pk, source, target = self._through(using)
        links = sql.fetch(
            using,
            f"SELECT {pk}, {source}, {target} FROM {table} WHERE {source} IN ({sql.id_list(row_ids)})"
            f" ORDER BY {pk}{sql.lock_clause(using)}",
        )
        present = {(source_id, target_id) for _, source_id, target_id in links}
        repointed: dict[int, int] = {}
        gone: list[int] = []
        changed: dict[tuple[int, int | None], tuple[list[int], list[int]]] = {}
        for link_id, source_id, old in links:
            if old not in moves:
                continue
            new = moves[old]
            if new is None or (source_id, new) in present:
                new = None
                gone.append(link_id)
            else:
                present.add((source_id, new))
                repointed[link_id] = new
            link_ids, source_ids = changed.setdefault((old, new), ([], []))
            link_ids.append(link_id)
            source_ids.append(source_id)
        self._write(using, repointed=repointed, gone=gone)
        return [
            Change(model_id=old, old_value={"model": old, "links": link_ids}, new_value=new, row_ids=source_ids)
            for (old, new), (link_ids, source_ids) in changed.items()
        ]

    def _write(self, using: str, *, repointed: Mapping[int, int], gone: Sequence[int]) -> None:
        table, pk, _, target = self._through(using)
        if gone:
            sql.execute(using, f"DELETE FROM {table} WHERE {pk} IN ({sql.id_list(gone)})")
        if repointed:
            cases = " ".join(f"WHEN {link_id} THEN {new}" for link_id, new in repointed.items())
            sql.execute(
                using,
                f"UPDATE {table} SET {target} = CASE {pk} {cases} END WHERE {pk} IN ({sql.id_list(repointed)})",
            )

    def held(self, *, change: Change, using: str) -> dict[int, Any]:
        """Return the target of each link that was moved; of links that went, None where they can come back."""
        table, pk, source, target = self._through(using)
        links: dict[int, int] = dict(zip(change.row_ids, change.old_value["links"], strict=True))
        if change.new_value is not None:
            rows = sql.fetch(
                using,
                f"SELECT {source}, {target} FROM {table} WHERE {pk} IN ({sql.id_list(links.values())})"
                f" ORDER BY {pk}{sql.lock_clause(using)}",
            )
            return dict(rows)
        owners, owner_pk, _ = self._names(using, "")
        rows = sql.fetch(
            using,
            f"SELECT o.{owner_pk}, l.{target} FROM {owners} o LEFT JOIN {table} l ON l.{source} = o.{owner_pk}"
            f" AND l.{target} = {change.model_id} WHERE o.{owner_pk} IN ({sql.id_list(links)})",
        )
        return dict(rows)

    def put_back(self, *, change: Change, row_ids: Sequence[int], using: str) -> None:
        table, pk, source, target = self._through(using)
        links: dict[int, int] = dict(zip(change.row_ids, change.old_value["links"], strict=True))
        if change.new_value is not None:
            wanted = sql.id_list(links[row_id] for row_id in row_ids)
            sql.execute(using, f"UPDATE {table} SET {target} = {change.model_id} WHERE {pk} IN ({wanted})")
        else:
            rows = ",".join(f"({links[row_id]}, {row_id}, {change.model_id})" for row_id in row_ids)
            sql.execute(using, f"INSERT INTO {table} ({pk}, {source}, {target}) VALUES {rows}")

    @property
    def db_columns(self) -> set[tuple[str, str]]:
        field: Any = self.model_class._meta.get_field(self.field)  # noqa: SLF001
        return {(field.m2m_db_table(), field.m2m_reverse_name())}

    def _through(self, using: str) -> tuple[str, str, str, str]:
        field: Any = self.model_class._meta.get_field(self.field)  # noqa: SLF001
        pk = field.remote_field.through._meta.pk.column  # noqa: SLF001
        names = (field.m2m_db_table(), pk, field.m2m_column_name(), field.m2m_reverse_name())
        table, pk, source, target = (sql.quote(using, name) for name in names)
        return table, pk, source, target
