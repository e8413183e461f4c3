"""How PostgreSQL spells it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from model_retirement.dialects.base import Dialect
from model_retirement.dialects.schema import PostgreSQLSchema
from model_retirement.dialects.servers import PostgreSQLServer
from model_retirement.dialects.walks import PostgreSQLWalk
from model_retirement.ids import postgresql_id, postgresql_list_tokens, postgresql_list_uuids, postgresql_uuid
from model_retirement.json_paths import EACH, Step
from model_retirement.keys import Key, KeyKind, id_list, spelled

QUOTE = "'"


class PostgreSQL(PostgreSQLSchema, PostgreSQLServer, PostgreSQLWalk, Dialect):
    """PostgreSQL 15 and later."""

    timestamp_type = "timestamptz"
    date_type = "date"
    stored_json_type = "jsonb"

    # Not those of jsonb: they take everything apart again at each level.
    json_object = "json_build_object"
    json_array = "json_build_array"
    json_collect = "json_agg"
    json_kind = "jsonb_typeof"
    json_length = "jsonb_array_length"
    null_json = "CAST(NULL AS json)"

    given_key = "OVERRIDING SYSTEM VALUE "
    hold_clause = " FOR KEY SHARE"  # Django does not offer it

    refuses_broken_text = True
    names_blockers = True

    def literal(self, text: str) -> str:
        """Spell a sign of percent out: it means something where there are parameters, and only there."""
        return "({})".format(" || chr(37) || ".join(_quoted(part) for part in text.split("%")))

    def tables_read_whole(self, query: str, params: Sequence[Any]) -> list[str]:
        """Ask the planner what it cannot do without, however small a table is."""
        with self.connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {query}", params or None)
            plan = "\n".join(line for (line,) in cursor.fetchall())
            cursor.execute("SET LOCAL enable_seqscan = on")
        return re.findall(r'Seq Scan on "?([^\s"]+)', plan)

    key_types = {KeyKind.INTEGER: "bigint", KeyKind.UUID: "uuid", None: "bigint"}

    def key_of_element(self, text: str, *, kind: KeyKind | None) -> str:
        """Return a cast."""
        return f"CAST({text} AS {self.key_types[kind]})"

    def key_of_json(self, column: str, *, kind: KeyKind | None) -> str:
        """Return a cast; there is one from a JSON number, and none from a JSON string."""
        return f"CAST({column} #>> '{{}}' AS uuid)" if kind is KeyKind.UUID else f"CAST({column} AS bigint)"

    def smallest(self, column: str, *, kind: KeyKind | None) -> str:
        """Return the least of texts for UUIDs, for which there is no such aggregate before PostgreSQL 18."""
        return f"MIN(CAST({column} AS text))" if kind is KeyKind.UUID else f"MIN({column})"

    def is_one_of(self, column: str, ids: Iterable[Key]) -> str:
        """Return the condition with an array, which is read many times faster than a list of expressions."""
        return f"{column} = ANY ({self._array(ids)})"

    def _array(self, ids: Iterable[Key]) -> str:
        keys = list(ids)
        # None of a kind: the literal takes the type of what it is compared with.
        kind = "" if not keys else "::uuid[]" if isinstance(keys[0], UUID) else "::bigint[]"
        return f"'{self.id_array(keys)}'{kind}"

    def id_array(self, ids: Iterable[Key]) -> str:
        """Return the text of an array."""
        return f"{{{id_list(ids, empty='').replace(QUOTE, '')}}}"

    def lists_of_ids(self, number: int, *, kind: KeyKind | None) -> tuple[str, str]:
        """Return them as arrays."""
        given = f"(%s::{self.key_types[kind]}[], %s::jsonb)"
        return ",".join([given] * number), "SELECT unnest(ids) AS id, new FROM given"

    def lock_clause(self, *, of: str = "") -> str:
        """Return a lock that lets others insert rows with a foreign key to the locked ones."""
        return f" FOR NO KEY UPDATE OF {of}" if of else " FOR NO KEY UPDATE"

    def streaming(self) -> contextlib.AbstractContextManager[Any]:
        """Return a transaction, as long as which its cursors live."""
        atomic: contextlib.AbstractContextManager[Any] = transaction.atomic(using=self.connection.alias)
        return atomic

    def text_for_people(self) -> contextlib.AbstractContextManager[None]:
        """Do nothing: bytes that are no text are refused when they are written."""
        return contextlib.nullcontext()

    def is_text(self, expression: str) -> str:
        """Return what is always true."""
        del expression
        return "true"

    def limit_waiting(self, timeout: str) -> int | None:
        """Do what SET LOCAL does, and ask for the process, which a pooler chooses anew for each transaction."""
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT set_config('lock_timeout', '{timeout}', true), pg_backend_pid()")
            return int(cursor.fetchone()[1])

    def scan_index(self, *, table: str, column: str, ids: Iterable[Key]) -> None:
        """Scan it as nothing but an index scan does: only that drops dead entries, and statistics of before speak against one."""
        with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            cursor.execute(
                f"SELECT (SELECT 1 FROM {table} WHERE {column} = wanted.id LIMIT 1)"
                f" FROM unnest({self._array(ids)}) AS wanted(id)",
            )
            # Inside somebody else's transaction the settings would stay.
            cursor.execute("SET LOCAL enable_seqscan = on; SET LOCAL enable_bitmapscan = on")

    def collected(self, column: str) -> str:
        """Return the aggregate as text."""
        return f"json_agg({column})::text"

    def json_value(self, column: str, key: str) -> str:
        """Return the value by its keys."""
        return f"({_at(column, key)})::text"

    def set_json_value(self, column: str, key: str, json_text: str) -> str:
        """Return it with the key in quotes, or the key null would be no key."""
        path = ",".join(f'"{part}"' for part in key.split("."))
        return f"jsonb_set({column}, '{{{path}}}', ({json_text})::jsonb)" if key else f"({json_text})::jsonb"

    def with_json_values(self, column: str, values: Mapping[str, str]) -> str:
        """Return both objects as one, where the keys of the second count."""
        pairs = ", ".join(f"'{key}', {value}" for key, value in values.items())
        return f"{column} || jsonb_build_object({pairs})"

    def json_string(self, column: str, key: str) -> str:
        """Return it if it is one: of anything else the operator would give the text."""
        value = _at(column, key)
        return f"CASE WHEN jsonb_typeof({value}) = 'string' THEN ({value}) #>> '{{}}' END"

    def stored_id(self, column: str, key: str, *, kind: KeyKind | None) -> str:
        """Return the reading of ``ids``."""
        outer, _, last = key.rpartition(".")
        holder = _at(column, outer)
        read = postgresql_uuid if kind is KeyKind.UUID else postgresql_id
        return read(value=f"({holder} -> '{last}')", text=f"({holder} ->> '{last}')")

    def ids_at(self, column: str, steps: Sequence[Step], *, kind: KeyKind | None) -> tuple[str, str]:
        """Go from key to key, and join the members where the path branches; keys of text find nothing in a list."""
        value, joined = column, ""
        for number, step in enumerate(steps):
            if step is EACH:
                joined += f" CROSS JOIN LATERAL ({_members(value)}) AS i{number}"
                value = f"i{number}.value"
            else:
                value = f"({value} -> {self.literal(step)})"
        read = postgresql_uuid if kind is KeyKind.UUID else postgresql_id
        return joined, read(value=value, text=f"({value} #>> '{{}}')")

    def made_json(self, column: str) -> str:
        """Return it as it is: it has the type json."""
        return column

    def read_json(self, text: str) -> str:
        """Return a cast."""
        return f"CAST({text} AS json)"

    def elements(self, json: str) -> str:
        """Return a function that has a column for what it returns."""
        return f"jsonb_array_elements_text({json}) AS item(value)"

    def members(self, json: str, *, name: str) -> str:
        """Return a function of jsonb."""
        return f"jsonb_each({json}) AS {name}"

    def lines(self, json: str) -> str:
        """Return a function of jsonb."""
        return f"jsonb_array_elements(CAST({json} AS jsonb)) AS item(value)"

    def holds(self, column: str) -> str:
        """Return containment."""
        return f"{column} @> %s::jsonb"

    def key_ids(self, column: str, key: str, *, kind: KeyKind | None) -> tuple[str, str]:
        """Return the keys as texts."""
        value = _at(column, key)
        guarded = f"CASE WHEN jsonb_typeof({value}) = 'object' THEN {value} ELSE '{{}}' END"
        joined = f" CROSS JOIN LATERAL jsonb_object_keys({guarded}) AS held(key)"
        read = postgresql_uuid if kind is KeyKind.UUID else postgresql_id
        return joined, read(value="to_jsonb(held.key)", text="held.key")

    def has_list(self, column: str, key: str) -> str:
        """Return what the GIN index is partial under, or rows without a list would fill its pending list."""
        return f"jsonb_typeof({column} -> '{key}') = 'array' AND {column} -> '{key}' <> '[]'::jsonb"

    def list_length(self, column: str, key: str) -> str:
        """Return the length."""
        return f"jsonb_array_length({column} -> '{key}')"

    def list_may_hold(self, column: str, key: str, ids: Collection[Key]) -> str:
        """Return an overlap of the index's texts with those of the ids."""
        wanted = ",".join(f"'{text}'" for model_id in ids for text in spelled(model_id)) or "NULL"
        kind = KeyKind.UUID if any(isinstance(model_id, UUID) for model_id in ids) else KeyKind.INTEGER
        return f" AND {_list_tokens(column, key, kind=kind)} && ARRAY[{wanted}]::text[]"

    def list_index(self, column: str, key: str, *, kind: KeyKind | None, pk: str) -> str:
        """Return a GIN index. What it is over fails on nothing that may be stored, so that it refuses no write."""
        del pk
        return f"USING gin (({_list_tokens(column, key, kind=kind)}))"

    def list_items(self, column: str, key: str) -> tuple[str, str]:
        """Return a function that is kept from what is not a list, whatever order the planner chooses."""
        stored = f"{column} -> '{key}'"
        guarded = f"CASE WHEN jsonb_typeof({stored}) = 'array' THEN {stored} ELSE '[]' END"
        return f" CROSS JOIN LATERAL jsonb_array_elements({guarded}) AS item(value)", "item.value AS value"

    def item_id(self, *, kind: KeyKind | None) -> str:
        """Return the reading of ``ids``."""
        read = postgresql_uuid if kind is KeyKind.UUID else postgresql_id
        return read(value="value", text="(value #>> '{}')")

    def item_is_id_in(self, table: str, *, pk: str) -> str:
        """Compare texts, which costs less than to read an id."""
        return f"EXISTS (SELECT 1 FROM {table} m WHERE m.{pk}::text = item.value #>> '{{}}')"

    def whole_row(self, columns: Sequence[str]) -> tuple[str, Sequence[Any]]:
        """Write every value as text, as a dump does: types that Django has no field for come back as they were."""
        texts = ", ".join(f"m.{self.quoted(name)}::text".replace("%", "%%") for name in columns)
        return f"json_object(%s::text[], ARRAY[{texts}])::text", (list(columns),)

    def foreign_key(
        self, editor: BaseDatabaseSchemaEditor, *, name: str, mirror: tuple[str, str], to: tuple[str, str]
    ) -> str:
        """Return one that is deferred as Django's own are, and without an action, since a generated column cannot be set."""
        table, column, target, key = map(editor.quote_name, (*mirror, *to))
        return (
            f"ALTER TABLE {table} ADD CONSTRAINT {editor.quote_name(name)}"
            f" FOREIGN KEY ({column}) REFERENCES {target} ({key}) DEFERRABLE INITIALLY DEFERRED"
        )

    def drop_constraint(self, editor: BaseDatabaseSchemaEditor, *, table: str, name: str) -> str:
        """Return the statement."""
        return f"ALTER TABLE {editor.quote_name(table)} DROP CONSTRAINT {editor.quote_name(name)}"


def _quoted(text: str) -> str:
    """Return a text in quotes."""
    return "'{}'".format(text.replace("'", "''"))


def _at(column: str, key: str) -> str:
    """Return the value under plain keys with dots between them; the whole column without any."""
    return "".join([column, *(f" -> '{part}'" for part in key.split(".") if part)])


def _members(value: str) -> str:
    """Return a query for the items of a list or the values of an object; what is neither has none."""
    # The guards keep the functions from what they fail on, whatever order the planner chooses.
    items = f"CASE WHEN jsonb_typeof({value}) = 'array' THEN {value} ELSE '[]' END"
    values = f"CASE WHEN jsonb_typeof({value}) = 'object' THEN {value} ELSE '{{}}' END"
    return f"SELECT value FROM jsonb_array_elements({items}) UNION ALL SELECT value FROM jsonb_each({values})"


def _list_tokens(column: str, key: str, *, kind: KeyKind | None) -> str:
    """Return the text array of what may be an id in a list."""
    return (postgresql_list_uuids if kind is KeyKind.UUID else postgresql_list_tokens)(f"({column} ->> '{key}')")
