"""How SQLite spells it."""

from __future__ import annotations

import contextlib
import json as python_json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from model_retirement.dialects.base import Dialect
from model_retirement.dialects.schema import SQLiteSchema
from model_retirement.dialects.servers import SQLiteFile
from model_retirement.dialects.walks import SQLiteWalk
from model_retirement.ids import sqlite_id, sqlite_uuid
from model_retirement.json_paths import EACH, Step, ids_at, uuids_at
from model_retirement.keys import Key, KeyKind, id_list


class SQLite(SQLiteSchema, SQLiteFile, SQLiteWalk, Dialect):
    """SQLite. It locks the whole file when a transaction begins, so it needs no locks of rows."""

    timestamp_type = "text"
    date_type = "text"
    stored_json_type = "text"

    json_object = "json_object"
    json_array = "json_array"
    json_collect = "json_group_array"
    json_kind = "json_type"
    json_length = "json_array_length"
    null_json = "NULL"

    given_key = ""
    hold_clause = ""

    refuses_broken_text = False
    names_blockers = False

    def means_locked(self, error: Exception) -> bool:
        """Ask for the word: a database that is full, or that nobody may write to, raises the same exception."""
        return "locked" in str(error)

    def literal(self, text: str) -> str:
        """Spell a sign of percent out: it means something where there are parameters, and only there."""
        return "({})".format(" || char(37) || ".join(_quoted(part) for part in text.split("%")))

    def tables_read_whole(self, query: str, params: Sequence[Any]) -> list[str]:
        """Ask the planner. What it reads by way of an index is a part of the table, unless the index has all it wants."""
        with self.connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query}", params or None)
            plan = "\n".join(line for *_, line in cursor.fetchall())
        inner = set(re.findall(r"(?:MATERIALIZE|CO-ROUTINE) (\S+)", plan))
        scans = re.findall(r"^SCAN (\S+)(?: USING COVERING INDEX .*)?$", plan, re.MULTILINE)
        return [name for name in scans if name not in inner and not name.startswith("(")]

    key_types = {KeyKind.INTEGER: "bigint", KeyKind.UUID: "text", None: "bigint"}

    def key_of_element(self, text: str, *, kind: KeyKind | None) -> str:
        """Return a number, or a UUID as Django stores it: JSON has hyphens in it."""
        return f"replace({text}, '-', '')" if kind is KeyKind.UUID else f"CAST({text} AS bigint)"

    def key_of_json(self, column: str, *, kind: KeyKind | None) -> str:
        """Return the same of a column."""
        return self.key_of_element(f"({column} ->> '$')" if kind is KeyKind.UUID else column, kind=kind)

    def smallest(self, column: str, *, kind: KeyKind | None) -> str:
        """Return the least, which any type has."""
        del kind
        return f"MIN({column})"

    def is_one_of(self, column: str, ids: Iterable[Key]) -> str:
        """Return the condition with a list."""
        return f"{column} IN ({id_list(ids)})"

    def id_array(self, ids: Iterable[Key]) -> str:
        """Return the text of a JSON list."""
        return f"[{id_list(ids, empty='')}]".replace("'", '"')

    def lists_of_ids(self, number: int, *, kind: KeyKind | None) -> tuple[str, str]:
        """Return them as JSON lists."""
        del kind
        return ",".join(["(%s, %s)"] * number), "SELECT item.value AS id, new FROM given, json_each(ids) AS item"

    def lock_clause(self, *, of: str = "") -> str:
        """Return nothing."""
        del of
        return ""

    def streaming(self) -> contextlib.AbstractContextManager[Any]:
        """Do nothing: a transaction would keep all writers out for as long."""
        return contextlib.nullcontext()

    @contextlib.contextmanager
    def text_for_people(self) -> Iterator[None]:
        """Read text leniently: any bytes are stored for text, and reading them is an error."""
        self.connection.ensure_connection()
        connection = self.connection.connection
        before = connection.text_factory
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        try:
            yield
        finally:
            connection.text_factory = before

    def is_text(self, expression: str) -> str:
        """Return the condition by a function of ours."""
        self.connection.ensure_connection()
        self.connection.connection.create_function("is_utf8", 1, _is_utf8, deterministic=True)
        return f"is_utf8(CAST({expression} AS blob))"

    def limit_waiting(self, timeout: str) -> int | None:
        """Do nothing: it has no server, and a time limit for the lock over all from the settings."""
        del timeout
        return None

    def scan_index(self, *, table: str, column: str, ids: Iterable[Key]) -> None:
        """Do nothing: an update leaves nothing in an index."""
        del table, column, ids

    def collected(self, column: str) -> str:
        """Return the aggregate, which makes text."""
        return f"json_group_array({column})"

    def json_value(self, column: str, key: str) -> str:
        """Return the value by its path."""
        return f"({column} -> '$.{key}')" if key else column

    def set_json_value(self, column: str, key: str, json_text: str) -> str:
        """Return it with the path of the key."""
        return f"json_set({column}, '$.{key}', json({json_text}))" if key else f"json({json_text})"

    def with_json_values(self, column: str, values: Mapping[str, str]) -> str:
        """Return it with each path set."""
        paths = ", ".join(f"'$.{key}', json({value})" for key, value in values.items())
        return f"json_set({column}, {paths})"

    def json_string(self, column: str, key: str) -> str:
        """Return it if it is one."""
        arguments = f"{column}, '$.{key}'"
        return f"CASE WHEN json_type({arguments}) = 'text' THEN json_extract({arguments}) END"

    def stored_id(self, column: str, key: str, *, kind: KeyKind | None) -> str:
        """Return the reading of ``ids``."""
        arguments = f"{column},'$.{key}'"
        type_of, value = f"json_type({arguments})", f"json_extract({arguments})"
        read = sqlite_uuid if kind is KeyKind.UUID else sqlite_id
        return read(kind=type_of, value=value, text=f"{column} -> '$.{key}'")

    def ids_at(self, column: str, steps: Sequence[Step], *, kind: KeyKind | None) -> tuple[str, str]:
        """Ask a function of ours: its own paths do not name every key."""
        self.connection.ensure_connection()
        name, read = ("model_uuids_at", uuids_at) if kind is KeyKind.UUID else ("model_ids_at", ids_at)
        self.connection.connection.create_function(name, 2, read, deterministic=True)
        path = self.literal(python_json.dumps([None if step is EACH else step for step in steps]))
        return f", json_each({name}(CAST({column} AS blob), {path})) AS item", "item.value"

    def made_json(self, column: str) -> str:
        """Read it as JSON: what functions return forgets on its way through a subquery that it is."""
        return f"json({column})"

    def read_json(self, text: str) -> str:
        """Return a function."""
        return f"json({text})"

    def elements(self, json: str) -> str:
        """Return the function, which has a column ``value``."""
        return f"json_each({json}) AS item"

    def members(self, json: str, *, name: str) -> str:
        """Return the function."""
        return f"json_each({json}) AS {name}"

    def lines(self, json: str) -> str:
        """Return the function."""
        return f"json_each({json}) AS item"

    def holds(self, column: str) -> str:
        """Look at every element: there is no containment of JSON."""
        return f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value = %s ->> '$')"

    def key_ids(self, column: str, key: str, *, kind: KeyKind | None) -> tuple[str, str]:
        """Return the keys as texts; those of a list would be numbers."""
        path = f"'$.{key}'" if key else "'$'"
        guarded = f"CASE WHEN json_type({column}, {path}) = 'object' THEN {column} END"
        joined = f", json_each({guarded}, {path}) AS held"
        read = sqlite_uuid if kind is KeyKind.UUID else sqlite_id
        return joined, read(kind="'text'", value="held.key", text="held.key")

    def has_list(self, column: str, key: str) -> str:
        """Return the condition."""
        return f"json_type({column}, '$.{key}') = 'array' AND json_array_length({column}, '$.{key}') > 0"

    def list_length(self, column: str, key: str) -> str:
        """Return the length."""
        return f"json_array_length({column}, '$.{key}')"

    def list_may_hold(self, column: str, key: str, ids: Collection[Key]) -> str:
        """Return nothing: no index looks into a list."""
        del column, key, ids
        return ""

    def list_index(self, column: str, key: str, *, kind: KeyKind | None, pk: str) -> str:
        """Return an index over the rows that have a list at all, which is what a look-up reads."""
        del column, key, kind
        return f"({pk})"

    def list_items(self, column: str, key: str) -> tuple[str, str]:
        """Return the elements with their kind and their JSON text."""
        return (
            f", json_each({column}, '$.{key}') AS item",
            f"item.type AS kind, item.atom AS atom, {column} -> item.fullkey AS text",
        )

    def item_id(self, *, kind: KeyKind | None) -> str:
        """Return the reading of ``ids``."""
        read = sqlite_uuid if kind is KeyKind.UUID else sqlite_id
        return read(kind="kind", value="atom", text="text")

    def item_is_id_in(self, table: str, *, pk: str) -> str:
        """Compare texts, which costs less than to read an id; those of UUIDs have hyphens, and are read."""
        return f"CAST(item.atom AS text) IN (SELECT CAST(m.{pk} AS text) FROM {table} m)"

    def whole_row(self, columns: Sequence[str]) -> tuple[str, Sequence[Any]]:
        """Keep each value with its type: any column may hold any of five types."""
        self.connection.ensure_connection()
        self.connection.connection.create_function("with_type", 1, _with_type, deterministic=True)
        # Put together as text: functions take a limited number of arguments.
        values = [f"with_type(m.{self.quoted(name)})".replace("%", "%%") for name in columns]
        names = [f"{', ' if place else '{'}{python_json.dumps(name)}: " for place, name in enumerate(columns)]
        return f"{' || '.join(f'%s || {value}' for value in values)} || '}}'", names

    def foreign_key(
        self, editor: BaseDatabaseSchemaEditor, *, name: str, mirror: tuple[str, str], to: tuple[str, str]
    ) -> str:
        """Return nothing: a table gets no constraint after it was made."""
        del editor, name, mirror, to
        return ""

    def drop_constraint(self, editor: BaseDatabaseSchemaEditor, *, table: str, name: str) -> str:
        """Return nothing."""
        del editor, table, name
        return ""

    def default_of_generated(self, value: Any) -> Any:
        """Return a number: no stored column is added to a table with rows.

        Where a new field has a default, Django copies the table instead, and leaves the copying of this column to the database.
        """
        del value
        return 0


def _quoted(text: str) -> str:
    """Return a text in quotes."""
    return "'{}'".format(text.replace("'", "''"))


def _is_utf8(value: bytes | None) -> bool:
    return value is None or value.decode(errors="ignore").encode() == value


def _with_type(value: Any) -> str:
    """Return the JSON text of a value with its type; JSON has no infinity."""
    if isinstance(value, bytes):
        return python_json.dumps(["blob", value.hex()])
    if isinstance(value, float) and math.isinf(value):
        return python_json.dumps(["float", str(value)])
    return python_json.dumps(["value", value])
