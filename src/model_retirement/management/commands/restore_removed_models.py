"""``restore_removed_models``: undo a removal."""

from __future__ import annotations

import json
from functools import partial

from django.core.management.base import CommandError, CommandParser

from model_retirement.data_migrations import arguments, run_once
from model_retirement.data_migrations.commands import stopped_by
from model_retirement.data_migrations.project_command import ProjectCommand, typed
from model_retirement.management.host_command import TELLING, HostCommand
from model_retirement.management.presenters import restore as restore_words
from model_retirement.management.sending import send_then_tell
from model_retirement.notices import outbox
from model_retirement.notices.outbox import SendReport
from model_retirement.references import registry
from model_retirement.removal import interrupted, restore
from model_retirement.removal.restore_report import RestoreReport
from model_retirement.wording import english_count


class Command(HostCommand, ProjectCommand):
    """Words around the restore of a removal."""

    help = (
        "Undoes a removal: its models come back, deprecated, and what still holds what it wrote points at them again."
    )
    needs = TELLING

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "run", type=arguments.removal_number, metavar="RUN", help="number of the removal, as its output said"
        )
        parser.add_argument("--dry-run", action="store_true", help="show what would be done; writes nothing")
        parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")
        arguments.add_database(parser)

    def handle(self, *, run: int, database: str, **options: object) -> None:
        dry_run = bool(options["dry_run"])
        try:
            done = self._preview(run, using=database) if dry_run else self._restore(run, using=database)
        except (restore.RestoreRefused, run_once.HeldByAnother, run_once.LeaseLost) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            back = interrupted.put_back_so_far(run_id=run, registry=registry, using=database)
            raise CommandError(
                f"{stopped_by(error)} The restore of removal {run} has put back {english_count('reference', back)} so far."
                " The same command does the rest."
            ) from error
        tell = partial(self._print, done, dry_run=dry_run, as_json=options["format"] == "json", using=database)
        if dry_run:
            tell(None)
        else:
            send_then_tell(partial(outbox.send_pending, using=database), tell, using=database)
            if missing := restore_words.incomplete(done):
                raise CommandError(missing)

    def _print(self, done: RestoreReport, sent: SendReport | None, *, dry_run: bool, as_json: bool, using: str) -> None:
        if as_json:
            self.stdout.write(json.dumps(restore_words.as_json(done, dry_run=dry_run), indent=1, default=str))
            return
        delivery = None if sent is None else sent.delivery
        self.write_lines(restore_words.as_lines(done, dry_run=dry_run, delivery=delivery, using=using))

    def _preview(self, run: int, *, using: str) -> RestoreReport:
        return restore.preview(run_id=run, registry=registry, using=using)

    def _restore(self, run: int, *, using: str) -> RestoreReport:
        return restore.claim_and_restore(
            run_id=run,
            registry=registry,
            triggered_by=typed.get() or f"restore_removed_models {run}",
            tell=self.stderr.write,
            using=using,
        )
