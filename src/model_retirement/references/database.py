"""What the database itself knows of pointers at the model table: its foreign-key constraints."""

from __future__ import annotations

import dataclasses

from model_retirement import sql
from model_retirement.host_models import llm_model
from model_retirement.references.registry import Registry

_POSTGRESQL = """
    SELECT con.conname, source.relname, att.attname
    FROM pg_constraint con
    JOIN pg_class source ON source.oid = con.conrelid
    JOIN pg_attribute att ON att.attrelid = con.conrelid AND att.attnum = ANY (con.conkey)
    WHERE con.contype = 'f' AND con.conparentid = 0 AND con.confrelid = to_regclass(%s)
    ORDER BY source.relname, con.conname
"""
_SQLITE = """
    SELECT 'foreign key ' || fk.id, master.name, fk."from"
    FROM sqlite_master AS master, pragma_foreign_key_list(master.name) AS fk
    WHERE master.type = 'table' AND lower(fk."table") = lower(%s)
    ORDER BY master.name, fk.id
"""


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
    if sql.is_postgresql(using):
        return [ForeignKeyConstraint(*row) for row in sql.fetch(using, _POSTGRESQL, (sql.quote(using, table),))]
    return [ForeignKeyConstraint(*row) for row in sql.fetch(using, _SQLITE, (table,))]


def undeclared(*, registry: Registry, using: str) -> list[ForeignKeyConstraint]:
    """Return the constraints that no declared reference accounts for."""
    declared = {pair for reference in registry for pair in reference.db_columns}
    return [found for found in constraints(using=using) if (found.table, found.column) not in declared]
