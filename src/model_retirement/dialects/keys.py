"""How a database spells keys: what statements say of integers and UUIDs."""

from __future__ import annotations

import abc
from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar

from model_retirement.keys import Key, KeyKind, sql_key


class KeyDialect(abc.ABC):
    """The part of a dialect that is about keys."""

    key_types: ClassVar[Mapping[KeyKind | None, str]]
    """The types of columns that hold keys. Keys that no check lets pass are taken for integers."""

    def typed_key(self, key: Key | None, *, kind: KeyKind | None) -> str:
        """Return a key where no column beside it says of what type it is; NULL of None."""
        return f"CAST({'NULL' if key is None else sql_key(key)} AS {self.key_types[kind]})"

    @abc.abstractmethod
    def key_of_element(self, text: str, *, kind: KeyKind | None) -> str:
        """Return the key that an element of a JSON list is.

        :param text: expression for it as text
        """

    @abc.abstractmethod
    def key_of_json(self, column: str, *, kind: KeyKind | None) -> str:
        """Return the key that a JSON column holds."""

    def shared_key(self, column: str, *, kinds: Collection[KeyKind | None]) -> str:
        """Return a key as a column has it that is shared by keys of several tables: as text if they are of several types.

        :param kinds: what the keys of these tables are
        """
        return column if len(set(kinds)) == 1 else f"CAST({column} AS text)"

    @abc.abstractmethod
    def smallest(self, column: str, *, kind: KeyKind | None) -> str:
        """Return an aggregate that orders groups by their first key."""

    @abc.abstractmethod
    def is_one_of(self, column: str, ids: Iterable[Key]) -> str:
        """Return the condition that a column holds one of many ids; nothing holds one of none."""

    @abc.abstractmethod
    def id_array(self, ids: Iterable[Key]) -> str:
        """Return ids as the text of a list that :meth:`lists_of_ids` unpacks."""

    @abc.abstractmethod
    def lists_of_ids(self, number: int, *, kind: KeyKind | None) -> tuple[str, str]:
        """Return how a table ``given`` of lists of ids, each with one JSON text, is unpacked to a row per id.

        :param number: how many lists there are; each takes two parameters, the list and the text
        :param kind: what the ids are
        :return: the VALUES for the table, and a query for its ``id`` and ``new``
        """
