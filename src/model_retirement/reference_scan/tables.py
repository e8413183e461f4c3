"""Which tables and columns a scan looks at: those of every installed model but the engine's own."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig, apps
from django.db import connections, models, router
from django.db.models import Field, Model

from model_retirement.host_models import llm_model, pointing_fields
from model_retirement.keys import KeyKind, kind_of
from model_retirement.reference_scan.words import WORDS_OF_MODELS, speaks_of_models
from model_retirement.references.ignoring import opens_on_postgresql

ENGINE = __name__.partition(".")[0]

_TEXT = (models.CharField, models.TextField)


class Shape(enum.Enum):
    """What a column is."""

    RELATION = "a foreign key of Django's"
    LINKS = "a many-to-many relation"
    JSON = "JSON"
    ARRAY = "an array or an hstore of PostgreSQL's"
    TEXT = "text"
    NUMBER = "a number or a UUID"

    @property
    def opens(self) -> bool:
        """Whether the database sees values inside it."""
        return self in {Shape.JSON, Shape.ARRAY}

    @property
    def may_hold_json_as_text(self) -> bool:
        """Whether JSON may be stored in it that is a mere text for the database."""
        return self in {Shape.JSON, Shape.TEXT}


@dataclasses.dataclass(frozen=True)
class ScannedColumn:
    """One column that may hold models.

    :param model: label of the Django model that it belongs to
    :param field: name of the field there
    :param column: its name in the table
    :param of_a_view: the rows are not stored here, a view shows them
    """

    model: str
    field: str
    column: str
    shape: Shape
    of_a_view: bool = False

    @property
    def label(self) -> str:
        """Its name in output."""
        return f"{self.model}.{self.field}"

    @property
    def app(self) -> AppConfig:
        """The app that it belongs to."""
        return apps.get_app_config(self.model.partition(".")[0])

    @property
    def speaks(self) -> bool:
        """Whether a number in it may be an id."""
        return self.shape in {Shape.RELATION, Shape.LINKS} or speaks_of_models(self.field)

    @property
    def may_speak(self) -> bool:
        """Whether its name has a word that could be of models, so that what it holds is looked at closer."""
        return self.speaks or any(word in self.field.lower() for word in WORDS_OF_MODELS)


@dataclasses.dataclass(frozen=True)
class ScannedTable:
    """One table, read in the order of its key.

    :param key: the columns by which it is read, several where the key has several
    :param row: the columns that tell people which row it is; others than the key in a table of links
    """

    table: str
    key: tuple[str, ...]
    row: tuple[str, ...]
    columns: tuple[ScannedColumn, ...]


def tables(*, using: str) -> list[ScannedTable]:
    """Return the tables of a database that have columns to look at; what waits for a migration is left out."""
    kinds = _kinds_of_tables(using=using)
    seen: set[tuple[str, str]] = set(_of_models_themselves())
    scanned: list[ScannedTable] = []
    for table in _tables():
        if table.table not in kinds or not router.allow_migrate_model(using, apps.get_model(table.columns[0].model)):
            continue
        in_database = set(_columns_of(table.table, using=using))
        if not in_database.issuperset(table.key):
            continue
        stored = {(table.table, name) for name in in_database} - seen
        columns = tuple(
            dataclasses.replace(column, of_a_view=kinds[table.table] == "v")
            for column in table.columns
            if (table.table, column.column) in stored
        )
        seen |= {(table.table, column.column) for column in columns}
        if columns:
            scanned.append(dataclasses.replace(table, columns=columns))
    return scanned


def _kinds_of_tables(*, using: str) -> dict[str, str]:
    """Return what each table is, as Django's introspection has it: ``v`` is a view."""
    connection = connections[using]
    with connection.cursor() as cursor:
        return {table.name: table.type for table in connection.introspection.get_table_list(cursor)}


def _columns_of(table: str, *, using: str) -> list[str]:
    connection = connections[using]
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]


def _of_models_themselves() -> Iterator[tuple[str, str]]:
    """Yield the columns that say which model a row of the table of models is."""
    meta: Any = llm_model()._meta  # noqa: SLF001  (the documented Meta API)
    for name in (meta.pk.name, "type", "name"):
        yield meta.db_table, meta.get_field(name).column


def _tables() -> Iterator[ScannedTable]:
    relations = pointing_fields()
    for model in apps.get_models():
        meta: Any = model._meta  # noqa: SLF001  (the documented Meta API)
        if meta.proxy or is_the_engines(meta.app_config):
            continue
        columns = [_column(model, field, relations=relations) for field in meta.local_concrete_fields]
        if scanned := tuple(filter(None, columns)):
            key = _key_columns(meta)
            yield ScannedTable(meta.db_table, key, key, scanned)
        for field in meta.local_many_to_many:
            if field in relations:
                yield _links(model, field)


def _key_columns(meta: Any) -> tuple[str, ...]:
    return tuple(field.column for field in meta.pk_fields)


def is_the_engines(app: AppConfig) -> bool:
    """Return whether an app came with the engine."""
    return f"{app.name}.".startswith(f"{ENGINE}.")


def _column(model: type[Model], field: Field[Any, Any], *, relations: list[Field[Any, Any]]) -> ScannedColumn | None:
    shape = Shape.RELATION if field in relations else _shape(field)
    if shape is None:
        return None
    return ScannedColumn(model._meta.label, field.name, str(field.column), shape)  # noqa: SLF001


def _shape(field: Field[Any, Any]) -> Shape | None:
    if field.remote_field or field.primary_key or field.generated:
        return None
    if isinstance(field, models.JSONField):
        return Shape.JSON
    if isinstance(field, _TEXT):
        return Shape.TEXT
    if opens_on_postgresql(field):
        return Shape.ARRAY if _may_hold_models(field) else None
    return Shape.NUMBER if _may_be_a_key(field) else None


def _may_hold_models(field: Any) -> bool:
    """Return whether an array or an hstore may hold models: of numbers such as those of an embedding there are many."""
    element = field
    while inner := getattr(element, "base_field", None):
        element = inner
    if isinstance(element, (models.JSONField, *_TEXT)) or element is field:
        return True
    return _is_a_key(element) and (speaks_of_models(field.name) or _is_a_uuid_of_models(element))


def _may_be_a_key(field: Field[Any, Any]) -> bool:
    return _is_a_key(field) and (speaks_of_models(field.name) or _is_a_uuid_of_models(field))


def _is_a_key(field: Any) -> bool:
    return isinstance(field, (models.IntegerField, models.UUIDField))


def _is_a_uuid_of_models(field: Any) -> bool:
    return isinstance(field, models.UUIDField) and kind_of(llm_model()) is KeyKind.UUID


def _links(model: type[Model], field: Any) -> ScannedTable:
    through = field.remote_field.through._meta  # noqa: SLF001
    column = ScannedColumn(model._meta.label, field.name, field.m2m_reverse_name(), Shape.LINKS)  # noqa: SLF001
    return ScannedTable(through.db_table, _key_columns(through), (field.m2m_column_name(),), (column,))
