"""What the database is told about ids inside JSON: a foreign key on their mirror and an index over their lists."""

from __future__ import annotations

import re
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models.sql.compiler import SQLCompiler

from model_retirement.dialects import dialect_of
from model_retirement.host_models import llm_model
from model_retirement.keys import KeyKind, kind_of

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


def require_plain_key(key: str, *, of: str) -> None:
    """Return if a JSON key means the same to both databases.

    A dot is a path for SQLite and part of the key for PostgreSQL. Quotes, brackets, braces, commas, ``$``, ``%`` and
    backslashes mean something in SQL or in one of the two path languages, and SQLite misses letters that JSON has escaped.

    :param of: whose key it is, for people
    :raises ValueError: if it has anything but letters, digits, ``_`` and ``-``
    """
    if not _PLAIN_KEY.fullmatch(key):
        raise ValueError(
            f"The JSON key {key!r} of {of} cannot be declared: use only the letters A to Z, digits, _ and -. Databases do not agree"
            " on what other characters mean in a key. Store the id under another key, at the top of the field."
        )


class JsonIdListIndex(models.Index):
    """Finds rows by the ids in a JSON list.

    PostgreSQL gets a GIN index over the ids; it is partial, or the many rows without a list would fill its pending list.
    SQLite has no such index and gets one over the rows that have a list at all, which is what a look-up reads.

    :param field: name of the JSON field
    :param key: the key that holds the list
    """

    def __init__(self, *, field: str, key: str, name: str) -> None:
        super().__init__(fields=[field], name=name)
        require_plain_key(key, of=f"the index {name}")
        self.key = key

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, _, _ = super().deconstruct()
        return path, (), {"field": self.fields[0], "key": self.key, "name": self.name}

    def create_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Statement:
        quote = schema_editor.quote_name
        field: Any = model._meta.get_field(self.fields[0])  # noqa: SLF001  (the documented Meta API)
        column = quote(field.column)
        dialect = dialect_of(schema_editor.connection)
        pk: Any = model._meta.pk  # noqa: SLF001
        return Statement(
            "CREATE INDEX %(name)s ON %(table)s %(target)s WHERE %(condition)s",
            name=quote(self.name),
            table=Table(model._meta.db_table, quote),  # noqa: SLF001
            target=dialect.list_index(column, self.key, kind=kind_of(llm_model()), pk=quote(pk.column)),
            condition=dialect.has_list(column, self.key),
        )


class ModelReferenceIndex(models.Index):
    """Finds rows by the id of a model in a JSON field that has no mirror: an index on the expression that reads it.

    It is partial, over the rows that hold an id, and fails on nothing that may be stored.

    :param field: name of the JSON field
    :param path: the key; or plain keys with dots between them, one inside the other
    """

    def __init__(self, *, field: str, path: str, name: str) -> None:
        super().__init__(fields=[field], name=name)
        for key in path.split("."):
            require_plain_key(key, of=f"the index {name}")
        self.path = path

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, _, _ = super().deconstruct()
        return path, (), {"field": self.fields[0], "path": self.path, "name": self.name}

    def create_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Statement:
        quote = schema_editor.quote_name
        field: Any = model._meta.get_field(self.fields[0])  # noqa: SLF001  (the documented Meta API)
        return Statement(
            "CREATE INDEX %(name)s ON %(table)s ((%(expression)s)) WHERE (%(expression)s) IS NOT NULL",
            name=quote(self.name),
            table=Table(model._meta.db_table, quote),  # noqa: SLF001
            expression=dialect_of(schema_editor.connection).stored_id(
                quote(field.column), self.path, kind=kind_of(llm_model())
            ),
        )


class StoredId(models.Func):
    """The id under a key of a JSON field, as ``ids`` reads it; what is no id is NULL. ``fields.ModelMirror`` keeps it.

    :param field: name of the JSON field
    :param key: the key
    :param output_field: what holds it: a ``UUIDField`` where the keys of the models are UUIDs
    """

    def __init__(
        self, field: str, *, key: str, output_field: models.Field[Any, Any] | None = None, **extra: Any
    ) -> None:
        require_plain_key(key, of=f"the mirror of {field}")
        super().__init__(field, key=key, output_field=output_field or models.BigIntegerField(), **extra)

    @property
    def key(self) -> str:
        """The key that is read."""
        return str(self.extra["key"])

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_args: Any, **_context: Any) -> Any:
        """Return the expression of the database."""
        column, params = compiler.compile(self.source_expressions[0])
        kind = KeyKind.UUID if isinstance(self.output_field, models.UUIDField) else KeyKind.INTEGER
        return dialect_of(connection).stored_id(column, self.key, kind=kind), params


class MirrorForeignKey(models.BaseConstraint):
    """A foreign key on a generated column, so that no writer, whatever it is, leaves a dangling id.

    Django's ``ForeignKey`` cannot be generated. PostgreSQL only: deferred like Django's own, and without an action, since
    a generated column cannot be set.

    :param mirror: name of the generated field
    :param to: label of the model that it points at
    """

    def __init__(self, *, mirror: str, to: str, name: str) -> None:
        super().__init__(name=name)
        self.mirror = mirror
        self.to = to

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, _, _ = super().deconstruct()
        return path, (), {"mirror": self.mirror, "to": self.to, "name": self.name}

    def constraint_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        """Leave it out of CREATE TABLE: the other table may not be there yet."""
        assert schema_editor is not None  # noqa: S101  (the base class types what Django never passes)
        if sql := self.create_sql(model, schema_editor):
            schema_editor.deferred_sql.append(sql)
        return ""

    def create_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        assert model is not None  # noqa: S101
        assert schema_editor is not None  # noqa: S101
        target: Any = apps.get_model(self.to)._meta  # noqa: SLF001
        mirror: Any = model._meta.get_field(self.mirror)  # noqa: SLF001
        return dialect_of(schema_editor.connection).foreign_key(
            schema_editor,
            name=self.name,
            mirror=(model._meta.db_table, mirror.column),  # noqa: SLF001
            to=(target.db_table, target.pk.column),
        )

    def remove_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        assert model is not None  # noqa: S101
        assert schema_editor is not None  # noqa: S101
        dialect = dialect_of(schema_editor.connection)
        return dialect.drop_constraint(schema_editor, table=model._meta.db_table, name=self.name)  # noqa: SLF001

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Any = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Leave it to the model's own validation, which names the key at fault.

        A generated field has no value before the row is saved.
        """

    def __eq__(self, other: object) -> bool:
        if isinstance(other, MirrorForeignKey):
            return self.deconstruct() == other.deconstruct()
        return NotImplemented

    __hash__ = object.__hash__
