"""The kinds of reference that are relations of Django's: foreign key and many-to-many."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from apps.service_providers.references import sql
from apps.service_providers.references.kinds import Change, Moves, Reference, packed, tidy_index
from apps.service_providers.references.sql import Statement


@dataclasses.dataclass(frozen=True)
class ForeignKeyReference(Reference):
    """A nullable foreign key, hidden relations included."""

    def tidy_index(self, *, model_ids: Iterable[int], using: str) -> None:
        table, _, column = self._names(using, self._column(self.field))
        tidy_index(table=table, column=column, model_ids=model_ids, using=using)

    def pairs(self, *, model_ids: Iterable[int], using: str, team_id: int | None = None) -> Statement:
        table, pk, column = self._names(using, self._column(self.field))
        of_team, params = self._of_team(pk, using=using, team_id=team_id)
        return (
            f"SELECT {pk} AS row_id, {column} AS model_id FROM {table} WHERE {sql.is_one_of(using, column, model_ids)}{of_team}",
            params,
        )

    def move(self, *, row_ids: Sequence[int], moves: Moves, using: str) -> list[Change]:
        _, pk, column = self._names(using, self._column(self.field))
        groups = self._locked_groups(
            keys=[column],
            where=f"{sql.is_one_of(using, pk, row_ids)} AND {sql.is_one_of(using, column, moves.targets)}",
            using=using,
        )
        if locked := [row_id for _, group, _ in groups for row_id in group]:
            self.repoint(row_ids=locked, targets=moves.targets, using=using)
        return packed((old, old, moves.targets[old], group, concerned) for (old,), group, concerned in groups)

    def repoint(self, *, row_ids: Sequence[int], targets: Mapping[int, int | None], using: str) -> int:
        table, pk, column = self._names(using, self._column(self.field))
        new_id = sql.replaced(using, column, targets, value=_sql_id)
        return sql.execute(
            using,
            f"UPDATE {table} SET {column} = CAST({new_id} AS bigint)"
            f" WHERE {sql.is_one_of(using, pk, row_ids)} AND {sql.is_one_of(using, column, targets)}",
        )

    def held(self, *, change: Change, using: str) -> dict[int, Any]:
        table, pk, column = self._names(using, self._column(self.field))
        query = f"SELECT {pk}, {column} FROM {table} WHERE {sql.is_one_of(using, pk, change.row_ids)}"
        return dict(sql.fetch(using, f"{query} ORDER BY {pk}{sql.lock_clause(using)}"))

    def put_back(self, *, change: Change, row_ids: Sequence[int], using: str) -> None:
        table, pk, column = self._names(using, self._column(self.field))
        sql.execute(
            using,
            f"UPDATE {table} SET {column} = {int(change.old_value)} WHERE {sql.is_one_of(using, pk, row_ids)}",
        )


def _sql_id(new: int | None) -> str:
    return "NULL" if new is None else str(int(new))


@dataclasses.dataclass(frozen=True)
class ManyToManyReference(Reference):
    """A many-to-many relation. Clearing takes the link away; so does moving to a model that is linked already."""

    def pairs(self, *, model_ids: Iterable[int], using: str, team_id: int | None = None) -> Statement:
        table, _, source, target = self._through(using)
        of_team, params = self._of_team(source, using=using, team_id=team_id)
        return (
            f"SELECT {source} AS row_id, {target} AS model_id FROM {table} WHERE {sql.is_one_of(using, target, model_ids)}{of_team}",
            params,
        )

    def move(self, *, row_ids: Sequence[int], moves: Moves, using: str) -> list[Change]:
        table, pk, source, target = self._through(using)
        owners, owner_pk, _ = self._names(using, "")
        resource, detail = self._concerned_columns(using, prefix="o.")
        links = sql.fetch(
            using,
            f"SELECT l.{pk}, l.{source}, l.{target}, {resource}, {detail} FROM {table} l"
            f" JOIN {owners} o ON o.{owner_pk} = l.{source} WHERE {sql.is_one_of(using, f'l.{source}', row_ids)}"
            f" ORDER BY l.{pk}{sql.lock_clause(using, of='l')}",
        )
        present = {(source_id, target_id) for _, source_id, target_id, _, _ in links}
        repointed: list[int] = []
        gone: list[int] = []
        changed: dict[tuple[int, int | None], Change] = {}
        for link_id, source_id, old, resource_id, part in links:
            if old not in moves.targets:
                continue
            new = moves.targets[old]
            if new is None or (source_id, new) in present:
                new = None
                gone.append(link_id)
            else:
                present.add((source_id, new))
                repointed.append(link_id)
            change = changed.setdefault((old, new), Change(old, {"model": old, "links": []}, new, row_ids=[]))
            change.old_value["links"].append(link_id)
            change.row_ids.append(source_id)
            change.concerned.append((resource_id, part))
        if gone:
            sql.execute(using, f"DELETE FROM {table} WHERE {sql.is_one_of(using, pk, gone)}")
        if repointed:
            new_id = sql.replaced(using, target, moves.targets, value=_sql_id)
            sql.execute(
                using,
                f"UPDATE {table} SET {target} = CAST({new_id} AS bigint) WHERE {sql.is_one_of(using, pk, repointed)}",
            )
        return list(changed.values())

    def held(self, *, change: Change, using: str) -> dict[int, Any]:
        """Return the target of each link that was moved; of links that went, None where they can come back."""
        table, pk, source, target = self._through(using)
        links: dict[int, int] = dict(zip(change.row_ids, change.old_value["links"], strict=True))
        if change.new_value is not None:
            rows = sql.fetch(
                using,
                f"SELECT {source}, {target} FROM {table} WHERE {sql.is_one_of(using, pk, links.values())}"
                f" ORDER BY {pk}{sql.lock_clause(using)}",
            )
            return dict(rows)
        owners, owner_pk, _ = self._names(using, "")
        rows = sql.fetch(
            using,
            f"SELECT o.{owner_pk}, l.{target} FROM {owners} o LEFT JOIN {table} l ON l.{source} = o.{owner_pk}"
            f" AND l.{target} = {change.model_id} WHERE {sql.is_one_of(using, f'o.{owner_pk}', links)}",
        )
        return dict(rows)

    def put_back(self, *, change: Change, row_ids: Sequence[int], using: str) -> None:
        table, pk, source, target = self._through(using)
        links: dict[int, int] = dict(zip(change.row_ids, change.old_value["links"], strict=True))
        if change.new_value is not None:
            wanted = sql.is_one_of(using, pk, (links[row_id] for row_id in row_ids))
            sql.execute(using, f"UPDATE {table} SET {target} = {change.model_id} WHERE {wanted}")
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
