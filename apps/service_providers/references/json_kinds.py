"""The kinds of reference that are ids inside a JSON field: under a key, and in a list."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from apps.service_providers.references import sql, stored_json
from apps.service_providers.references.ids import postgresql_id, sqlite_id, stored_id
from apps.service_providers.references.kinds import (
    Change,
    Concerned,
    LockedGroup,
    Moves,
    ParameterMap,
    Reference,
    packed,
    tidy_index,
)
from apps.service_providers.references.schema import is_list_sql, list_ids_sql, require_plain_key
from apps.service_providers.references.sql import Statement


@dataclasses.dataclass(frozen=True)
class JsonReference(Reference):
    """What is under one key of a JSON field.

    :param key: the key: letters, digits, ``_`` and ``-``
    :raises ValueError: if the key has other characters
    """

    key: str = dataclasses.field(kw_only=True)

    def __post_init__(self) -> None:
        require_plain_key(self.key, of=f"{self.model}.{self.field}")

    @property
    def label(self) -> str:
        return self.label_of(self.key)

    def label_of(self, key: str) -> str:
        """Return the name in the journal of what is under a key of the field."""
        return f"{self.model}.{self.field}.{key}"

    def held(self, *, change: Change, using: str) -> dict[int, Any]:
        table, pk, column = self._names(using, self._column(self.field))
        rows = sql.fetch(
            using,
            f"SELECT {pk}, {sql.json_value(using, column, self._key_of(change))} FROM {table}"
            f" WHERE {sql.is_one_of(using, pk, change.row_ids)}{self._and_beside(change, using=using)}"
            f" ORDER BY {pk}{sql.lock_clause(using)}",
        )
        # A key that is gone is something else than a null.
        return {row_id: stored_json.loads(text) for row_id, text in rows if text is not None}

    def put_back(self, *, change: Change, row_ids: Sequence[int], using: str) -> None:
        table, pk, column = self._names(using, self._column(self.field))
        sql.execute(
            using,
            f"UPDATE {table} SET {column} = {sql.set_json_value(using, column, self._key_of(change), '%s')}"
            f" WHERE {sql.is_one_of(using, pk, row_ids)}",
            (stored_json.dumps(change.old_value),),
        )

    def _key_of(self, _change: Change) -> str:
        return self.key

    def _and_beside(self, _change: Change, *, using: str) -> str:
        """Return a condition on what stands beside a value, to be added to others; most have nothing there."""
        return ""


@dataclasses.dataclass(frozen=True)
class JsonIdReference(JsonReference):
    """An id under one key of a JSON field, in any spelling of ``ids``.

    :param mirror: name of the generated column that holds the id as a number, with its index
    :param parameters_key: the key of the settings for the model, in the same field; empty if there are none
    """

    mirror: str = dataclasses.field(kw_only=True)
    parameters_key: str = dataclasses.field(default="", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.parameters_key:
            require_plain_key(self.parameters_key, of=f"{self.model}.{self.field}")

    @property
    def parameters_label(self) -> str:
        """Name of the settings in the journal."""
        return self.label_of(self.parameters_key)

    @property
    def journal_labels(self) -> tuple[str, ...]:
        return (self.label, self.parameters_label)

    def _key_of(self, change: Change) -> str:
        return self.parameters_key if change.label == self.parameters_label else self.key

    def _and_beside(self, change: Change, *, using: str) -> str:
        if change.label != self.parameters_label or change.replacement_id is None:
            return ""
        # Where another model was chosen since, the old settings would come back beside one that they were not made for.
        return f" AND {sql.quote(using, self._column(self.mirror))} = {int(change.replacement_id)}"

    @property
    def db_columns(self) -> set[tuple[str, str]]:
        return {(self.model_class._meta.db_table, self._column(self.mirror))}  # noqa: SLF001

    def pairs(self, *, model_ids: Iterable[int], using: str, team_id: int | None = None) -> Statement:
        table, pk, mirror = self._names(using, self._column(self.mirror))
        of_team, params = self._of_team(pk, using=using, team_id=team_id)
        return (
            f"SELECT {pk} AS row_id, {mirror} AS model_id FROM {table}"
            f" WHERE {self._points_at(model_ids, using=using)}{of_team}",
            params,
        )

    def every_id(self, *, using: str, team_id: int | None = None, above: int | None = None) -> Statement:
        table, pk, mirror = self._names(using, self._column(self.mirror))
        of_team, params = self._of_team(pk, using=using, team_id=team_id)
        rest = "" if above is None else f" AND {pk} > {int(above)}"
        return (
            f"SELECT {pk} AS row_id, {mirror} AS model_id FROM {table} WHERE {mirror} IS NOT NULL{of_team}{rest}",
            params,
        )

    def _points_at(self, model_ids: Iterable[int], *, using: str) -> str:
        """Return the condition that what is stored is the id of one of the models."""
        return sql.is_one_of(using, sql.quote(using, self._column(self.mirror)), model_ids)

    def tidy_index(self, *, model_ids: Iterable[int], using: str) -> None:
        table, _, mirror = self._names(using, self._column(self.mirror))
        tidy_index(table=table, column=mirror, model_ids=model_ids, using=using)

    def move(self, *, row_ids: Sequence[int], moves: Moves, using: str) -> list[Change]:
        table, pk, mirror = self._names(using, self._column(self.mirror))
        column = sql.quote(using, self._column(self.field))
        with_settings = bool(self.parameters_key and moves.parameter_maps)
        settings = sql.json_value(using, column, self.parameters_key) if with_settings else "NULL"
        groups = self._locked_groups(
            keys=[mirror, sql.json_value(using, column, self.key), settings],
            where=f"{sql.is_one_of(using, pk, row_ids)} AND {self._points_at(moves.targets, using=using)}",
            using=using,
        )
        mapped = list(_mapped_settings(groups, moves.parameter_maps))
        remapped_ids = {row_id for _, _, _, group, _ in mapped for row_id in group}
        moved_alone = [row_id for _, group, _ in groups for row_id in group if row_id not in remapped_ids]
        if moved_alone:
            self.repoint(row_ids=moved_alone, targets=moves.targets, using=using)
        sql.update_json_values(
            using,
            table=table,
            pk=pk,
            column=column,
            key=self.parameters_key,
            values=[(group, new) for _, _, new, group, _ in mapped],
            base=self._moved(moves.targets, using=using, prefix="t."),
        )
        return [
            *packed(
                (model_id, stored_json.loads(text), moves.targets[model_id], group, concerned)
                for (model_id, text, _), group, concerned in groups
            ),
            *packed(mapped, label=self.parameters_label),
        ]

    def repoint(self, *, row_ids: Sequence[int], targets: Mapping[int, int | None], using: str) -> int:
        table, pk, column = self._names(using, self._column(self.field))
        return sql.execute(
            using,
            f"UPDATE {table} SET {column} = {self._moved(targets, using=using)}"
            f" WHERE {sql.is_one_of(using, pk, row_ids)} AND {self._points_at(targets, using=using)}",
        )

    def _moved(self, targets: Mapping[int, int | None], *, using: str, prefix: str = "") -> str:
        """Return an expression for the field with the id replaced.

        :param prefix: the table's name in the statement, with its dot
        """
        mirror = f"{prefix}{sql.quote(using, self._column(self.mirror))}"
        column = f"{prefix}{sql.quote(using, self._column(self.field))}"
        return sql.set_json_value(using, column, self.key, sql.replaced(using, mirror, targets, value=_json_id))


def _json_id(new: int | None) -> str:
    return f"'{'null' if new is None else int(new)}'"


def _mapped_settings(
    groups: Iterable[LockedGroup], parameter_maps: Mapping[int, ParameterMap]
) -> Iterator[tuple[int, Any, Any, list[int], list[Concerned]]]:
    """Yield (model id, old settings, new settings, row ids, nothing) where not all settings suit the replacement."""
    for (model_id, _, text), group, _ in groups:
        old = stored_json.loads(text) if text is not None and model_id in parameter_maps else None
        new = parameter_maps[model_id](old) if isinstance(old, dict) else None
        if new is not None:
            yield model_id, old, new, group, []


@dataclasses.dataclass(frozen=True)
class JsonIdListReference(JsonReference):
    """Ids in a list under one key of a JSON field, each in any spelling of ``ids``."""

    @property
    def db_columns(self) -> set[tuple[str, str]]:
        return set()

    def pairs(self, *, model_ids: Iterable[int], using: str, team_id: int | None = None) -> Statement:
        ids = list(model_ids)
        indexed = ""
        if sql.is_postgresql(using):
            wanted = ",".join(f"'{int(model_id)}'" for model_id in ids) or "NULL"
            column = sql.quote(using, self._column(self.field))
            indexed = f" AND {list_ids_sql(f't.{column}', self.key)} && ARRAY[{wanted}]::text[]"
        items, params = self._items(using=using, team_id=team_id, condition=indexed)
        return f"SELECT DISTINCT row_id, model_id FROM ({items}) i WHERE model_id IN ({sql.id_list(ids)})", params

    def every_id(self, *, using: str, team_id: int | None = None, above: int | None = None) -> Statement:
        _, pk, _ = self._names(using, "")
        rest = "" if above is None else f" AND t.{pk} > {int(above)}"
        items, params = self._items(using=using, team_id=team_id, condition=rest)
        return f"SELECT DISTINCT row_id, model_id FROM ({items}) i WHERE model_id IS NOT NULL", params

    def _items(self, *, using: str, team_id: int | None, condition: str) -> Statement:
        """Return a query for a line per element of the lists: ``row_id`` and ``model_id``, which is NULL for no id.

        :param condition: to be added to others on the table as ``t``
        """
        table, pk, column = self._names(using, self._column(self.field))
        of_team, params = self._of_team(f"t.{pk}", using=using, team_id=team_id)
        column = f"t.{column}"
        postgresql = sql.is_postgresql(using)
        has_list = is_list_sql(column, self.key, postgresql=postgresql)
        if postgresql:
            # The guard keeps the function from what is no list, whatever order the planner chooses.
            stored = f"{column} -> '{self.key}'"
            guarded = f"CASE WHEN jsonb_typeof({stored}) = 'array' THEN {stored} ELSE '[]' END"
            source = f"{table} t CROSS JOIN LATERAL jsonb_array_elements({guarded}) AS item(value)"
            model_id = postgresql_id("item.value")
        else:
            source = f"{table} t, json_each({column}, '$.{self.key}') AS item"
            model_id = sqlite_id(kind="item.type", value="item.atom", text=f"{column} -> item.fullkey")
        return (
            f"SELECT t.{pk} AS row_id, {model_id} AS model_id FROM {source} WHERE {has_list}{of_team}{condition}",
            params,
        )

    def move(self, *, row_ids: Sequence[int], moves: Moves, using: str) -> list[Change]:
        table, pk, column = self._names(using, self._column(self.field))
        resource, detail = self._concerned_columns(using)
        locked = sql.fetch(
            using,
            f"SELECT {pk}, {sql.json_value(using, column, self.key)}, {resource}, {detail} FROM {table}"
            f" WHERE {sql.is_one_of(using, pk, row_ids)} ORDER BY {pk}{sql.lock_clause(using)}",
        )
        changed: list[tuple[int, Any, Any, list[int], list[Concerned]]] = []
        new_lists: list[tuple[list[int], list[Any]]] = []
        for row_id, text, resource_id, part in locked:
            steps = _list_steps(stored_json.loads(text or "null"), moves.targets)
            concerned = [(resource_id, part)]
            changed.extend((model_id, before, after, [row_id], concerned) for model_id, before, after in steps)
            if steps:
                new_lists.append(([row_id], steps[-1][2]))
        sql.update_json_values(using, table=table, pk=pk, column=column, key=self.key, values=new_lists)
        # Rows share entries, and each row's steps have to stand in the order in which they were made.
        return sorted(packed(changed), key=lambda change: change.model_id)


def _list_steps(stored: Any, targets: Mapping[int, int | None]) -> list[tuple[int, list[Any], list[Any]]]:
    """Return how a stored list changes, one step (model id, before, after) per model, each on the one before it.

    Steps are in the order of the models' ids, which is the same for all lists.
    """
    steps: list[tuple[int, list[Any], list[Any]]] = []
    if not isinstance(stored, list):
        return steps
    before = stored
    for model_id in sorted(targets.keys() & {stored_id(item) for item in stored}):
        new = targets[model_id]
        after = [new if stored_id(item) == model_id else item for item in before]
        after = after if new is not None else [item for item in before if stored_id(item) != model_id]
        steps.append((model_id, before, after))
        before = after
    return steps
