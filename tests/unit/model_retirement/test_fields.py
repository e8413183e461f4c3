"""The mirror of an id in JSON: the database keeps it for every writer, and it refuses no row and no table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, migrations, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.operations.base import Operation
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

from apps.pipelines.models import Node
from model_retirement.fields import ModelMirror
from model_retirement.ids import stored_id
from model_retirement.stored_json import loads
from tests.unit.model_retirement.test_ids import IDS, NO_IDS

TABLE = migrations.CreateModel(
    "Row",
    fields=[("id", models.BigAutoField(primary_key=True)), ("data", models.JSONField(null=True, db_column="stored"))],
)
MIRROR = migrations.AddField("Row", "mirror", ModelMirror("data", key="model-id", db_column="kept"))
INDEX = migrations.AddIndex("Row", models.Index(fields=["mirror"], name="hosts_row_mirror"))

SPELLED: list[str] = [
    *(json.dumps(value) for value in (*IDS, *NO_IDS)),
    *(f'"{"x" * 5000}"', f"1{'0' * 5000}", "1e400", "-0.0", '{"model-id": 46}', "[[[[46]]]]"),
]
STORED: list[str | None] = [
    *(f'{{"model-id": {text}, "keep": 1}}' for text in SPELLED),
    *("{}", "[]", "null", '"model-id"', '[{"model-id": 46}]', '{"other": {"model-id": 46}}', None),
]
"""What editors, imports and SQL have left in a column of JSON."""


def state_after(*operations: Operation) -> ProjectState:
    """Return what the models of a host are after some operations."""
    state = ProjectState()
    for operation in operations:
        operation.state_forwards("hosts", state)
    return state


def migrate(operation: Operation, *, after: tuple[Operation, ...], backwards: bool = False) -> None:
    """Do or undo an operation in the database."""
    before, then = state_after(*after), state_after(*after, operation)
    with connection.schema_editor() as editor:
        if backwards:
            operation.database_backwards("hosts", editor, then, before)
        else:
            operation.database_forwards("hosts", editor, before, then)


@pytest.fixture
def rows(transactional_db: None) -> Iterator[None]:
    """A host's table that has held ids in JSON for years, without a mirror."""
    migrate(TABLE, after=())
    for text in STORED:
        add(text)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(state_after(TABLE).apps.get_model("hosts", "Row"))


def add(text: str | None) -> None:
    """Store a row past Python."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO hosts_row (stored) VALUES (%s)", [text])


def kept() -> list[int | None]:
    """Return what the mirror holds in each row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kept FROM hosts_row ORDER BY id")
        return [model_id for (model_id,) in cursor.fetchall()]


def read() -> list[int | None]:
    """Return what Python reads in each row; PostgreSQL stores numbers by their value."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CAST(stored AS text) FROM hosts_row ORDER BY id")
        values = [loads(text or "null") for (text,) in cursor.fetchall()]
    return [stored_id(value.get("model-id")) if isinstance(value, dict) else None for value in values]


def test_it_is_added_to_a_table_whatever_is_stored_there_and_taken_away_again(rows: None):
    """Rules 4 and 29."""
    for _ in range(2):
        migrate(MIRROR, after=(TABLE,))
        migrate(INDEX, after=(TABLE, MIRROR))
        assert kept() == read()
        assert kept().count(46) == len(IDS)
        migrate(INDEX, after=(TABLE, MIRROR), backwards=True)
        migrate(MIRROR, after=(TABLE,), backwards=True)


def test_it_refuses_no_row_and_follows_every_write(rows: None):
    """Rules 4 and 29."""
    migrate(MIRROR, after=(TABLE,))
    for text in STORED:
        add(text)
    assert kept() == read()
    model = state_after(TABLE, MIRROR).apps.get_model("hosts", "Row")
    mirrored = model.objects.filter(mirror=46)
    assert mirrored.count() == 2 * len(IDS)
    assert model.objects.exclude(mirror=46).count() == 2 * (len(STORED) - len(IDS))
    mirrored.update(data={"model-id": "47"})
    assert (kept().count(46), kept().count(47)) == (0, 2 * len(IDS))


def test_the_migration_of_a_host_names_the_field_and_its_key_alone():
    operation, imports = MigrationWriter.serialize(MIRROR.field)
    assert operation == "model_retirement.fields.ModelMirror('data', db_column='kept', key='model-id')"
    assert imports == {"import model_retirement.fields"}


def test_it_survives_the_autodetector_unchanged():
    for field in (MIRROR.field, Node._meta.get_field("llm_provider_model_ref")):
        assert field.clone().deconstruct()[1:] == field.deconstruct()[1:]
    again = migrations.AddField("Row", "mirror", ModelMirror("data", key="model-id", db_column="kept"))
    assert changes(to=again) == {}
    other = migrations.AddField("Row", "mirror", ModelMirror("data", key="other", db_column="kept"))
    assert list(changes(to=other)) == ["hosts"]


def changes(*, to: Operation) -> dict[str, Any]:
    """Return what ``makemigrations`` would write."""
    asked = MigrationQuestioner(specified_apps={"hosts"})
    detector = MigrationAutodetector(state_after(TABLE, MIRROR), state_after(TABLE, to), questioner=asked)
    detected: dict[str, Any] = detector.changes(graph=MigrationGraph())
    return detected
