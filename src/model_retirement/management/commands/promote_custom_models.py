"""``promote_custom_models``: what the synchronisation of the models asks for when the schema is complete."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.management.base import CommandError
from django.utils.translation import gettext_noop

from model_retirement import promotion
from model_retirement.data_migrations.commands import IdempotentCommand, MigrationContext
from model_retirement.management.host_command import REMOVING, HostCommand
from model_retirement.references import registry
from model_retirement.references.moving import ReferencesRemain


class Command(HostCommand, IdempotentCommand):
    """Words around the promotion of custom models."""

    help = "Moves what points at teams' custom models to the global model of the same name, and takes those away."
    needs = REMOVING
    migration_name = "promote_custom_models"
    atomic = False
    repeatable = True

    def perform_migration(self, dry_run: bool = False, *, context: MigrationContext) -> Mapping[str, int]:
        if dry_run:
            return {"custom models to promote": len(promotion.plan(using=context.using))}
        try:
            done = promotion.promote(registry=registry, lease=context, using=context.using)
        except ReferencesRemain as error:
            raise CommandError(str(error)) from error
        return {
            gettext_noop("custom models promoted"): done.models,
            gettext_noop("references moved"): done.references,
            gettext_noop("token limits kept"): done.token_limits,
        }
