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
from model_retirement.reference_scan.words import speaks_of_models

ENGINE = __name__.partition(".")[0]

_PLAIN_TEXT = (models.CharField, models.TextField)
_OTHER_KEYS = (models.IntegerField, models.UUIDField)


class Shape(enum.Enum):
    """What a column is."""

    RELATION = "a foreign key of Django's"
    LINKS = "a many-to-many relation"
    JSON = "JSON"
    PLAIN = "a plain column"


@dataclasses.dataclass(frozen=True)
class ScannedColumn:
    """One column that may hold models.

    :param model: label of the Django model that it belongs to
    :param field: name of the field there
    :param column: its name in the table
    """

    model: str
    field: str
    column: str
    shape: Shape

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


@dataclasses.dataclass(frozen=True)
class ScannedTable:
    """One table, read in the order of its key.

    :param key: the column by which it is read
    :param row: the column that tells people which row it is; another one than the key in a table of links
    """

    table: str
    key: str
    row: str
    columns: tuple[ScannedColumn, ...]


def tables(*, using: str) -> list[ScannedTable]:
    """Return the tables of a database that have columns to look at; what waits for a migration is left out."""
    there = set(connections[using].introspection.table_names(include_views=True))
    seen: set[tuple[str, str]] = set(_of_models_themselves())
    found: list[ScannedTable] = []
    for table in _tables():
        if table.table not in there or not router.allow_migrate_model(using, apps.get_model(table.columns[0].model)):
            continue
        stored = {(table.table, name) for name in _columns_of(table.table, using=using)} - seen
        columns = tuple(column for column in table.columns if (table.table, column.column) in stored)
        seen |= {(table.table, column.column) for column in columns}
        if columns:
            found.append(dataclasses.replace(table, columns=columns))
    return found


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
        if meta.proxy or is_the_engines(meta.app_config) or not getattr(meta.pk, "column", None):
            continue
        columns = [_column(model, field, relations=relations) for field in meta.local_concrete_fields]
        if found := tuple(filter(None, columns)):
            yield ScannedTable(meta.db_table, meta.pk.column, meta.pk.column, found)
        for field in meta.local_many_to_many:
            if field in relations:
                yield _links(model, field)


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
    is_key = isinstance(field, _OTHER_KEYS) and speaks_of_models(field.name)
    return Shape.PLAIN if is_key or isinstance(field, _PLAIN_TEXT) else None


def _links(model: type[Model], field: Any) -> ScannedTable:
    through = field.remote_field.through._meta  # noqa: SLF001
    column = ScannedColumn(model._meta.label, field.name, field.m2m_reverse_name(), Shape.LINKS)  # noqa: SLF001
    return ScannedTable(through.db_table, through.pk.column, field.m2m_column_name(), (column,))
