"""What the database itself knows of pointers at the model table: its foreign-key constraints."""

from __future__ import annotations

import dataclasses

from model_retirement import sql
from model_retirement.host_models import llm_model
from model_retirement.references.registry import Registry


@dataclasses.dataclass(frozen=True)
class ForeignKeyConstraint:
    """One foreign-key constraint on the model table."""

    name: str
    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column} ({self.name})"


def constraints(*, using: str) -> list[ForeignKeyConstraint]:
    """Return every foreign-key constraint in the database that points at the model table."""
    table = llm_model()._meta.db_table  # noqa: SLF001  (the documented Meta API)
    return [ForeignKeyConstraint(*row) for row in sql.fetch(using, *sql.dialect(using).foreign_keys_to(table))]


def undeclared(*, registry: Registry, using: str) -> list[ForeignKeyConstraint]:
    """Return the constraints that no declared reference accounts for."""
    declared = {pair for reference in registry for pair in reference.db_columns}
    return [
        constraint for constraint in constraints(using=using) if (constraint.table, constraint.column) not in declared
    ]
