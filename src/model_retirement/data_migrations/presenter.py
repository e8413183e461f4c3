"""The words of one data migration's record, and of records that were imported, for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from model_retirement.data_migrations import results
from model_retirement.data_migrations.options import in_words
from model_retirement.data_migrations.past_records import IMPORTED_FROM, Imported, ImportReport
from model_retirement.data_migrations.records import Details, Run


def lines(details: Details) -> Iterator[str]:
    """Yield state, asker, holder and attempts, a line each."""
    yield details.name
    yield f"  status: {details.status}"
    if details.requested_by.startswith(IMPORTED_FROM):
        yield f"  imported: {moment(details.requested_at)} from {details.requested_by.removeprefix(IMPORTED_FROM)}"
    else:
        yield f"  requested: {moment(details.requested_at)} by {details.requested_by or 'unknown'}"
    if details.options:
        yield f"  options: {in_words(details.options)}"
    yield f"  last applied: {moment(details.applied_at)}"
    if details.lease:
        yield (
            f"  held by: {details.lease.holder}, since {moment(details.lease.since)}, "
            f"until {moment(details.lease.until)} unless renewed"
        )
    if details.command_problem:
        yield f"  command: {details.command_problem}"
    yield f"  attempts: {len(details.attempts) or 'none'}"
    for run in details.attempts:
        yield from _attempt(run)


def import_lines(report: ImportReport, *, dry_run: bool, names: bool) -> Iterator[str]:
    """Yield what became of a host's records, or would, a line each.

    :param names: name each record that is imported
    """
    done = "Would be imported" if dry_run else "Imported"
    number = len(report.imported)
    what = f"{number:,} record{'' if number == 1 else 's'}" if number else "nothing"
    already = f"; {len(report.kept):,} here already" if report.kept else ""
    yield f"{done} from {report.label}: {what}{already}."
    for record in report.imported if names else ():
        yield f"  {_imported(record)}"
    for line in report.left_out:
        yield f"Left out: {line}"
    for name in report.waiting:
        yield (
            f"{name} is recorded in {report.label} and waits here all the same; if nothing is left to do, run"
            f" `custom_migrations mark {name}`."
        )


def _imported(record: Imported) -> str:
    there = "" if record.there == record.name else f" ({record.there} there)"
    return f"{record.name}{there}, applied {moment(record.applied_at)}"


def moment(when: dt.datetime | None) -> str:
    """Return a time for people, in UTC, or "never"."""
    return f"{when:%Y-%m-%d %H:%M:%S}" if when else "never"


def _attempt(run: Run) -> Iterator[str]:
    ended = f" to {moment(run.finished_at)}" if run.finished_at else ""
    code = f", code {run.code_version}" if run.code_version else ""
    yield f"    {moment(run.started_at)}{ended}: {run.status}, by {run.triggered_by}{code}"
    if did := results.kept_in_words(run.counts, run.result):
        yield f"      {did}"
    if run.error:
        yield f"      {run.error.partition(chr(10))[0]}"
