"""What the two databases say of tables: their columns, foreign keys and unique keys."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Sequence
from typing import Any

_POSTGRESQL_CONSTRAINTS = """
    SELECT con.conname, source.relname, att.attname
    FROM pg_constraint con
    JOIN pg_class source ON source.oid = con.conrelid
    JOIN pg_attribute att ON att.attrelid = con.conrelid AND att.attnum = ANY (con.conkey)
    WHERE con.contype = 'f' AND con.conparentid = 0 AND con.confrelid = to_regclass(%s)
    ORDER BY source.relname, con.conname
"""

_POSTGRESQL_FOREIGN_KEYS = """
    SELECT con.oid, source.attname, target_table.relname, CAST(con.confrelid AS regclass)::text, target.attname,
        con.confdeltype = 'n'
    FROM pg_constraint con
    CROSS JOIN LATERAL unnest(con.conkey, con.confkey) WITH ORDINALITY AS pair(source, target, place)
    JOIN pg_class target_table ON target_table.oid = con.confrelid
    JOIN pg_attribute source ON source.attrelid = con.conrelid AND source.attnum = pair.source
    JOIN pg_attribute target ON target.attrelid = con.confrelid AND target.attnum = pair.target
    WHERE con.contype = 'f' AND con.conrelid = to_regclass(%s)
    ORDER BY con.conname, con.oid, pair.place
"""

_POSTGRESQL_UNIQUE_KEYS = """
    SELECT i.indexrelid, att.attname
    FROM pg_index i
    CROSS JOIN LATERAL unnest(CAST(i.indkey AS smallint[])) WITH ORDINALITY AS part(attnum, place)
    JOIN pg_attribute att ON att.attrelid = i.indrelid AND att.attnum = part.attnum
    WHERE i.indrelid = to_regclass(%s) AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
        AND part.place <= i.indnkeyatts
    ORDER BY i.indexrelid, part.place
"""

_POSTGRESQL_COLUMNS = """
    SELECT attname, '%%s::' || format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""

_SQLITE_CONSTRAINTS = """
    SELECT 'foreign key ' || fk.id, master.name, fk."from"
    FROM sqlite_master AS master, pragma_foreign_key_list(master.name) AS fk
    WHERE master.type = 'table' AND lower(fk."table") = lower(%s)
    ORDER BY master.name, fk.id
"""

_SQLITE_FOREIGN_KEYS = """
    SELECT fk.id, fk."from", fk."table", '"' || replace(fk."table", '"', '""') || '"',
        coalesce(fk."to", (SELECT name FROM pragma_table_info(fk."table") WHERE pk = fk.seq + 1)),
        fk.on_delete = 'SET NULL'
    FROM pragma_foreign_key_list(%s) AS fk ORDER BY fk.id, fk.seq
"""

# A key that is the number of the row has no index.
_SQLITE_UNIQUE_KEYS = """
    SELECT key, name FROM (
        SELECT list.name AS key, part.seqno AS place, part.name AS name
        FROM pragma_index_list(%s) AS list, pragma_index_info(list.name) AS part
        WHERE list."unique" AND NOT list.partial
            AND NOT EXISTS (SELECT 1 FROM pragma_index_info(list.name) AS other WHERE other.name IS NULL)
        UNION ALL SELECT '', pk, name FROM pragma_table_info(%s) WHERE pk > 0
    ) ORDER BY key, place
"""

# Hidden 2 and 3 are generated columns (https://sqlite.org/pragma.html#pragma_table_xinfo).
_SQLITE_COLUMNS = "SELECT name, '%%s' FROM pragma_table_xinfo(%s) WHERE hidden = 0 ORDER BY cid"


@dataclasses.dataclass(frozen=True)
class SchemaDialect(abc.ABC):
    """How a database is asked for what it knows of a table.

    :param connection: Django's connection to it
    """

    connection: Any

    @abc.abstractmethod
    def foreign_keys_to(self, table: str) -> tuple[str, Sequence[Any]]:
        """Return a query for the foreign-key constraints on a table: their name, table and column.

        :param table: its name, not quoted
        """

    @abc.abstractmethod
    def foreign_keys_of(self, table: str) -> tuple[str, Sequence[Any]]:
        """Return a query for the foreign keys of a table, a line per column: which key it is, the column, the table that it
        points at, the same as SQL takes it, the column there, and whether what points at a deleted row is set to null.

        :param table: its name, not quoted
        """

    @abc.abstractmethod
    def unique_keys_of(self, table: str) -> tuple[str, Sequence[Any]]:
        """Return a query for the unique keys of a table, a line per column: which key it is, and the column.

        Those over expressions, or over a part of the rows, are left out.

        :param table: its name, not quoted
        """

    @abc.abstractmethod
    def triggers(self, table: str) -> tuple[str, Sequence[Any]]:
        """Return a query for the triggers of a table that are the host's.

        :param table: its name, not quoted
        """

    @abc.abstractmethod
    def check_now(self) -> None:
        """Let the database look now at what it would look at when the transaction ends, as far as a savepoint needs that."""

    @abc.abstractmethod
    def stored_columns(self, table: str) -> tuple[str, Sequence[Any]]:
        """Return a query for the columns of a table that the database does not compute, with what takes a value of each.

        :param table: its name, not quoted
        """

    def quoted(self, name: str) -> str:
        """Return the name of a table or column as SQL takes it."""
        return str(self.connection.ops.quote_name(name))


class PostgreSQLSchema(SchemaDialect):
    """PostgreSQL has catalogues."""

    def foreign_keys_to(self, table: str) -> tuple[str, Sequence[Any]]:
        """Ask the catalogue; constraints that partitions have inherited are left out."""
        return _POSTGRESQL_CONSTRAINTS, (self.quoted(table),)

    def foreign_keys_of(self, table: str) -> tuple[str, Sequence[Any]]:
        """Ask the catalogue."""
        return _POSTGRESQL_FOREIGN_KEYS, (self.quoted(table),)

    def unique_keys_of(self, table: str) -> tuple[str, Sequence[Any]]:
        """Ask for indexes: whatever is unique has one."""
        return _POSTGRESQL_UNIQUE_KEYS, (self.quoted(table),)

    def triggers(self, table: str) -> tuple[str, Sequence[Any]]:
        """Leave out those that foreign keys are made of."""
        return "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal", (
            self.quoted(table),
        )

    def check_now(self) -> None:
        """Ask for constraints that wait; those that come after this wait again."""
        with self.connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")

    def stored_columns(self, table: str) -> tuple[str, Sequence[Any]]:
        """Return them with the cast to their type: values are kept as text."""
        return _POSTGRESQL_COLUMNS, (self.quoted(table),)


class SQLiteSchema(SchemaDialect):
    """SQLite has functions."""

    def foreign_keys_to(self, table: str) -> tuple[str, Sequence[Any]]:
        """Ask every table; constraints have numbers instead of names."""
        return _SQLITE_CONSTRAINTS, (table,)

    def foreign_keys_of(self, table: str) -> tuple[str, Sequence[Any]]:
        """Ask the table; where no column is named it is the primary key."""
        return _SQLITE_FOREIGN_KEYS, (table,)

    def unique_keys_of(self, table: str) -> tuple[str, Sequence[Any]]:
        """Ask for indexes, and for the primary key."""
        return _SQLITE_UNIQUE_KEYS, (table, table)

    def triggers(self, table: str) -> tuple[str, Sequence[Any]]:
        """Ask for all."""
        return "SELECT name FROM sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = lower(%s)", (table,)

    def check_now(self) -> None:
        """Do nothing: only foreign keys wait, and those that it looks at in the end cannot be looked at for some rows."""

    def stored_columns(self, table: str) -> tuple[str, Sequence[Any]]:
        """Return them; values are kept with their type."""
        return _SQLITE_COLUMNS, (table,)
