from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from model_retirement.data_migrations.commands import IdempotentCommand, MigrationContext
from stock.models import Item


class Command(IdempotentCommand):
    help = "Labels items that have no label."
    migration_name = "2024_cleanup"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--label", default="unknown")

    def perform_migration(self, dry_run: bool = False, *, context: MigrationContext) -> dict[str, Any]:
        label = context.options["label"]
        return {"items": Item.objects.filter(label="").update(label=label), "label": label}
