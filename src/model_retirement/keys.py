"""Keys of the host's rows, teams and models: integers or UUIDs, each table as it likes.

In Python a key is an ``int`` or a ``UUID``. PostgreSQL and its driver know both. SQLite has no UUIDs: Django stores 32
hexadecimal digits, and that is what a statement gives back, so whoever reads keys says so (``sql.fetch``). In JSON a UUID
is a text with hyphens, in a statement a literal without, which both databases take.
"""

from __future__ import annotations

import enum
from array import array
from collections.abc import Iterable, Sequence
from operator import index
from typing import Any, overload
from uuid import UUID

from django.db.models import Field, IntegerField, Model, UUIDField

from model_retirement.ids import LARGEST_ID
from model_retirement.numbers import whole_number

Key = int | UUID

UUID_DIGITS = 32


class KeyKind(enum.Enum):
    """What the keys of a table are."""

    INTEGER = "integer"
    UUID = "UUID"


def key_field(model: type[Model]) -> Field[Any, Any]:
    """Return the field that holds a model's key; of a child it is the parent's."""
    field: Any = model._meta.pk  # noqa: SLF001  (the documented Meta API)
    while field.remote_field:
        field = field.target_field
    return field  # type: ignore[no-any-return]  # _meta.pk may be None as far as types know


def kind_of(model: type[Model]) -> KeyKind | None:
    """Return what a model's keys are; None if the engine does not handle such keys, which a check reports."""
    field = key_field(model)
    if isinstance(field, UUIDField):
        return KeyKind.UUID
    return KeyKind.INTEGER if isinstance(field, IntegerField) else None


def read_key(value: Any) -> Any:
    """Return the key that a database or JSON has given as it writes it; what is no text stays as it is.

    Where keys of several tables share a column, integers are texts as well.
    """
    if not isinstance(value, str):
        return value
    return UUID(value) if len(value) >= UUID_DIGITS else int(value)


def read_keys(values: list[Any]) -> list[Any]:
    """Return the same of many keys of one table; integers cost nothing."""
    first = next((value for value in values if value is not None), None)
    return [read_key(value) for value in values] if isinstance(first, str) else values


class PackedUuids(Sequence[UUID]):
    """Many UUIDs in sixteen bytes each; what an ``array`` is for integers."""

    def __init__(self, keys: Iterable[UUID] = ()) -> None:
        self._bytes = bytearray()
        self.extend(keys)

    def extend(self, keys: Iterable[UUID]) -> None:
        """Add some."""
        for key in keys:
            self._bytes += key.bytes

    def __len__(self) -> int:
        return len(self._bytes) // 16

    @overload
    def __getitem__(self, place: int) -> UUID: ...
    @overload
    def __getitem__(self, place: slice) -> list[UUID]: ...
    def __getitem__(self, place: int | slice) -> UUID | list[UUID]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        start = range(len(self))[place] * 16
        return UUID(bytes=bytes(self._bytes[start : start + 16]))


def packed_keys(keys: Iterable[Any] = (), *, kind: KeyKind | None) -> Any:
    """Return a sequence for very many keys, with ``extend``: eight bytes for an integer, sixteen for a UUID."""
    return PackedUuids(keys) if kind is KeyKind.UUID else array("q", keys)


def path_converter(model: type[Model]) -> str:
    """Return the name of the converter that reads a model's key in the path of a page."""
    return "uuid" if kind_of(model) is KeyKind.UUID else "int"


def json_key(key: Key | None) -> int | str | None:
    """Return a key as JSON holds it."""
    return str(key) if isinstance(key, UUID) else key


def spelled(key: Key) -> tuple[str, ...]:
    """Return how a key may be written as text: of a UUID, databases write one or the other."""
    return (str(key), key.hex) if isinstance(key, UUID) else (str(index(key)),)


def stand_in_key(number: int, *, kind: KeyKind | None) -> Key:
    """Return a key that no row has, for what is treated as a row.

    :param number: 1 or more
    """
    return UUID(int=number) if kind is KeyKind.UUID else -number


def sql_key(key: Key) -> str:
    """Return a key as a statement compares it with a column.

    :raises TypeError: if it is neither an integer nor a UUID
    """
    return f"'{key.hex}'" if isinstance(key, UUID) else str(index(key))


def id_list(ids: Iterable[Key], *, empty: str = "NULL") -> str:
    """Return keys as the inside of ``IN (...)``.

    :param empty: what an empty list is; NULL matches nothing
    """
    keys = list(ids)
    # Thousands of integers are written often.
    written = map(sql_key, keys) if keys and isinstance(keys[0], UUID) else map(str, map(index, keys))  # type: ignore[arg-type]  # the first tells what all are
    return ",".join(written) or empty


def parse_key(text: str, *, kind: KeyKind | None) -> Key | None:
    """Return the key that people or an address have written; None if it is none of this kind."""
    if kind is KeyKind.UUID:
        try:
            return UUID(text)
        except ValueError:
            return None
    return whole_number(text, most=LARGEST_ID)
