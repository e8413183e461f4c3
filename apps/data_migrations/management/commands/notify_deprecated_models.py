"""``notify_deprecated_models``: tell teams in time of the deprecated models that they use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connections, transaction

from apps.data_migrations.management import deprecation_words, removal_words
from apps.data_migrations.management.commands.base import IdempotentCommand, send_then_tell
from apps.service_providers.llm_service.catalogue import CatalogueError, load
from apps.service_providers.llm_service.lifecycle import utc_today
from apps.service_providers.notices import deprecations, outbox
from apps.service_providers.notices.deprecations import NotificationReport
from apps.service_providers.notices.outbox import Delivery
from apps.service_providers.notices.stages import DeprecatedModel, NotificationRefused, deprecated_models
from apps.service_providers.references import registry


class Command(IdempotentCommand):
    """Words around the notices of deprecation."""

    help = (
        "Tells each team that uses a deprecated model what replaces it, when it retires, and where it is used: when it"
        " is deprecated, some days before the date (NOTIFY_DAYS_BEFORE) and on it. Each of these once, in one e-mail"
        " however many models. For a timer, once a day."
    )
    migration_name = "notify_deprecated_models"
    repeatable = True

    report: NotificationReport | None = None

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")

    def handle(self, **options: object) -> None:
        super().handle(**options)
        # Sent when the claim has ended: a slow mail server must not keep other processes waiting.
        if self.report is not None:
            send_then_tell(self._send, partial(self._print, self.report), using=self.database)

    def refuse_bad_input(self) -> None:
        self._models()

    def perform_migration(self, dry_run: bool = False) -> None:
        work = deprecations.preview if dry_run or self.attempt is None else deprecations.notify
        self.report = work(models=self._models(), registry=registry, today=self.today, using=self.database)
        if self.attempt is not None:
            self.attempt.counts.update(
                models=sum(one.teams > 0 for one in self.report.models),
                teams=len(self.report.told),
                notices=self.report.notices,
            )

    def _models(self) -> tuple[DeprecatedModel, ...]:
        self.today = utc_today()
        try:
            return deprecated_models(
                catalogue=load(), days_before=settings.NOTIFY_DAYS_BEFORE, today=self.today, using=self.database
            )
        except (CatalogueError, NotificationRefused) as error:
            raise CommandError(str(error)) from error

    def _send(self) -> Delivery | None:
        """Send what is due, or leave it to whoever commits the transaction that we are in."""
        if self.options["dry_run"]:
            return None
        if connections[self.database].in_atomic_block:
            transaction.on_commit(lambda: outbox.deliver(using=self.database), using=self.database)
            return None
        return outbox.deliver(using=self.database)

    def _print(self, done: NotificationReport, delivery: Delivery | None) -> None:
        dry_run = bool(self.options["dry_run"])
        verbosity = int(self.options["verbosity"])
        resources = done.resources(registry=registry, using=self.database) if verbosity > 1 else None
        if self.options["format"] == "json":
            document = deprecation_words.as_json(done, dry_run=dry_run, resources=resources)
            self.stdout.write(json.dumps(document, indent=1))
            return
        if verbosity > 0:
            self._write(deprecation_words.summary_lines(done, dry_run=dry_run))
        if resources is not None:
            self._write(removal_words.team_lines(done.teams, names=done.names, resources=resources, dry_run=dry_run))
        if verbosity > 0:
            self._write(deprecation_words.closing_lines(dry_run=dry_run, delivery=delivery))

    def _write(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.stdout.write(removal_words.printable(line))
