"""One reading of a UUID in JSON: Python and both databases agree on every value (rule 4)."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as DatabaseTestCase

from model_retirement import sql
from model_retirement.ids import stored_key, stored_uuid
from model_retirement.keys import KeyKind, read_key

ONE = UUID("0b1f0d4e-00a0-4000-8000-0000000000fa")

UUIDS = [
    str(ONE),
    str(ONE).upper(),
    ONE.hex,
    ONE.hex.upper(),
    f" {ONE} ",
    f"\t{ONE.hex}\n",
    f"\f{ONE}\v",
    f"\r{ONE}",
]
NO_UUIDS: list[Any] = [
    None,
    True,
    "",
    46,
    "46",
    int("1" * 32),
    [str(ONE)],
    {"id": str(ONE)},
    str(ONE)[:-1],
    f"{ONE}0",
    f"{{{ONE}}}",
    f"urn:uuid:{ONE}",
    str(ONE).replace("-", "", 1),
    f"{ONE.hex[:16]}-{ONE.hex[16:]}",
    ONE.hex.replace("f", "g"),
    f"\u00a0{ONE}",
    f"x{ONE}",
    "\uff10" * 32,
    "-" * 36,
]


def items(values: list[Any]) -> list[Any]:
    """Return what the database reads in the elements of a list."""
    dialect = sql.dialect("default")
    elements, columns = dialect.list_items("t.stored", "ids")
    stored = "CAST(%s AS jsonb)" if connection.vendor == "postgresql" else "%s"
    return [
        read_key(element)
        for (element,) in sql.fetch(
            "default",
            f"SELECT {dialect.item_id(kind=KeyKind.UUID)} FROM (SELECT {columns} FROM (SELECT {stored} AS stored) t{elements}) i",
            [json.dumps({"ids": values})],
        )
    ]


def is_found(value: Any) -> bool:
    """Return whether the index over a list with one element leads to it."""
    dialect = sql.dialect("default")
    stored = "CAST(%s AS jsonb)" if connection.vendor == "postgresql" else "%s"
    query = f"SELECT 1 FROM (SELECT {stored} AS stored) t WHERE 1 = 1{dialect.list_may_hold('t.stored', 'ids', [ONE])}"
    return bool(sql.fetch("default", query, [json.dumps({"ids": [value]})]))


@pytest.mark.django_db
def test_every_spelling_of_a_uuid_is_read_and_found_by_the_index():
    assert [stored_uuid(value) for value in UUIDS] == [ONE] * len(UUIDS)
    assert items(UUIDS) == [ONE] * len(UUIDS)
    assert [value for value in UUIDS if not is_found(value)] == []


@pytest.mark.django_db
def test_nothing_else_is_one():
    assert [value for value in NO_UUIDS if stored_uuid(value)] == []
    assert items(NO_UUIDS) == [None] * len(NO_UUIDS)


def test_what_may_be_a_key_of_either_kind_is_read_as_what_it_is():
    assert [stored_key(value) for value in (46, " 46.0 ", str(ONE), ONE, "x", None)] == [46, 46, ONE, ONE, None, None]


near = st.builds(
    lambda left, text, right: f"{left}{text}{right}",
    st.sampled_from(["", " ", "\t", "\v", "\u2003", "a", "0", "-"]),
    st.uuids().flatmap(lambda key: st.sampled_from([str(key), key.hex, key.hex.upper(), str(key)[1:]])),
    st.sampled_from(["", " ", "\n", "\x00", "\x00a", "f", "-"]),
)


@pytest.mark.django_db
class TestReaders(DatabaseTestCase):
    """On the database of this run."""

    @given(st.lists(near | st.text(alphabet="0123456789abcdefABCDEF-", min_size=30, max_size=38), min_size=20))
    def test_python_and_the_database_read_the_same(self, values: list[str]) -> None:
        """Rule 4."""
        if connection.vendor == "postgresql":  # takes no NUL in jsonb
            values = [value for value in values if "\x00" not in value]
        assert items(values) == [stored_uuid(value) for value in values]
