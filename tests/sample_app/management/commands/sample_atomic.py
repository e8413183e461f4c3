from __future__ import annotations

from apps.data_migrations.management.commands.base import IdempotentCommand
from tests.sample_app import work


class Command(IdempotentCommand):
    migration_name = "sample_atomic"

    def perform_migration(self, dry_run: bool = False) -> dict[str, int]:
        return work.perform(self, dry_run=dry_run)
