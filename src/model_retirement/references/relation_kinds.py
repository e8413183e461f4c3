"""The kinds of reference that are relations of Django's: foreign key and many-to-many."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model_retirement import sql
from model_retirement.keys import Key, read_key, read_keys, sql_key
from model_retirement.references import indexes
from model_retirement.references.changes import Change, Moves, Others, OthersOf, State, packed
from model_retirement.references.kinds import Reference
from model_retirement.references.pointing_field import FOREIGN_KEY, MANY_TO_MANY, FieldTypes
from model_retirement.sql import Statement


@dataclasses.dataclass(frozen=True)
class ForeignKeyReference(Reference):
    """A nullable foreign key, hidden relations included."""

    @property
    def held_in(self) -> FieldTypes:
        return FOREIGN_KEY

    @property
    def missing_index(self) -> str:
        return indexes.missing(self.model_class, self.field)

    def vacuum_index(self, *, model_ids: Iterable[Key], using: str) -> None:
        table, _, column = self._names(using, self._column(self.field))
        indexes.vacuum(table=table, column=column, model_ids=model_ids, using=using)

    def pairs(self, *, model_ids: Iterable[Key], using: str, team_id: Key | None = None) -> Statement:
        table, pk, column = self._names(using, self._column(self.field))
        of_team, params = self._of_team(pk, using=using, team_id=team_id)
        return (
            f"SELECT {pk} AS row_id, {column} AS model_id FROM {table} WHERE {sql.is_one_of(using, column, model_ids)}{of_team}",
            params,
        )

    def move(self, *, row_ids: Sequence[Key], moves: Moves, using: str) -> list[Change]:
        _, pk, column = self._names(using, self._column(self.field))
        groups = self._locked_groups(
            keys=[column],
            ids=[0],
            where=f"{sql.is_one_of(using, pk, row_ids)} AND {sql.is_one_of(using, column, moves.targets)}",
            using=using,
        )
        if locked := [row_id for _, group, _ in groups for row_id in group]:
            self.repoint(row_ids=locked, targets=moves.targets, using=using)
        return packed((old, old, moves.targets[old], group, affected) for (old,), group, affected in groups)

    def repoint(self, *, row_ids: Sequence[Key], targets: Mapping[Key, Key | None], using: str) -> int:
        table, pk, column = self._names(using, self._column(self.field))
        new_id = sql.replaced(using, column, targets, value=_sql_id)
        return sql.execute(
            using,
            f"UPDATE {table} SET {column} = CAST({new_id} AS {sql.dialect(using).key_types[self.model_kind]})"
            f" WHERE {sql.is_one_of(using, pk, row_ids)} AND {sql.is_one_of(using, column, targets)}",
        )

    def current_values(self, *, label: str, row_ids: Sequence[Key], using: str) -> dict[Key, State]:
        table, pk, column = self._names(using, self._column(self.field))
        query = f"SELECT {pk}, {column} FROM {table} WHERE {sql.is_one_of(using, pk, row_ids)}"
        rows = sql.fetch(using, f"{query} ORDER BY {pk}{sql.lock_clause(using)}", keys=[0, 1])
        return {row_id: {label: model_id} for row_id, model_id in rows}

    def undone(self, *, change: Change, held: Mapping[Key, State], others: OthersOf) -> dict[Key, State]:
        old = {self.label: change.old_value}
        new = read_key(change.new_value)
        return {row_id: old for row_id in change.row_ids if row_id in held and held[row_id][self.label] == new}

    def restore_values(
        self, *, change: Change, held: Mapping[Key, State], values: Mapping[Key, State], using: str
    ) -> None:
        table, pk, column = self._names(using, self._column(self.field))
        sql.execute(
            using,
            f"UPDATE {table} SET {column} = {sql_key(read_key(change.old_value))} WHERE {sql.is_one_of(using, pk, values)}",
        )


def _sql_id(new: Key | None) -> str:
    return "NULL" if new is None else sql_key(new)


@dataclasses.dataclass(frozen=True)
class ManyToManyReference(Reference):
    """A many-to-many relation. Clearing takes the link away; so does moving to a model that is linked already.

    :param member: the word for one of its models, for people
    """

    member: str = dataclasses.field(default="model", kw_only=True)

    @property
    def held_in(self) -> FieldTypes:
        return MANY_TO_MANY

    @property
    def holds(self) -> str:
        return self.member

    def members(self, row_id: str, *, using: str) -> str:
        table, _, source, _ = self._through(using)
        return f"(SELECT COUNT(*) FROM {table} l WHERE l.{source} = {row_id})"

    def pairs(self, *, model_ids: Iterable[Key], using: str, team_id: Key | None = None) -> Statement:
        table, _, source, target = self._through(using)
        of_team, params = self._of_team(source, using=using, team_id=team_id)
        return (
            f"SELECT {source} AS row_id, {target} AS model_id FROM {table} WHERE {sql.is_one_of(using, target, model_ids)}{of_team}",
            params,
        )

    def move(self, *, row_ids: Sequence[Key], moves: Moves, using: str) -> list[Change]:
        table, pk, source, target = self._through(using)
        owners, owner_pk, _ = self._names(using, "")
        resource, detail = self._affected_columns(using, prefix="o.")
        links = sql.fetch(
            using,
            f"SELECT l.{pk}, l.{source}, l.{target}, {resource}, {detail} FROM {table} l"
            f" JOIN {owners} o ON o.{owner_pk} = l.{source} WHERE {sql.is_one_of(using, f'l.{source}', row_ids)}"
            f" ORDER BY l.{pk}{sql.lock_clause(using, of='l')}",
            keys=[0, 1, 2, 3],
        )
        present = {(source_id, target_id): link_id for link_id, source_id, target_id, _, _ in links}
        repointed: list[int] = []
        gone: list[int] = []
        changed: dict[tuple[Key, Key | None], Change] = {}
        for link_id, source_id, old, resource_id, part in links:
            if old not in moves.targets:
                continue
            new = moves.targets[old]
            if new is not None and not moves.merge and (source_id, new) in present:
                # Two links cannot stay; this one is not that of an earlier removal, whose undo would take it along.
                gone.append(present.pop((source_id, new)))
            if new is None or (source_id, new) in present:
                new = None
                gone.append(link_id)
            else:
                present[source_id, new] = link_id
                repointed.append(link_id)
            change = changed.setdefault((old, new), Change(old, {"model": old, "links": []}, new, row_ids=[]))
            change.old_value["links"].append(link_id)
            change.row_ids.append(source_id)
            change.affected.append((resource_id, part))
        if gone:
            sql.execute(using, f"DELETE FROM {table} WHERE {sql.is_one_of(using, pk, gone)}")
        if repointed:
            new_id = sql.replaced(using, target, moves.targets, value=_sql_id)
            sql.execute(
                using,
                f"UPDATE {table} SET {target} = CAST({new_id} AS {sql.dialect(using).key_types[self.model_kind]})"
                f" WHERE {sql.is_one_of(using, pk, repointed)}",
            )
        # A row's links that go come last: each goes because the one that was moved is there.
        return sorted(changed.values(), key=lambda change: change.new_value is None)

    def current_values(self, *, label: str, row_ids: Sequence[Key], using: str) -> dict[Key, State]:
        """Return the links of each row: a dictionary of the link's own key to the model's."""
        table, pk, source, target = self._through(using)
        owners, owner_pk, _ = self._names(using, "")
        rows = sql.fetch(
            using,
            f"SELECT o.{owner_pk}, l.{pk}, l.{target} FROM {owners} o LEFT JOIN (SELECT * FROM {table}"
            f" WHERE {sql.is_one_of(using, source, row_ids)} ORDER BY {pk}{sql.lock_clause(using)}) l"
            f" ON l.{source} = o.{owner_pk} WHERE {sql.is_one_of(using, f'o.{owner_pk}', row_ids)}",
            keys=[0, 1, 2],
        )
        states: dict[Key, State] = {}
        for row_id, link_id, model_id in rows:
            links = states.setdefault(row_id, {label: {}})[label]
            if link_id is not None:
                links[link_id] = model_id
        return states

    def undone(self, *, change: Change, held: Mapping[Key, State], others: OthersOf) -> dict[Key, State]:
        changed = zip(change.row_ids, read_keys(change.old_value["links"]), strict=True)
        undone = (
            (row_id, _undone_links(held[row_id][self.label], link_id, change=change, others=others(row_id)))
            for row_id, link_id in changed
            if row_id in held
        )
        return {row_id: {self.label: links} for row_id, links in undone if links is not None}

    def moved_on_by(self, *, change: Change, held: State, others: Others) -> int | None:
        return others.moved_on(change)

    def stored_value(self, value: Any) -> Any:
        # Beside the model stand the keys of the links.
        return value["model"] if isinstance(value, dict) else value

    def restore_values(
        self, *, change: Change, held: Mapping[Key, State], values: Mapping[Key, State], using: str
    ) -> None:
        table, pk, source, target = self._through(using)
        gone: list[int] = []
        moved: list[int] = []
        added: list[str] = []
        again: list[str] = []
        for row_id, state in values.items():
            links, before = state[self.label], held[row_id][self.label]
            gone += before.keys() - links.keys()
            for link_id, model_id in links.items():
                if link_id is None:
                    again.append(f"({sql_key(row_id)}, {sql_key(model_id)})")
                elif link_id not in before:
                    added.append(f"({sql_key(link_id)}, {sql_key(row_id)}, {sql_key(model_id)})")
                elif before[link_id] != model_id:
                    moved.append(link_id)
        if gone:
            sql.execute(using, f"DELETE FROM {table} WHERE {sql.is_one_of(using, pk, gone)}")
        if moved:
            sql.execute(
                using,
                f"UPDATE {table} SET {target} = {sql_key(change.model_id)} WHERE {sql.is_one_of(using, pk, moved)}",
            )
        if added:
            sql.execute(using, f"INSERT INTO {table} ({pk}, {source}, {target}) VALUES {','.join(added)}")
        if again:
            sql.execute(using, f"INSERT INTO {table} ({source}, {target}) VALUES {','.join(again)}")

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


def _undone_links(
    links: Mapping[Key | None, Key], link_id: Key, *, change: Change, others: Others
) -> dict[Key | None, Key] | None:
    """Return the links of one row when the removal of one model is undone, or None if that is not possible.

    :param links: the links as they are: key to the model's key
    :param link_id: the link that led to the model
    :param others: what other removals have done to the row's links
    """
    back, there = change.model_id, set(links.values())
    replacement = change.replacement_id
    if back in there or (replacement is not None and replacement not in there):
        return None
    undone: dict[Key | None, Key] = dict(links)
    if replacement is not None:
        own = link_id if change.new_value is not None else None
        if any(read_key(earlier.new_value) == replacement for earlier in others.undone):
            # That it was there already was the work of a removal that was undone.
            own = next(key for key, model_id in links.items() if model_id == replacement)
        if own is not None and undone.get(own) == replacement:
            del undone[own]
            if any(other.replacement_id == replacement for other in (*others.later, *others.own)):
                undone[None] = replacement
    return undone | {link_id: back}
