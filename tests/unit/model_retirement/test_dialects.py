"""What both databases are asked in the same words, and what they say."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from model_retirement import sql
from model_retirement.dialects import dialect_of, unsupported
from model_retirement.keys import KeyKind, json_key


def test_a_database_that_nobody_wrote_a_dialect_for_is_named():
    assert unsupported(SimpleNamespace(vendor="oracle", display_name="Oracle")) == "Oracle"
    assert unsupported(SimpleNamespace(vendor="postgresql", pg_version=140_009)) == "PostgreSQL 14"
    assert unsupported(SimpleNamespace(vendor="postgresql", pg_version=150_000)) == ""
    assert unsupported(SimpleNamespace(vendor="sqlite")) == ""


@pytest.mark.django_db
def test_nothing_is_one_of_no_ids():
    condition = sql.is_one_of("default", "1", [])
    assert sql.fetch("default", f"SELECT 1 WHERE {condition}") == []
    assert sql.fetch("default", f"SELECT 1 WHERE {sql.is_one_of('default', '1', [2, 1])}") == [(1,)]


@pytest.mark.django_db
def test_text_is_text_for_either():
    condition = dialect_of(connection).is_text("'abc'")
    assert sql.fetch("default", f"SELECT 1 WHERE {condition}") == [(1,)]


ONE = UUID("0b1f0d4e-00a0-4000-8000-0000000000fa")


@pytest.mark.django_db
@pytest.mark.parametrize(("key", "kind"), [(7, KeyKind.INTEGER), (ONE, KeyKind.UUID)])
def test_a_key_is_the_same_in_a_column_in_json_and_in_a_list(key, kind):
    dialect = dialect_of(connection)
    column = dialect.typed_key(key, kind=kind)
    json_type = "jsonb" if connection.vendor == "postgresql" else "text"
    stored = f"(SELECT CAST('{json.dumps(json_key(key))}' AS {json_type}) AS c) t"
    listed = dialect.elements(f"CAST('{json.dumps([json_key(key)])}' AS {json_type})")
    queries = [
        f"SELECT {column}",
        f"SELECT {dialect.key_of_json('t.c', kind=kind)} FROM {stored}",
        f"SELECT {dialect.key_of_element('item.value', kind=kind)} FROM {listed}",
        f"SELECT k FROM (SELECT {column} AS k) one WHERE {sql.is_one_of('default', 'k', [key])}",
        f"SELECT {dialect.smallest('k', kind=kind)} FROM (SELECT {column} AS k) one",
    ]
    assert [sql.fetch("default", query, keys=[0]) for query in queries] == [[(key,)]] * len(queries)
    assert sql.fetch("default", f"SELECT {dialect.typed_key(None, kind=kind)}", keys=[0]) == [(None,)]


@pytest.mark.django_db
def test_keys_of_both_kinds_share_a_column():
    dialect = dialect_of(connection)
    kinds = [KeyKind.INTEGER, KeyKind.UUID]
    keys: list[Any] = [7, ONE]
    arms = [
        f"SELECT {number} AS place, {dialect.shared_key('k', kinds=kinds)} AS k FROM (SELECT {dialect.typed_key(key, kind=kind)} AS k) t"
        for number, (key, kind) in enumerate(zip(keys, kinds, strict=True))
    ]
    query = f"SELECT k FROM ({' UNION ALL '.join(arms)}) u ORDER BY place"
    assert sql.fetch("default", query, keys=[0]) == [(7,), (ONE,)]
