"""The whole row of a removed model comes back, columns that the engine does not know included (rule 22)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection

from apps.service_providers.models import LlmProviderModel
from model_retirement.models import RemovedModel
from model_retirement.removal import whole_rows
from tests.factories.service_providers import LlmProviderModelFactory, RemovalRunFactory
from tests.short_lived_tables import run_sql

pytestmark = pytest.mark.django_db

TABLE = LlmProviderModel._meta.db_table

HOST_COLUMNS = {
    "sqlite": {
        "picture": ("blob", ["x'00ff5c27'", "x''", "NULL"]),
        "price": ("decimal(20, 10)", ["12345678.0123456789", "0.1", "9e999"]),
        "facts": ("text", ["""'{"b": 1.0, "a": [null, "ü"]}'""", "'null'", "'it''s 100 % \\'"]),
        "since": ("datetime", ["'2026-11-29 07:00:00.000001'", "'2026-11-29'", "1764399600"]),
        "day": ("date", ["'2026-11-29'", "'some day'", "NULL"]),
        "open": ("bool", ["1", "0", "'yes'"]),
        "any": ("", ["9223372036854775807", "1.0", "'1'"]),
        "order": ("integer NOT NULL DEFAULT 7", ["1", "2", "3"]),
        "50 % off": ("integer", ["1", "2", "3"]),
    },
    "postgresql": {
        "picture": ("bytea", ["'\\x00ff5c27'", "''", "NULL"]),
        "price": ("numeric(40, 20)", ["12345678901234567890.01234567890123456789", "1.10", "'NaN'"]),
        "factor": ("double precision", ["0.1", "1e-300", "'-Infinity'"]),
        "facts": ("jsonb", ["""'{"b": 1.0, "a": [null, "ü"]}'""", "'null'", "NULL"]),
        "written": ("json", ["""'{"b":   1, "a": 2, "b": 3}'""", "'null'", "'\"x\"'"]),
        "since": ("timestamptz", ["'2026-11-29 07:00:00.000001+05:45'", "'infinity'", "'0044-03-15 BC'"]),
        "local": ("timestamp(3)", ["'2026-11-29 07:00:00.123'", "'-infinity'", "NULL"]),
        "days": ("date[]", ["'{2026-11-29,NULL}'", "'{}'", "NULL"]),
        "grid": ("text[]", ["""'[0:1][2:3]={{"a,b",NULL},{"NULL","\\\\"}}'""", "ARRAY['']", "NULL"]),
        "span": ("int4range", ["'[1,5)'", "'empty'", "NULL"]),
        "lasts": ("interval", ["'1 mon -2 days 03:04:05.000006'", "'0'", "NULL"]),
        "place": ("point", ["'(1.5,-2)'", "NULL", "NULL"]),
        "padded": ("char(4)", ["'a'", "'''\\'", "NULL"]),
        "bits": ("bit varying(8)", ["B'0101'", "B''", "NULL"]),
        "order": ("integer NOT NULL DEFAULT 7", ["1", "2", "3"]),
        "50 % off": ("integer", ["1", "2", "3"]),
        "always": ("bigint GENERATED ALWAYS AS IDENTITY (START 100)", ["DEFAULT", "DEFAULT", "DEFAULT"]),
    },
}
"""Columns that only the host knows, with their type and what three rows hold."""


def rows() -> list[tuple[Any, ...]]:
    """Return all rows as the database writes them, each value with its type."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT * FROM {TABLE} LIMIT 0")
            shown = [f'"{column.name}"::text' for column in cursor.description or ()]
        else:
            cursor.execute(f"SELECT * FROM {TABLE} LIMIT 0")
            shown = [f'typeof("{name}"), quote("{name}")' for name, *_ in cursor.description or ()]
        cursor.execute(f"SELECT {', '.join(shown)} FROM {TABLE} ORDER BY id")
        return list(cursor.fetchall())


def removed(models: Sequence[LlmProviderModel]) -> list[RemovedModel]:
    """Remove models, whose rows are kept, and return their records as the database has them."""
    run = RemovalRunFactory.create()
    records = [
        RemovedModel.objects.create(run=run, model_id=model.pk, provider=model.type, name=model.name, max_token_limit=1)
        for model in models
    ]
    whole_rows.keep(removed=records, using="default")
    LlmProviderModel.objects.filter(pk__in=[model.pk for model in models])._raw_delete("default")
    return list(RemovedModel.objects.filter(run=run))


@pytest.fixture
def models() -> list[LlmProviderModel]:
    """Three models with values in columns of the host."""
    columns = HOST_COLUMNS[connection.vendor]
    for name, (kind, _) in columns.items():
        run_sql(f'ALTER TABLE {TABLE} ADD COLUMN "{name}" {kind}')
    made: list[LlmProviderModel] = LlmProviderModelFactory.create_batch(3)
    for number, model in enumerate(made):
        values = ", ".join(f'"{name}" = {values[number]}' for name, (_, values) in columns.items())
        run_sql(f"UPDATE {TABLE} SET {values} WHERE id = {model.pk}")
    return made


def test_columns_of_the_host_come_back_as_they_were(models):
    before = rows()
    records = removed(models)
    assert len(rows()) == len(before) - 3
    whole_rows.bring_back(removed=records, using="default")
    assert rows() == before


def test_rows_of_other_models_are_left_alone(models):
    before = rows()
    whole_rows.bring_back(removed=removed(models[:1]), using="default")
    whole_rows.bring_back(removed=removed([]), using="default")
    assert rows() == before


def test_what_the_database_computes_is_computed_again():
    kind = "STORED" if connection.vendor == "postgresql" else "VIRTUAL"
    run_sql(f"ALTER TABLE {TABLE} ADD COLUMN twice bigint GENERATED ALWAYS AS (max_token_limit * 2) {kind}")
    model = LlmProviderModelFactory.create(max_token_limit=21)
    before = rows()
    whole_rows.bring_back(removed=removed([model]), using="default")
    assert rows() == before
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT twice FROM {TABLE} WHERE id = {model.pk}")
        assert cursor.fetchone() == (42,)


def test_a_column_that_came_since_gets_its_default():
    model = LlmProviderModelFactory.create()
    records = removed([model])
    run_sql(f"ALTER TABLE {TABLE} ADD COLUMN colour varchar(9) NOT NULL DEFAULT 'blue'")
    whole_rows.bring_back(removed=records, using="default")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name, colour FROM {TABLE} WHERE id = {model.pk}")
        assert cursor.fetchone() == (model.name, "blue")


def test_a_column_that_is_gone_since_is_left_out():
    run_sql(f"ALTER TABLE {TABLE} ADD COLUMN colour varchar(9)")
    model = LlmProviderModelFactory.create()
    records = removed([model])
    run_sql(f"ALTER TABLE {TABLE} DROP COLUMN colour")
    before = len(rows())
    whole_rows.bring_back(removed=records, using="default")
    assert len(rows()) == before + 1
    assert LlmProviderModel.objects.get(pk=model.pk).name == model.name
