"""The words of one data migration's record, for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from model_retirement.data_migrations import results
from model_retirement.data_migrations.options import in_words
from model_retirement.data_migrations.records import Details, Run


def lines(details: Details) -> Iterator[str]:
    """Yield state, asker, holder and attempts, a line each."""
    yield details.name
    yield f"  status: {details.status}"
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
