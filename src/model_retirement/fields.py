"""Fields that a host declares in its own models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from model_retirement.dialects import dialect_of
from model_retirement.references.schema import StoredId


class ModelMirror(models.GeneratedField):
    """A column that holds the id of the model under a key of a JSON field, and NULL where that holds no id.

    The database computes it, whoever writes the row, from every spelling that ``ids`` reads. It refuses no
    row, so it can be added to a table whatever is stored there. Give it an index, and ``references.schema.MirrorForeignKey``,
    and name it as the ``mirror`` of the ``JsonIdReference``. For another key, take it away and add it anew.

    :param source: name of the JSON field
    :param key: the key: letters, digits, ``_`` and ``-``
    :param output_field: what holds the id: ``models.UUIDField()`` where the keys of the models are UUIDs
    :raises ValueError: if the key has other characters
    """

    def __init__(
        self, source: str, *, key: str, output_field: models.Field[Any, Any] | None = None, **options: Any
    ) -> None:
        self.source = source
        self.key = key
        self.given = {"output_field": output_field} if output_field else {}
        super().__init__(
            expression=StoredId(source, key=key, output_field=output_field),
            output_field=output_field or models.BigIntegerField(),
            db_persist=True,
            null=True,
            **options,
        )

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, _, options = super().deconstruct()
        for computed in ("expression", "output_field", "db_persist", "null"):
            del options[computed]
        return name, path, [self.source], {"key": self.key, **self.given, **options}

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """Return a default for the schema editor; nobody else asks, for the column is never written."""
        return dialect_of(connection).default_of_generated(super().get_db_prep_save(value, connection))
