"""The kind of reference that is a many-to-many relation."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Model

from model_retirement import row_obstacles, sql, stored_rows
from model_retirement.host_models import llm_model
from model_retirement.keys import Key, read_key, read_keys, sql_key
from model_retirement.references.changes import Change, Moves, Others, OthersOf, State
from model_retirement.references.kinds import Reference
from model_retirement.references.pointing_field import MANY_TO_MANY, FieldTypes
from model_retirement.references.relation_kinds import sql_id
from model_retirement.sql import Statement


@dataclasses.dataclass(frozen=True)
class ManyToManyReference(Reference):
    """A many-to-many relation. Clearing takes the link away; so does moving to a model that is linked already.

    Where the host has a table of its own for the links, with more columns, a link that goes is kept whole.

    :param member: the word for one of its models, for people
    """

    member: str = dataclasses.field(default="model", kw_only=True)

    @property
    def held_in(self) -> FieldTypes:
        return MANY_TO_MANY

    @property
    def relation_labels(self) -> tuple[str, ...]:
        through: Any = self._through_model._meta  # noqa: SLF001  (the documented Meta API)
        if through.auto_created:
            return (self.label,)
        field: Any = self.model_class._meta.get_field(self.field)  # noqa: SLF001
        return self.label, f"{through.label}.{field.m2m_reverse_field_name()}"

    @property
    def is_deleted_to_clear(self) -> bool:
        return True

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
            rows = self._whole_links(gone, using=using)
            for (_, new), change in changed.items():
                if new is None and rows:
                    change.old_value["rows"] = [rows.get(link_id) for link_id in change.old_value["links"]]
            sql.execute(using, f"DELETE FROM {table} WHERE {sql.is_one_of(using, pk, gone)}")
        if repointed:
            new_id = sql.replaced(using, target, moves.targets, value=sql_id)
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
        gone: list[Key] = []
        moved: list[Key] = []
        added: dict[Key, tuple[Key, Key]] = {}
        again: list[tuple[Key, Key]] = []
        for row_id, state in values.items():
            links, before = state[self.label], held[row_id][self.label]
            gone += before.keys() - links.keys()
            moved += [link_id for link_id, model_id in links.items() if before.get(link_id, model_id) != model_id]
            added |= {link: (row_id, links[link]) for link in links.keys() - before.keys() - {None}}
            again += [(row_id, links[link]) for link in links.keys() & {None}]
        if gone:
            sql.execute(using, f"DELETE FROM {table} WHERE {sql.is_one_of(using, pk, gone)}")
        if moved:
            sql.execute(
                using,
                f"UPDATE {table} SET {target} = {sql_key(change.model_id)} WHERE {sql.is_one_of(using, pk, moved)}",
            )
        kept = {link_id: row for link_id, row in _kept_links(change).items() if link_id in added}
        looked = row_obstacles.look(model=self._through_model, rows=kept, coming={}, using=using)
        whole = kept | looked.rows  # what stands in the way of others by now, the database says
        stored_rows.insert(self._through_model._meta.db_table, whole.values(), using=using)  # noqa: SLF001
        if plain := [(link_id, *ids) for link_id, ids in added.items() if link_id not in kept]:
            sql.execute(using, f"INSERT INTO {table} ({pk}, {source}, {target}) {_keys(plain)}")
        if again:
            sql.execute(using, f"INSERT INTO {table} ({source}, {target}) {_keys(again)}")

    def takeable(
        self, *, change: Change, values: Mapping[Key, State], coming: Collection[Key], using: str
    ) -> tuple[Mapping[Key, State], Mapping[Key, str]]:
        rows = _kept_links(change)
        of_row = dict(zip(change.row_ids, read_keys(change.old_value["links"]), strict=True))
        wanted = {of_row[row_id]: rows[of_row[row_id]] for row_id in values if of_row[row_id] in rows}
        there = {llm_model()._meta.db_table: coming}  # noqa: SLF001  (the documented Meta API)
        looked = row_obstacles.look(model=self._through_model, rows=wanted, coming=there, using=using)
        standing = {row_id: looked.obstacles[link] for row_id, link in of_row.items() if link in looked.obstacles}
        return {row_id: state for row_id, state in values.items() if row_id not in standing}, standing

    @property
    def _through_model(self) -> type[Model]:
        field: Any = self.model_class._meta.get_field(self.field)  # noqa: SLF001
        through: type[Model] = field.remote_field.through
        return through

    def _whole_links(self, link_ids: Sequence[Key], *, using: str) -> dict[Key, Any]:
        """Return links whole, with columns of the host's; nothing if there are none beside those of any link."""
        name = self._through_model._meta.db_table  # noqa: SLF001  (the documented Meta API)
        columns = list(stored_rows.columns(name, using=using))
        table, pk, source, target = self._through(using)
        if {sql.quote(using, column) for column in columns} == {pk, source, target}:
            return {}
        whole_row, params = sql.dialect(using).whole_row(columns)
        query = f"SELECT m.{pk}, {whole_row} FROM {table} m WHERE {sql.is_one_of(using, f'm.{pk}', link_ids)}"
        return {link_id: json.loads(row) for link_id, row in sql.fetch(using, query, params, keys=[0])}

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


def _keys(rows: Iterable[Iterable[Key]]) -> str:
    return sql.values([sql_key(key) for key in row] for row in rows)


def _kept_links(change: Change) -> dict[Key, Any]:
    """Return by key the links that the journal has whole."""
    links = zip(read_keys(change.old_value["links"]), change.old_value.get("rows", ()), strict=False)
    return {link_id: row for link_id, row in links if row is not None}


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
