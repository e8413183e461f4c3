"""JSON that is stored as text: in a column of text, or as a string inside JSON.

No database that is supported reads all such text without failing on some of it, so it is read here: only what begins like an
object or a list is fetched, so much at a time, and what is no JSON is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from model_retirement import sql
from model_retirement.dialects.walks import BEGINNING
from model_retirement.ids import stored_key
from model_retirement.keys import spelled
from model_retirement.reference_scan.pages import PageKey, in_page, quoted, row_name
from model_retirement.reference_scan.recognition import IDS, NAMES, WORDS, ModelNames, is_of_models, step_of
from model_retirement.reference_scan.statements import known_models
from model_retirement.reference_scan.tables import ScannedTable
from model_retirement.reference_scan.tally import ROWS_NAMED, Sighting, Tally
from model_retirement.reference_scan.words import KEYS, Path
from model_retirement.stored_json import MOST_DIGITS, MOST_LEVELS

LONGEST_TEXT = 1_000_000
"""Characters of a text that is looked into."""

FETCHED = 1_000_000
"""Characters that are fetched at a time."""

IDS_PER_QUERY = 500

_STARTS = ("{", "[", '"{', '"[')


class _Seen(NamedTuple):
    """One id or name in the text of a row."""

    place: int
    path: Path
    holds: str
    example: str
    row: str


class TextReader:
    """Looks into the texts of one table.

    :ivar too_long: keys of the first rows by the number of a column whose text is too long to be looked into
    """

    def __init__(self, table: ScannedTable, *, names: ModelNames, using: str) -> None:
        self.too_long: dict[int, list[str]] = {}
        self._table = table
        self._using = using
        self._names = names
        self._known = {name: WORDS if name.isalnum() else NAMES for name in names.all}
        self._places = [place for place, column in enumerate(table.columns) if column.shape.may_hold_json_as_text]

    def sightings(self, *, after: PageKey | None, upto: PageKey) -> Iterator[Sighting]:
        """Yield what the texts of one page hold."""
        for first, last in self._parts(after=after, upto=upto):
            seen = [
                each
                for row, *texts in self._fetch(self._texts(), after=first, upto=last)
                for place, text in zip(self._places, texts, strict=True)
                if text is not None
                for each in self._inside(place, text, row=str(row))
            ]
            there = self._there({each.example for each in seen if each.holds == IDS})
            for each in seen:
                if each.holds != IDS or each.example in there:
                    yield Sighting(each.place, each.path, each.holds, Tally(1, each.example, [each.row]), in_text=True)

    def _parts(self, *, after: PageKey | None, upto: PageKey) -> Iterator[tuple[PageKey | None, PageKey]]:
        """Yield ranges of keys, of each the one before it and its last, whose texts can be held at once."""
        if not self._places:
            return
        size, first, last = 0, after, None
        for line in self._fetch(self._sizes(), after=after, upto=upto):
            row, keys, sizes = line[0], line[1 : 1 + len(self._table.key)], line[1 + len(self._table.key) :]
            for place, length in zip(self._places, sizes, strict=True):
                if length is not None and length > LONGEST_TEXT:
                    rows = self.too_long.setdefault(place, [])
                    rows += [str(row)][: ROWS_NAMED - len(rows)]
            more = sum(length for length in sizes if length is not None and length <= LONGEST_TEXT)
            if last is not None and size + more > FETCHED:
                yield first, last
                size, first = 0, last
            size, last = size + more, keys
        if last is not None:
            yield first, last

    def _sizes(self) -> str:
        """Return the columns of the key, and of each text its length; NULL if it does not begin like JSON."""
        keys = [quoted(self._using, name) for name in self._table.key]
        return ", ".join([*keys, *(f"CASE WHEN {may_be} THEN {length} END" for may_be, length, _ in self._columns())])

    def _texts(self) -> str:
        """Return the texts that are looked into; NULL for any other."""
        return ", ".join(
            f"CASE WHEN {may_be} THEN CASE WHEN {length} <= {LONGEST_TEXT} THEN {text} END END"
            for may_be, length, text in self._columns()
        )

    def _columns(self) -> Iterator[tuple[str, str, str]]:
        dialect = sql.dialect(self._using)
        for place in self._places:
            column = self._table.columns[place]
            name = quoted(self._using, column.column)
            may_be = dialect.has_json_inside(name) if column.shape.opens else dialect.begins_like_json(name)
            yield may_be, dialect.length_of_text(name), dialect.text_of(name)

    def _fetch(self, columns: str, *, after: PageKey | None, upto: PageKey) -> list[tuple[Any, ...]]:
        page, params = in_page(self._table, after=after, upto=upto, using=self._using)
        may_be = " OR ".join(condition for condition, _, _ in self._columns())
        order = ", ".join(quoted(self._using, name) for name in self._table.key)
        query = (
            f"SELECT {row_name(self._table, using=self._using)}, {columns} FROM {quoted(self._using, self._table.table)}"
            f" WHERE {page} AND ({may_be}) ORDER BY {order}"
        )
        with sql.dialect(self._using).text_for_people():
            return sql.fetch(self._using, query, params)

    def _inside(self, place: int, text: str, *, row: str) -> Iterator[_Seen]:
        column = self._table.columns[place]
        # All of a column of JSON is JSON; what is looked for are texts inside it.
        for path, holds, example in self._values(_read(text), path=(), in_text=not column.shape.opens):
            if is_of_models(column, path, holds):
                yield _Seen(place, path, holds, example, row)

    def _values(self, value: Any, *, path: Path, in_text: bool) -> Iterator[tuple[Path, str, str]]:
        """Yield what may be an id or a name inside text: the path to it, what it would be, and how it is looked up."""
        if isinstance(value, str) and value[:BEGINNING].lstrip().startswith(_STARTS):
            yield from self._values(_read(value), path=path, in_text=True)
        elif isinstance(value, (dict, list)):
            if len(path) < MOST_LEVELS:
                yield from self._members(value, path=path, in_text=in_text)
        elif in_text and (held := self._held(value)):
            holds, example = held
            yield path, NAMES if holds == WORDS else holds, example

    def _members(self, value: Any, *, path: Path, in_text: bool) -> Iterator[tuple[Path, str, str]]:
        if isinstance(value, list):
            inside: Path = (*path, None)
            for item in value:
                yield from self._values(item, path=inside, in_text=in_text)
            return
        for key, item in value.items():
            if in_text and (held := self._held(key)):
                yield (*path, KEYS), *held
            yield from self._values(item, path=(*path, step_of(_storable(key), names=self._names)), in_text=in_text)

    def _held(self, value: Any) -> tuple[str, str] | None:
        """Return what a value may be, and it as text, an id without hyphens; None if it is neither id nor name."""
        if isinstance(value, str) and value in self._known:
            return self._known[value], value
        key = stored_key(value)
        return None if key is None else (IDS, spelled(key)[-1])

    def _there(self, keys: set[str]) -> set[str]:
        """Return those of some ids that are keys of models that are or were there."""
        wanted, there = sorted(keys), set[str]()
        for start in range(0, len(wanted), IDS_PER_QUERY):
            some = wanted[start : start + IDS_PER_QUERY]
            query = (
                f"SELECT model_key FROM ({known_models(using=self._using)}) k"
                f" WHERE model_key IN ({', '.join(['%s'] * len(some))})"
            )
            there |= {key for (key,) in sql.fetch(self._using, query, some)}
        return there


def _read(text: str) -> Any:
    """Return the value of a JSON text; None if it is none, or nested deeper than Python goes."""
    try:
        return _JSON.decode(text)
    except (ValueError, RecursionError):
        return None


def _integer(text: str) -> int | None:
    return int(text) if len(text) <= MOST_DIGITS else None


# Not strict: programs write control characters into strings.
_JSON = json.JSONDecoder(parse_int=_integer, strict=False)


def _storable(key: str) -> str:
    """Return a key without halves of characters, which nobody could print."""
    return key.encode(errors="replace").decode()
