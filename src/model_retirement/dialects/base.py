"""What statements ask of a database, whichever it is."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from model_retirement.dialects.keys import KeyDialect
from model_retirement.dialects.schema import SchemaDialect
from model_retirement.dialects.servers import ServerDialect
from model_retirement.dialects.walks import WalkDialect
from model_retirement.json_paths import Step
from model_retirement.keys import Key, KeyKind


@dataclasses.dataclass(frozen=True)
class Dialect(KeyDialect, SchemaDialect, ServerDialect, WalkDialect):
    """How one database spells what the two spell differently. Columns and tables are given as quoted names.

    :param connection: Django's connection to it
    """

    connection: Any

    timestamp_type: ClassVar[str]
    """The type to which a moment is cast."""

    date_type: ClassVar[str]
    """The type to which a day is cast."""

    stored_json_type: ClassVar[str]
    """The type that columns of JSON have."""

    json_object: ClassVar[str]
    """The function that makes an object of names and values."""

    json_array: ClassVar[str]
    """The function that makes a list of values."""

    json_collect: ClassVar[str]
    """The aggregate that makes a list of rows."""

    json_kind: ClassVar[str]
    """The function that tells what kind of JSON value a stored one is."""

    json_length: ClassVar[str]
    """The function that counts the elements of a stored list."""

    null_json: ClassVar[str]
    """An SQL NULL that is JSON to the functions above."""

    given_key: ClassVar[str]
    """What lets INSERT give a key that the database makes by itself, with a blank after it."""

    hold_clause: ClassVar[str]
    """What makes a SELECT keep its rows from being deleted, as a foreign key does by itself."""

    refuses_broken_text: ClassVar[bool]
    """Whether what is stored as text can always be read."""

    names_blockers: ClassVar[bool]
    """Whether it says who holds a lock that is waited for."""

    def means_locked(self, error: Exception) -> bool:
        """Return whether an error says that somebody holds a lock over everything; most databases lock rows."""
        del error
        return False

    @abc.abstractmethod
    def literal(self, text: str) -> str:
        """Return a text as SQL has it, whether the statement has parameters or not."""

    @abc.abstractmethod
    def tables_read_whole(self, query: str, params: Sequence[Any]) -> list[str]:
        """Return the tables, or what the query calls them, that a query would read from end to end; in a transaction."""

    # Reading and locking rows

    @abc.abstractmethod
    def lock_clause(self, *, of: str = "") -> str:
        """Return what makes a SELECT lock its rows.

        :param of: the table whose rows are locked, if the query has several
        """

    @abc.abstractmethod
    def streaming(self) -> contextlib.AbstractContextManager[Any]:
        """Return what has to be around the reading of a long result."""

    @abc.abstractmethod
    def text_for_people(self) -> contextlib.AbstractContextManager[None]:
        """Let text be read with a question mark for each byte that is none; it must not be written back."""

    @abc.abstractmethod
    def is_text(self, expression: str) -> str:
        """Return the condition that a stored text can be read."""

    @abc.abstractmethod
    def limit_waiting(self, timeout: str) -> int | None:
        """Let the transaction that has begun give up where it waits longer for a lock.

        :return: the process of the server that works for it, where there is one
        """

    @abc.abstractmethod
    def scan_index(self, *, table: str, column: str, ids: Iterable[Key]) -> None:
        """Scan the index of a column up to the first row of each id, so that what updates left in it is dropped."""

    # JSON

    @abc.abstractmethod
    def collected(self, column: str) -> str:
        """Return an aggregate that collects a column's values as the text of a JSON list."""

    @abc.abstractmethod
    def json_value(self, column: str, key: str) -> str:
        """Return an expression for the JSON text that is stored under a key, quotes of strings included.

        :param key: plain keys with dots between them, one inside the other; empty for the whole column
        """

    @abc.abstractmethod
    def set_json_value(self, column: str, key: str, json_text: str) -> str:
        """Return an expression for a column with one key replaced, other keys untouched.

        :param key: as for :meth:`json_value`
        :param json_text: an SQL expression for the new value's JSON text; it must not be NULL, or the column would be
        """

    @abc.abstractmethod
    def with_json_values(self, column: str, values: Mapping[str, str]) -> str:
        """Return an expression for a column that holds an object, with values under some of its keys.

        :param values: by key, an expression for what one of the functions above made
        """

    @abc.abstractmethod
    def made_json(self, column: str) -> str:
        """Return a column that one of the functions above made, as JSON that they take."""

    @abc.abstractmethod
    def read_json(self, text: str) -> str:
        """Return an expression that reads text as JSON."""

    @abc.abstractmethod
    def elements(self, json: str) -> str:
        """Return a table ``item`` of the elements of a JSON list; ``value`` is the element, of a string without quotes."""

    @abc.abstractmethod
    def members(self, json: str, *, name: str) -> str:
        """Return a table of the members of a JSON object; ``key`` and ``value``, which is JSON."""

    @abc.abstractmethod
    def lines(self, json: str) -> str:
        """Return a table ``item`` of the elements of a JSON list of lists; ``value ->> 0`` is the first part of one."""

    @abc.abstractmethod
    def holds(self, column: str) -> str:
        """Return the condition that a JSON list has an element; the JSON text of the element is its parameter."""

    @abc.abstractmethod
    def json_string(self, column: str, key: str) -> str:
        """Return an expression for the string under a key, or under plain keys with dots between; NULL if it is none."""

    # Ids inside JSON

    @abc.abstractmethod
    def stored_id(self, column: str, key: str, *, kind: KeyKind | None) -> str:
        """Return an expression for the id under a key, or under plain keys with dots between them; NULL if there is none.

        :param kind: what the ids are
        """

    @abc.abstractmethod
    def ids_at(self, column: str, steps: Sequence[Step], *, kind: KeyKind | None) -> tuple[str, str]:
        """Return what is joined to a table for a line per value that a path leads to, and its id; NULL if it is none.

        :param column: with the table's name
        :param kind: what the ids are
        """

    @abc.abstractmethod
    def key_ids(self, column: str, key: str, *, kind: KeyKind | None) -> tuple[str, str]:
        """Return what is joined for a line per key of the object under a key, and the id that it is; NULL if it is none.

        :param key: as for :meth:`json_value`
        :param kind: what the ids are
        """

    @abc.abstractmethod
    def has_list(self, column: str, key: str) -> str:
        """Return the condition that a key holds a list with something in it; indexes are partial under it."""

    @abc.abstractmethod
    def list_length(self, column: str, key: str) -> str:
        """Return the number of elements of the list under a key."""

    @abc.abstractmethod
    def list_may_hold(self, column: str, key: str, ids: Collection[Key]) -> str:
        """Return a condition that an index answers, with AND before it: the list holds one of the ids. May be empty."""

    @abc.abstractmethod
    def list_index(self, column: str, key: str, *, kind: KeyKind | None, pk: str) -> str:
        """Return what CREATE INDEX takes, so that rows are found by the ids in a list.

        :param kind: what the ids are
        :param pk: the table's primary key
        """

    @abc.abstractmethod
    def list_items(self, column: str, key: str) -> tuple[str, str]:
        """Return what is joined to a table for a line per element of its lists, and the columns :meth:`item_id` reads."""

    @abc.abstractmethod
    def item_is_id_in(self, table: str, *, pk: str) -> str:
        """Return the condition that an element of :meth:`list_items` is the id of a row of a table, as usually stored.

        :param pk: its primary key
        """

    # What a scan reads

    # Schema

    @abc.abstractmethod
    def whole_row(self, columns: Sequence[str]) -> tuple[str, Sequence[Any]]:
        """Return an expression for all of a row, the table being ``m``, as a JSON text in which no value loses anything.

        :param columns: names, not quoted
        """

    @abc.abstractmethod
    def foreign_key(
        self, editor: BaseDatabaseSchemaEditor, *, name: str, mirror: tuple[str, str], to: tuple[str, str]
    ) -> str:
        """Return the statement that adds a foreign key on a generated column; empty where there is none.

        :param mirror: table and column
        :param to: table and column that it points at
        """

    @abc.abstractmethod
    def drop_constraint(self, editor: BaseDatabaseSchemaEditor, *, table: str, name: str) -> str:
        """Return the statement that takes such a foreign key away; empty where there is none."""

    def default_of_generated(self, value: Any) -> Any:
        """Return the default with which the schema editor adds a generated column."""
        return value
