"""``remove_deprecated_models``: take the models of DELETED_MODELS out of the platform."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connections
from rich.console import Console

from model_retirement import conf
from model_retirement.batching import LARGEST_SIZE
from model_retirement.catalogue.view import CatalogueError, read
from model_retirement.data_migrations import arguments
from model_retirement.data_migrations.commands import (
    IdempotentCommand,
    MigrationContext,
    WorkIncomplete,
)
from model_retirement.management.host_command import REMOVING, TELLING, HostCommand
from model_retirement.management.presenters import removal as removal_words
from model_retirement.management.presenters import together
from model_retirement.management.presenters.shards import Documents
from model_retirement.management.progress import shown
from model_retirement.management.sending import send_after_commit, send_then_tell
from model_retirement.management.several import SeveralDatabases
from model_retirement.notices import outbox
from model_retirement.notices.outbox import Delivery
from model_retirement.phases import phase
from model_retirement.references import registry
from model_retirement.references.links import with_urls
from model_retirement.references.moving import Progress
from model_retirement.removal import interrupted, marking, plan, report
from model_retirement.removal.execute import execute
from model_retirement.removal.failures import FailedModel
from model_retirement.removal.report import RemovalReport
from model_retirement.removal_records import MIGRATION_NAME
from model_retirement.replicas import LagUnknown, Pace, ReplicaLag

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TimedRun:
    """A removal, planned or done, and how many seconds each of its phases took."""

    report: RemovalReport
    seconds: Mapping[str, float]

    @property
    def counts(self) -> Mapping[str, int]:
        """What is kept with the attempt."""
        return self.report.counts


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sending:
    """What became of the e-mails of a removal; ``delivery`` is None if they are not sent now."""

    delivery: Delivery | None
    seconds: float


class Command(HostCommand, SeveralDatabases, IdempotentCommand):
    """Words around the plan, the execution and the report of a removal."""

    help = (
        "Takes every model of DELETED_MODELS out of the platform: moves its references to the replacement or clears"
        " them, removes its row and tells the teams concerned. Each removal happens once per environment."
    )
    needs = (*REMOVING, *TELLING)
    migration_name = MIGRATION_NAME
    atomic = False
    repeatable = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")
        parser.add_argument(
            "--batch-size",
            type=arguments.positive_integer,
            default=LARGEST_SIZE,
            help="most rows in one transaction (%(default)s)",
        )
        parser.add_argument(
            "--only", action="append", default=[], metavar="PROVIDER/NAME", help="only this removal; repeatable"
        )
        parser.add_argument("--no-send", action="store_true", help="leave the e-mails in the queue")
        parser.add_argument(
            "--max-replica-lag",
            type=arguments.seconds_above_zero,
            metavar="SECONDS",
            help="pause between batches while a replica of PostgreSQL is further behind than that",
        )

    def handle_database(self, *, database: str, **options: Any) -> None:
        # An entry that was opened may have left the list since; it waits, and must not make every `migrate` fail.
        if options.get("pending_only") and (unlisted := plan.unlisted(read(), options["only"])):
            if options["verbosity"] > 0:
                self.stdout.write(
                    f"{', '.join(unlisted)}: not in DELETED_MODELS, so nothing is removed until it is listed again."
                )
        else:
            super().handle_database(database=database, **options)

    def merged(self, documents: Documents) -> dict[str, Any]:
        return together.removal(documents)

    def validate_options(self, context: MigrationContext) -> None:
        with _as_command_errors():
            _plan(context)
            if context.options["max_replica_lag"] and not _lag(context).replicas():
                self._warn(
                    f"Database {context.using} has no replica that is connected now, so --max-replica-lag waits for none.",
                    context,
                )

    def perform_migration(self, dry_run: bool = False, *, context: MigrationContext) -> TimedRun:
        seconds = {"plan": 0.0, "execute": 0.0}
        with _as_command_errors():
            with _timed(seconds, "plan"):
                planned = _plan(context)
                # Not sooner: until the claim is ours, what was begun may be under way.
                interrupted.refuse_to_abandon(planned, using=context.using)
            if dry_run:
                with _timed(seconds, "plan"):
                    done = report.preview(plan=planned, registry=registry, using=context.using)
                    resumes = interrupted.progress(registry=registry, using=context.using, plan=planned)
                return TimedRun(report=dataclasses.replace(done, resumes=resumes), seconds=seconds)
            with _timed(seconds, "execute"), self._progress(context) as progress:
                failed: list[FailedModel] = []
                run = execute(
                    plan=planned,
                    registry=registry,
                    lease=context,
                    using=context.using,
                    batch_size=context.options["batch_size"],
                    progress=progress,
                    failure=failed.append,
                    pace=self._pace(context),
                )
                done = report.result(run=run, plan=planned, registry=registry, using=context.using, failed=failed)
        outcome = TimedRun(report=done, seconds=seconds)
        if failed:
            raise WorkIncomplete(
                f"{', '.join(map(str, failed))}: not removed, because of rows that cannot be changed. All else is done."
                " Repair the rows that are named on stdout and run the command again.",
                result=outcome,
            )
        return outcome

    def fake(self, context: MigrationContext) -> None:
        with _as_command_errors():
            names = marking.fake(
                catalogue=read(),
                only=context.options["only"],
                triggered_by=context.triggered_by,
                using=context.using,
            )
        if context.options["format"] == "json":
            self.stdout.write(json.dumps({"faked": list(names)}))
        elif context.verbosity > 0:
            listed = ", ".join(names) or "nothing, all of them are recorded"
            self.stdout.write(f"Marked as removed without doing it: {listed}.")

    def so_far(self, context: MigrationContext) -> str:
        removal = interrupted.progress_of_last(registry=registry, using=context.using)
        return removal_words.how_far(removal, using=context.using) if removal else ""

    def present(self, result: TimedRun, *, dry_run: bool, context: MigrationContext) -> None:
        if dry_run:
            self._print(None, outcome=result, dry_run=True, context=context)
            return
        # Sent when the claim has ended: a slow mail server must not keep other processes waiting.
        send_then_tell(
            partial(
                _send,
                no_send=context.options["no_send"],
                warn=partial(self._warn, context=context),
                using=context.using,
            ),
            partial(self._print, outcome=result, dry_run=False, context=context),
            using=context.using,
        )

    def _pace(self, context: MigrationContext) -> Pace:
        most = context.options["max_replica_lag"]
        if most is None:
            return Pace()
        return Pace(lag=_lag(context), most=most, renew=context.renew, tell=lambda line: self._warn(line, context))

    def _progress(self, context: MigrationContext) -> contextlib.AbstractContextManager[Progress]:
        # On stderr: stdout is for the result, which may be JSON. A log as JSON has a line per batch already.
        quiet = context.verbosity < 1 or conf.logs_as_json()
        return shown(
            console=Console(stderr=True, quiet=quiet), write=(lambda _line: None) if quiet else self.stderr.write
        )

    def _print(self, sending: Sending | None, *, outcome: TimedRun, dry_run: bool, context: MigrationContext) -> None:
        done, verbosity = outcome.report, context.verbosity
        delivery, seconds = (sending.delivery, sending.seconds) if sending else (None, 0.0)
        resources = done.resources(registry=registry, using=context.using) if verbosity > 1 else None
        if context.options["format"] == "json":
            shown = with_urls(resources, registry=registry, using=context.using) if resources is not None else None
            document = removal_words.as_json(
                done,
                using=context.using,
                dry_run=dry_run,
                seconds={**outcome.seconds, "send": seconds},
                delivery=delivery,
                resources=shown,
            )
            self.stdout.write(json.dumps(document, indent=1, default=str))
            return
        if verbosity > 0:
            self.write_lines(removal_words.summary_lines(done, dry_run=dry_run, using=context.using))
        if resources is not None:
            self.write_lines(
                removal_words.team_lines(
                    done.teams, names=done.names, resources=resources, dry_run=dry_run, impact=done.impact
                )
            )
        if verbosity > 0:
            self.write_lines(removal_words.closing_lines(done, dry_run=dry_run, delivery=delivery, using=context.using))
        self.hand_over(**removal_words.sums_json(done, delivery=delivery))


def _plan(context: MigrationContext) -> plan.RemovalPlan:
    with phase(logger, "plan") as counts:
        planned = plan.plan_removal(
            catalogue=read(),
            registry=registry,
            using=context.using,
            only=context.options["only"],
            force=context.options["force"],
        )
        counts.update(models=len(planned.models), skipped=len(planned.skipped))
    return planned


def _lag(context: MigrationContext) -> ReplicaLag:
    return ReplicaLag(using=context.using)


@contextlib.contextmanager
def _timed(seconds: dict[str, float], phase: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds[phase] += time.monotonic() - began


def _send(*, no_send: bool, warn: Callable[[str], object], using: str) -> Sending:
    """Send what the run has queued, or leave it to whoever commits the transaction that we are in."""
    if connections[using].in_atomic_block:
        if not no_send:
            send_after_commit(partial(outbox.send_pending, using=using), warn=warn, using=using)
        return Sending(delivery=None, seconds=0.0)
    began = time.monotonic()
    delivery = outbox.send_pending(using=using, limit=0 if no_send else None).delivery
    return Sending(delivery=delivery, seconds=time.monotonic() - began)


@contextlib.contextmanager
def _as_command_errors() -> Iterator[None]:
    try:
        yield
    except (CatalogueError, LagUnknown, plan.RemovalRefused) as error:
        raise CommandError(str(error)) from error
