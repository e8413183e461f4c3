from __future__ import annotations

from model_retirement.data_migrations.commands import IdempotentCommand, MigrationContext
from tests.sample_app import work


class Command(IdempotentCommand):
    migration_name = "sample_batched"
    atomic = False

    def perform_migration(self, dry_run: bool = False, *, context: MigrationContext) -> dict[str, int]:
        return work.perform(self.migration_name, context=context)
