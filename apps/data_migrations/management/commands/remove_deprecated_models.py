"""``remove_deprecated_models``: take the models of DELETED_MODELS out of the platform."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import time
from collections.abc import Iterator
from functools import partial

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connections, transaction
from rich.console import Console

from apps.data_migrations.management import removal_words
from apps.data_migrations.management.commands.base import IdempotentCommand, send_then_tell
from apps.data_migrations.management.progress import shown
from apps.data_migrations.phases import phase
from apps.service_providers.llm_service.catalogue import CatalogueError, load
from apps.service_providers.notices import outbox
from apps.service_providers.notices.outbox import Delivery
from apps.service_providers.references import registry
from apps.service_providers.references.batching import LARGEST_SIZE
from apps.service_providers.references.moving import Progress, ReferencesRemain
from apps.service_providers.removal import cut_off, marking, plan, report
from apps.service_providers.removal.execute import execute
from apps.service_providers.removal.report import RemovalReport
from apps.service_providers.removal_records import MIGRATION_NAME

logger = logging.getLogger(__name__)


class Command(IdempotentCommand):
    """Words around the plan, the execution and the report of a removal."""

    help = (
        "Takes every model of DELETED_MODELS out of the platform: moves its references to the replacement or clears"
        " them, removes its row and tells the teams concerned. Each removal happens once per environment."
    )
    migration_name = MIGRATION_NAME
    atomic = False
    repeatable = True

    report: RemovalReport | None = None
    seconds: dict[str, float]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")
        parser.add_argument(
            "--batch-size", type=_batch_size, default=LARGEST_SIZE, help="most rows in one transaction (%(default)s)"
        )
        parser.add_argument(
            "--only", action="append", default=[], metavar="PROVIDER/NAME", help="only this removal; repeatable"
        )
        parser.add_argument("--no-send", action="store_true", help="leave the e-mails in the queue")

    def handle(self, **options: object) -> None:
        self.seconds = {"plan": 0.0, "execute": 0.0, "send": 0.0}
        super().handle(**options)
        # Sent when the claim has ended: a slow mail server must not keep other processes waiting.
        if self.report is not None:
            send_then_tell(self._send, partial(self._print, self.report), using=self.database)

    def refuse_bad_input(self) -> None:
        with _refusals():
            self._plan()

    def perform_migration(self, dry_run: bool = False) -> None:
        with _refusals():
            planned = self._plan()
            # Not sooner: until the claim is ours, what was begun may be under way.
            cut_off.refuse_to_break_off(planned, using=self.database)
            if dry_run or self.attempt is None:
                with self._timed("plan"):
                    self.report = report.preview(plan=planned, registry=registry, using=self.database)
                return
            with self._timed("execute"), self._progress() as progress:
                run = execute(
                    plan=planned,
                    registry=registry,
                    lease=self.attempt,
                    using=self.database,
                    batch_size=self.options["batch_size"],
                    progress=progress,
                )
                self.report = report.result(run=run, plan=planned, registry=registry, using=self.database)
        self.attempt.counts.update(
            models=len(self.report.models),
            references=self.report.references,
            teams=len(self.report.teams),
            notices=self.report.notices,
        )

    def fake(self) -> None:
        with _refusals():
            names = marking.fake(
                catalogue=load(), only=self.options["only"], triggered_by=self.triggered_by, using=self.database
            )
        if self.options["format"] == "json":
            self.stdout.write(json.dumps({"faked": list(names)}))
        else:
            self._say(f"Marked as removed without doing it: {', '.join(names) or 'nothing, all of them are recorded'}.")

    def _plan(self) -> plan.RemovalPlan:
        with self._timed("plan"), phase(logger, "plan") as counts:
            planned = plan.plan_removal(
                catalogue=load(),
                registry=registry,
                using=self.database,
                only=self.options["only"],
                force=self.options["force"],
            )
            counts.update(models=len(planned.models), skipped=len(planned.skipped))
        return planned

    def _progress(self) -> contextlib.AbstractContextManager[Progress]:
        # On stderr: stdout is for the result, which may be JSON. A log as JSON has a line per batch already.
        quiet = int(self.options["verbosity"]) < 1 or settings.LOG_FORMAT == "json"
        return shown(
            console=Console(stderr=True, quiet=quiet), write=(lambda _line: None) if quiet else self.stderr.write
        )

    @contextlib.contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[phase] += time.monotonic() - began

    def _send(self) -> Delivery | None:
        """Send what the run has queued, or leave it to whoever commits the transaction that we are in."""
        if self.options["dry_run"]:
            return None
        if connections[self.database].in_atomic_block:
            if not self.options["no_send"]:
                transaction.on_commit(lambda: outbox.drain(using=self.database), using=self.database)
            return None
        with self._timed("send"):
            return outbox.drain(using=self.database, limit=0 if self.options["no_send"] else None).delivery

    def _print(self, done: RemovalReport, delivery: Delivery | None) -> None:
        dry_run = bool(self.options["dry_run"])
        verbosity = int(self.options["verbosity"])
        resources = done.resources(registry=registry, using=self.database) if verbosity > 1 else None
        if self.options["format"] == "json":
            document = removal_words.as_json(
                done, dry_run=dry_run, seconds=self.seconds, delivery=delivery, resources=resources
            )
            self.stdout.write(json.dumps(document, indent=1))
            return
        if verbosity > 0:
            self._write(removal_words.summary_lines(done, dry_run=dry_run))
        if resources is not None:
            self._write(removal_words.team_lines(done.teams, names=done.names, resources=resources, dry_run=dry_run))
        if verbosity > 0:
            self._write(removal_words.closing_lines(done, dry_run=dry_run, delivery=delivery))

    def _write(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.stdout.write(removal_words.printable(line))


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (CatalogueError, ReferencesRemain, plan.RemovalRefused) as error:
        raise CommandError(str(error)) from error


def _batch_size(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows, 1 or more")
    return int(text)
