"""``notify_deprecated_models``: tell teams in time of the deprecated models that they use."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connections

from model_retirement import conf
from model_retirement.catalogue.lifecycle import utc_today
from model_retirement.catalogue.view import CatalogueError, load
from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.commands import IdempotentCommand, MigrationContext
from model_retirement.management.host_command import TELLING, HostCommand
from model_retirement.management.presenters import deprecation as deprecation_words
from model_retirement.management.presenters import removal as removal_words
from model_retirement.management.presenters import together
from model_retirement.management.presenters.shards import Documents
from model_retirement.management.sending import send_after_commit, send_then_tell
from model_retirement.management.several import SeveralDatabases
from model_retirement.notices import deprecations, outbox
from model_retirement.notices.deprecations import NotificationReport
from model_retirement.notices.outbox import Delivery
from model_retirement.notices.stages import DeprecatedModel, NotificationRefused, deprecated_models
from model_retirement.references import registry
from model_retirement.references.links import with_urls


class Command(HostCommand, SeveralDatabases, IdempotentCommand):
    """Words around the notices of deprecation."""

    help = (
        "Tells each team that uses a deprecated model what replaces it, when it retires, and where it is used: when it"
        " is deprecated, some days before the date (NOTIFY_DAYS_BEFORE) and on it. Each of these once, in one e-mail"
        " however many models. For a timer, once a day."
    )
    needs = TELLING
    migration_name = "notify_deprecated_models"
    repeatable = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")

    def merged(self, documents: Documents) -> dict[str, Any]:
        return together.notification(documents)

    def validate_options(self, context: MigrationContext) -> None:
        _models(today=utc_today(), using=context.using)

    def perform_migration(self, dry_run: bool = False, *, context: MigrationContext) -> NotificationReport:
        today = utc_today()
        models = _models(today=today, using=context.using)
        work = deprecations.preview if dry_run else deprecations.notify
        return work(models=models, registry=registry, today=today, using=context.using)

    def fake(self, context: MigrationContext) -> None:
        if context.options["format"] != "json":
            super().fake(context)
            return
        faked = [self.migration_name]
        try:
            run_once.mark(name=self.migration_name, triggered_by=context.triggered_by, using=context.using)
        except run_once.AlreadyApplied:
            faked = []
        self.stdout.write(json.dumps({"faked": faked}))

    def present(self, result: NotificationReport, *, dry_run: bool, context: MigrationContext) -> None:
        if dry_run:
            self._print(None, report=result, dry_run=True, context=context)
            return
        # Sent when the claim has ended: a slow mail server must not keep other processes waiting.
        tell = partial(self._print, report=result, dry_run=False, context=context)
        send = partial(_send, warn=partial(self._warn, context=context), using=context.using)
        send_then_tell(send, tell, using=context.using)

    def _print(
        self, delivery: Delivery | None, *, report: NotificationReport, dry_run: bool, context: MigrationContext
    ) -> None:
        resources = report.resources(registry=registry, using=context.using) if context.verbosity > 1 else None
        if context.options["format"] == "json":
            shown = with_urls(resources, registry=registry, using=context.using) if resources is not None else None
            document = deprecation_words.as_json(report, dry_run=dry_run, delivery=delivery, resources=shown)
            self.stdout.write(json.dumps(document, indent=1, default=str))
            return
        if context.verbosity > 0:
            self.write_lines(deprecation_words.summary_lines(report, dry_run=dry_run))
        if resources is not None:
            self.write_lines(
                removal_words.team_lines(report.teams, names=report.names, resources=resources, dry_run=dry_run)
            )
        if context.verbosity > 0:
            self.write_lines(deprecation_words.closing_lines(dry_run=dry_run, delivery=delivery, using=context.using))
        self.hand_over(**deprecation_words.sums_json(report, delivery=delivery))


def _models(*, today: dt.date, using: str) -> tuple[DeprecatedModel, ...]:
    try:
        return deprecated_models(catalogue=load(), days_before=conf.notify_days_before(), today=today, using=using)
    except (CatalogueError, NotificationRefused) as error:
        raise CommandError(str(error)) from error


def _send(*, warn: Callable[[str], object], using: str) -> Delivery | None:
    """Send what is due, or leave it to whoever commits the transaction that we are in."""
    if connections[using].in_atomic_block:
        send_after_commit(partial(outbox.deliver, using=using), warn=warn, using=using)
        return None
    return outbox.deliver(using=using)
