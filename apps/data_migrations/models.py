"""The records of data migrations, which are the engine's."""

from model_retirement.data_migrations.models import CustomMigration, CustomMigrationRun

__all__ = ["CustomMigration", "CustomMigrationRun"]
