"""All values that the columns of a table hold, however deep in JSON: how each of the two databases walks through them."""

from __future__ import annotations

import abc
from collections.abc import Sequence

from model_retirement.ids import postgresql_id, postgresql_uuid, sqlite_id, sqlite_uuid
from model_retirement.keys import KeyKind

BEGINNING = 20
"""Characters within which a text begins, blanks before it included."""


class WalkDialect(abc.ABC):
    """The part of a dialect that reads values nobody has declared."""

    @abc.abstractmethod
    def walk(self, columns: Sequence[bool], *, levels: int, longest: int) -> str:
        """Return a recursive table ``walk`` of all values in columns and inside their JSON, as it stands after WITH.

        It has the number of the column as ``place``, the row as ``id``, the keys that lead to the value inside JSON as
        ``path``, each as JSON with a comma before it and null for an element of a list, the last of them as ``member`` if it is
        the key of an object, the path to that as ``above``, the ``level``, and what :meth:`walked_text` and :meth:`walked_id`
        read.

        :param columns: for each of the columns ``c0``, ``c1`` and so on of a table ``page`` whether it holds JSON or a list
        :param levels: of nesting that are opened
        :param longest: length of the longest text that is looked at where a column holds no JSON
        """

    @abc.abstractmethod
    def is_walked_scalar(self, *, longest: int) -> str:
        """Return the condition that a value of :meth:`walk` is a number or a text that is not longer."""

    @abc.abstractmethod
    def walked_text(self) -> str:
        """Return an expression for a text that :meth:`walk` came upon; NULL if it is something else."""

    @abc.abstractmethod
    def walked_id(self, *, kind: KeyKind | None) -> str:
        """Return the expression for the id that such a value stands for, as ``ids`` reads it; NULL if it stands for none.

        :param kind: what the ids are
        """

    @abc.abstractmethod
    def member_id(self, *, kind: KeyKind | None) -> str:
        """Return the expression for the id that the key of an object stands for; NULL if it stands for none.

        :param kind: what the ids are
        """

    @abc.abstractmethod
    def begins_like_json(self, column: str) -> str:
        """Return the condition that a column of text has one that begins as an object or a list does, or a string of such."""

    @abc.abstractmethod
    def has_json_inside(self, column: str) -> str:
        """Return the condition that a column of JSON may have a string in it that begins like that."""

    @abc.abstractmethod
    def text_of(self, column: str) -> str:
        """Return what either of the two columns holds, as text."""

    @abc.abstractmethod
    def length_of_text(self, column: str) -> str:
        """Return the length of that."""

    @abc.abstractmethod
    def item_id(self, *, kind: KeyKind | None) -> str:
        """Return the expression for the id that an element stands for; NULL if it stands for none.

        :param kind: what the ids are
        """


class PostgreSQLWalk(WalkDialect):
    """The walk on PostgreSQL."""

    def walk(self, columns: Sequence[bool], *, levels: int, longest: int) -> str:
        """Open objects and lists with functions that are kept from anything else; whatever a column holds becomes jsonb."""
        starts = " UNION ALL ".join(
            f"SELECT {place} AS place, id, CAST('' AS text) AS path, CAST(NULL AS text) AS member, CAST(NULL AS text) AS above,"
            f" 0 AS level, to_jsonb(c{place}) AS value FROM page"
            f" WHERE c{place} IS NOT NULL{'' if is_json else f' AND length(CAST(c{place} AS text)) <= {longest}'}"
            for place, is_json in enumerate(columns)
        )
        return (
            f"walk AS ({starts} UNION ALL SELECT w.place, w.id, w.path || ',' || coalesce(CAST(to_json(m.key) AS text), 'null'),"
            " m.key, w.path, w.level + 1, m.value FROM walk w CROSS JOIN LATERAL ("
            "SELECT key, value FROM jsonb_each(CASE WHEN jsonb_typeof(w.value) = 'object' THEN w.value ELSE '{}' END)"
            " UNION ALL SELECT NULL, value"
            " FROM jsonb_array_elements(CASE WHEN jsonb_typeof(w.value) = 'array' THEN w.value ELSE '[]' END)"
            f") m WHERE w.level < {levels})"
        )

    def is_walked_scalar(self, *, longest: int) -> str:
        """Return the condition, which writes no object or list out as text."""
        is_short = f"length(value #>> '{{}}') <= {longest}"
        return f"CASE WHEN jsonb_typeof(value) IN ('string', 'number') THEN {is_short} ELSE false END"

    def walked_text(self) -> str:
        """Return the string without its quotes."""
        return "CASE WHEN jsonb_typeof(value) = 'string' THEN value #>> '{}' END"

    def walked_id(self, *, kind: KeyKind | None) -> str:
        """Return what reads an element of a list."""
        return self.item_id(kind=kind)

    def member_id(self, *, kind: KeyKind | None) -> str:
        """Return the reading of ``ids``."""
        read = postgresql_uuid if kind is KeyKind.UUID else postgresql_id
        return read(value="to_jsonb(member)", text="member")

    def begins_like_json(self, column: str) -> str:
        """Read the first characters alone, which costs little of a long text."""
        return rf"ltrim(left({self.text_of(column)}, {BEGINNING}), E' \t\n\r') ~ '^\"?[[{{]'"

    def has_json_inside(self, column: str) -> str:
        """Look for a quote before a bracket, which only a string has."""
        return f"({self.text_of(column)} ~ '\"[[{{]')"

    def text_of(self, column: str) -> str:
        """Return a cast."""
        return f"CAST({column} AS text)"

    def length_of_text(self, column: str) -> str:
        """Return characters."""
        return f"length({self.text_of(column)})"


class SQLiteWalk(WalkDialect):
    """The walk on SQLite."""

    def walk(self, columns: Sequence[bool], *, levels: int, longest: int) -> str:
        """Open objects and lists with a function; any column may hold anything, and what is no JSON is left out."""
        starts = " UNION ALL ".join(
            _start_in_json(place) if is_json else _start_in_column(place, longest=longest)
            for place, is_json in enumerate(columns)
        )
        return (
            f"walk(place, id, path, member, above, level, kind, value) AS ({starts} UNION ALL SELECT w.place, w.id,"
            " w.path || ',' || CASE w.kind WHEN 'array' THEN 'null' ELSE json_quote(m.key) END,"
            " CASE w.kind WHEN 'object' THEN m.key END, w.path, w.level + 1, m.type, m.value"
            " FROM walk w, json_each(CASE WHEN w.kind IN ('array', 'object') THEN w.value ELSE '[]' END) AS m"
            f" WHERE w.level < {levels})"
        )

    def is_walked_scalar(self, *, longest: int) -> str:
        """Return the condition."""
        return f"kind IN ('integer', 'real') OR (kind = 'text' AND length(value) <= {longest})"

    def walked_text(self) -> str:
        """Return the text."""
        return "CASE WHEN kind = 'text' THEN value END"

    def walked_id(self, *, kind: KeyKind | None) -> str:
        """Return the reading of ``ids``, but for a text with a NUL in it, whose end nobody sees here."""
        read = sqlite_uuid if kind is KeyKind.UUID else sqlite_id
        return read(kind="kind", value="value", text="''")

    def member_id(self, *, kind: KeyKind | None) -> str:
        """Return the same of a key."""
        read = sqlite_uuid if kind is KeyKind.UUID else sqlite_id
        return read(kind="'text'", value="member", text="''")

    def begins_like_json(self, column: str) -> str:
        """Look at what is text: any column may hold anything."""
        first = f"ltrim(substr({column}, 1, {BEGINNING}), ' ' || char(9, 10, 13))"
        starts = f"substr({first}, 1, 1) IN ('{{', '[') OR substr({first}, 1, 2) IN ('\"{{', '\"[')"
        return f"(typeof({column}) = 'text' AND ({starts}))"

    def has_json_inside(self, column: str) -> str:
        """Look for a quote before a bracket, which only a string has."""
        return f"(typeof({column}) = 'text' AND (instr({column}, '\"{{') > 0 OR instr({column}, '\"[') > 0))"

    def text_of(self, column: str) -> str:
        """Return it as it is."""
        return column

    def length_of_text(self, column: str) -> str:
        """Return bytes: of characters, those behind a NUL are not counted."""
        return f"length(CAST({column} AS blob))"


def _start_in_json(place: int) -> str:
    stored = f"CASE WHEN json_valid(c{place}) THEN c{place} END"
    return (
        f"SELECT {place}, id, '', NULL, NULL, 0, json_type(json), CASE WHEN json_type(json) IN ('array', 'object') THEN +json"
        f" ELSE json_extract(json, '$') END FROM (SELECT id, {stored} AS json FROM page) WHERE json IS NOT NULL"
    )


def _start_in_column(place: int, *, longest: int) -> str:
    # The plus takes the type of the column away, which would turn numbers of other columns into text.
    return (
        f"SELECT {place}, id, '', NULL, NULL, 0, typeof(c{place}), +c{place} FROM page"
        f" WHERE typeof(c{place}) IN ('integer', 'real', 'text') AND length(c{place}) <= {longest}"
    )
