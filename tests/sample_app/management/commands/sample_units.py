from __future__ import annotations

from django.core.management.base import CommandParser

from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.commands import IdempotentCommand, MigrationContext
from model_retirement.data_migrations.models import CustomMigration

UNITS = ("one", "two")


class Command(IdempotentCommand):
    migration_name = "sample_units"
    repeatable = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--only", action="append", default=[])

    def perform_migration(self, dry_run: bool = False, *, context: MigrationContext) -> str:
        settled = run_once.statuses(prefix="sample_units:", using=context.using)
        due = [unit for unit in context.options["only"] or UNITS if settled.get(f"sample_units:{unit}") != "applied"]
        if not dry_run:
            run_once.record_units(
                names=[f"sample_units:{unit}" for unit in due],
                status=CustomMigration.Status.APPLIED,
                triggered_by=context.triggered_by,
                using=context.using,
            )
        return f"due: {' '.join(due)}"
