"""The operation by which a schema migration asks for a data migration."""

from model_retirement.data_migrations.operations import RunDataMigration

__all__ = ["RunDataMigration"]
