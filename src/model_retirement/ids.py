"""What is the id of a model in JSON, and what is none: one reading, in Python and in the SQL of both databases.

Old editors, imports and SQL have stored ids as numbers (``46``), as numbers with a point (``46.0``) and as text
(``"46"``, ``"046"``, ``" 46 "``, ``"46.0"``). All of these are the id 46. A UUID is a text, with its four hyphens or without,
in large or small letters. Nothing else is an id: no truth value, no text that only begins with digits, no zero, no negative
number, nothing longer or larger than a key can be. Nothing is both: an integer has fewer digits than a UUID.

The readers below must always agree: what one of them alone takes for a reference would be found and not moved, or moved
and not found. Those of the databases read what the keys of the models are, the one in Python reads both.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from model_retirement.numbers import LARGEST_INTEGER

LARGEST_ID = LARGEST_INTEGER
MOST_DIGITS = len(str(LARGEST_ID))

LARGEST_WITH_A_POINT = 10**15 - 1
"""Beyond it a floating-point number is no exact id any more, and databases and Python round differently."""

SPACES = " \t\n\r\v\f"
_TEXT = re.compile(rf"([0-9]{{1,{MOST_DIGITS}}})(?:\.0+)?")
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}"
_UUID_TEXT = re.compile(_UUID)
UUID_LENGTH = 36


def stored_key(value: Any) -> int | UUID | None:
    """Return the key that a JSON value stands for, an integer or a UUID, or None if it stands for none."""
    return stored_uuid(value) or stored_id(value)


def stored_uuid(value: Any) -> UUID | None:
    """Return the UUID that a JSON value stands for, or None if it stands for none; a UUID is what it is."""
    if isinstance(value, UUID):
        return value
    is_uuid = isinstance(value, str) and _UUID_TEXT.fullmatch(trimmed := value.strip(SPACES))
    return UUID(trimmed) if is_uuid else None


def stored_id(value: Any) -> int | None:
    """Return the integer id that a JSON value stands for, or None if it stands for none."""
    if isinstance(value, str):
        text = _TEXT.fullmatch(value.strip(SPACES))
        value = int(text[1]) if text else None
    elif isinstance(value, float):
        value = int(value) if value.is_integer() and value <= LARGEST_WITH_A_POINT else None
    is_id = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID
    return value if is_id else None


def postgresql_id(*, value: str, text: str) -> str:
    """Return PostgreSQL's expression for the id that a JSON value stands for; NULL if it stands for none.

    :param value: expression for it as ``jsonb``
    :param text: expression for it as text, a string without its quotes
    """
    trimmed = rf"btrim({text}, E' \t\n\r\x0b\x0c')"
    of_text = rf"substring({trimmed} from '^([0-9]{{1,{MOST_DIGITS}}})(?:\.0+)?$')"
    of_number = f"substring({text} from '^[0-9]{{1,{MOST_DIGITS}}}$')"
    with_a_point = f"{text}::float8"
    return (
        # Nearly all ids are nothing but digits. A column that is computed costs whoever writes a row, and what comes
        # after this takes five times as long. Truth values, lists and objects have other characters.
        f"CASE WHEN length({text}) BETWEEN 1 AND {MOST_DIGITS - 1} AND ltrim({text}, '0123456789') = ''"
        f" THEN nullif({text}::bigint, 0)"
        f" WHEN jsonb_typeof({value}) = 'string' THEN"
        f" {_postgresql_digits(of_text)}"
        # Nothing that float8 would refuse as too large or too small gets to the cast.
        rf" WHEN jsonb_typeof({value}) = 'number' AND {text} ~ '^[1-9][0-9]{{0,14}}\.[0-9]+$' THEN"
        f" CASE WHEN {with_a_point} = trunc({with_a_point}) AND {with_a_point} <= {LARGEST_WITH_A_POINT}"
        f" THEN {with_a_point}::bigint END"
        f" WHEN jsonb_typeof({value}) = 'number' THEN"
        f" {_postgresql_digits(of_number)} END"
    )


def _postgresql_digits(digits: str) -> str:
    return f"CASE WHEN {digits}::numeric BETWEEN 1 AND {LARGEST_ID} THEN {digits}::bigint END"


def sqlite_id(*, kind: str, value: str, text: str) -> str:
    """Return SQLite's expression for the id that a JSON value stands for; NULL if it stands for none.

    :param kind: expression for its type, as ``json_type`` gives it
    :param value: expression for it as an SQL value, as ``json_extract`` gives it
    :param text: expression for its JSON text; SQLite ends a text at its first NUL, and only here the rest is seen
    """
    # No blank follows a comma: Django takes that for the end of a column when it reads a table's definition.
    trimmed = f"trim({value},' ' || char(9,10,11,12,13))"
    point = f"instr({trimmed} || '.','.')"
    digits = f"substr({trimmed},1,{point} - 1)"
    fraction = f"substr({trimmed},{point} + 1)"
    return (
        # A number that is too large for an integer is a floating-point one for SQL.
        f"CASE WHEN {kind} = 'integer' THEN CASE WHEN typeof({value}) = 'integer' AND {value} > 0 THEN {value} END"
        f" WHEN {kind} = 'real' THEN CASE WHEN {value} BETWEEN 1 AND {LARGEST_WITH_A_POINT}"
        f" AND {value} = CAST({value} AS integer) THEN CAST({value} AS integer) END"
        f" WHEN {kind} = 'text' THEN CASE WHEN length({digits}) BETWEEN 1 AND {MOST_DIGITS}"
        f" AND {digits} NOT GLOB '*[^0-9]*' AND (length({digits}) < {MOST_DIGITS} OR {digits} <= '{LARGEST_ID}')"
        f" AND ({trimmed} NOT GLOB '*.*' OR ({fraction} <> '' AND trim({fraction},'0') = ''))"
        rf" AND instr({text},'\u0000') = 0 THEN NULLIF(CAST({digits} AS integer),0) END END"
    )


def postgresql_uuid(*, value: str, text: str) -> str:
    """Return PostgreSQL's expression for the UUID that a JSON value stands for; NULL if it stands for none.

    :param value: expression for it as ``jsonb``
    :param text: expression for it as text, a string without its quotes
    """
    trimmed = rf"btrim({text}, E' \t\n\r\x0b\x0c')"
    return f"CASE WHEN jsonb_typeof({value}) = 'string' AND {trimmed} ~ '^({_UUID})$' THEN {trimmed}::uuid END"


def sqlite_uuid(*, kind: str, value: str, text: str) -> str:
    """Return SQLite's expression for the UUID that a JSON value stands for, as Django stores it; NULL if it stands for none.

    :param kind: expression for its type, as ``json_type`` gives it
    :param value: expression for it as an SQL value, as ``json_extract`` gives it
    :param text: expression for its JSON text; SQLite ends a text at its first NUL, and only here the rest is seen
    """
    # No blank follows a comma, as above.
    trimmed = f"trim({value},' ' || char(9,10,11,12,13))"
    digits = f"replace({trimmed},'-','')"
    hyphens = " AND ".join(f"substr({trimmed},{place},1) = '-'" for place in (9, 14, 19, 24))
    return (
        f"CASE WHEN {kind} = 'text' AND length({digits}) = 32 AND {digits} NOT GLOB '*[^0-9a-fA-F]*'"
        f" AND (length({trimmed}) = 32 OR (length({trimmed}) = 36 AND {hyphens}))"
        rf" AND instr({text},'\u0000') = 0 THEN lower({digits}) END"
    )


def postgresql_list_tokens(text: str) -> str:
    """Return PostgreSQL's text array of all that may be an id in a JSON list: an index looks up whole numbers in it.

    Each run of digits is one entry, without the zeros in front of it and after a point; what has more digits than an id
    is none, for an index takes no entry of that length. Who finds a row by it reads the list itself as well.

    :param text: expression for the list as text
    """
    return f"regexp_split_to_array({text}, '([^0-9]+0*|[0-9]{{{MOST_DIGITS + 1},}})+')"


def postgresql_list_uuids(text: str) -> str:
    """Return the same of UUIDs: each run of hexadecimal digits and hyphens, in small letters, that is not too long for one.

    What JSON writes for a control character may stand before a UUID, and has such digits of its own: it stands between entries.

    :param text: expression for the list as text
    """
    return rf"regexp_split_to_array(lower({text}), '(\\(u[0-9a-f]{{4}}|.)|[^0-9a-f\\-]+|[0-9a-f-]{{{UUID_LENGTH + 1},}})+')"
