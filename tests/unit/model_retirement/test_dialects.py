"""What both databases are asked in the same words, and what they say."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import connection

from model_retirement import sql
from model_retirement.dialects import dialect_of, unsupported


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
