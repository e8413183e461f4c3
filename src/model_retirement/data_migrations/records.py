"""What there is to tell about data migrations."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from model_retirement.data_migrations import finding
from model_retirement.data_migrations.claims import DONE, Status
from model_retirement.data_migrations.models import CustomMigration, CustomMigrationRun
from model_retirement.data_migrations.run_once import UNIT_SEPARATOR
from model_retirement.data_migrations.suggestions import did_you_mean

RECORDS_PER_PAGE = 1_000


class UnknownName(Exception):
    """Nothing is known under that name."""

    def __init__(self, name: str, *, known: list[str], broken: Mapping[str, str] | None = None) -> None:
        commands = [command for command in known if UNIT_SEPARATOR not in command]
        hint = did_you_mean(name, known, otherwise=f"Known: {', '.join(commands) or 'none'}.")
        unsure = f" It may be one of those that cannot be imported: {finding.listed(broken)}." if broken else ""
        super().__init__(f"No data migration is called {name}. {hint}{unsure}")


@dataclass(frozen=True, kw_only=True)
class Record:
    """One line of a list."""

    name: str
    status: str
    applied_at: dt.datetime | None
    requested_by: str
    runs: int


@dataclass(frozen=True, kw_only=True)
class HeldLease:
    """Who is at work, since when, and until when unless it says again that it is."""

    holder: str
    since: dt.datetime | None
    until: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Run:
    """One attempt.

    :param counts: the numbers in what the work returned
    :param result: what else there was in it, as JSON; None for nothing
    """

    id: int
    status: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    triggered_by: str
    code_version: str
    counts: Mapping[str, int]
    result: Any
    error: str


@dataclass(frozen=True, kw_only=True)
class Details:
    """All about one data migration, newest attempt first.

    :param options: of the last request, for the command
    :param command_exists: whether a command does its work
    :param command_problem: why none does, and what to do; "" if one does
    """

    name: str
    status: str
    requested_by: str
    requested_at: dt.datetime
    applied_at: dt.datetime | None
    options: Mapping[str, Any]
    command_exists: bool
    command_problem: str
    lease: HeldLease | None
    attempts: tuple[Run, ...]


def pages(*, text: str, status: str | None, using: str, size: int = RECORDS_PER_PAGE) -> Iterator[list[Record]]:
    """Yield the records whose name contains ``text``, by name, so many at once; no page is empty.

    :param text: "" for all; a command's name matches its units, too
    :param status: None for every status
    :param size: most records in a page
    """
    rows = CustomMigration.objects.using(using).filter(name__contains=text).annotate(count=Count("runs"))
    if status is not None:
        rows = rows.filter(status=status)
    page = list(rows.order_by("name")[:size])
    while page:
        yield [
            Record(
                name=row.name,
                status=row.status,
                applied_at=row.applied_at,
                requested_by=row.requested_by,
                runs=row.count,
            )
            for row in page
        ]
        # By key, for a cursor of the server's breaks behind a pooler.
        page = list(rows.filter(name__gt=page[-1].name).order_by("name")[:size]) if len(page) == size else []


def select(*, text: str, status: str | None, using: str) -> list[Record]:
    """Return all of the same in one list, for who knows that they are few."""
    return list(itertools.chain.from_iterable(pages(text=text, status=status, using=using)))


def describe(*, name: str, using: str) -> Details:
    """Return all about one data migration.

    :raises UnknownName: if there is no record of that name
    """
    row = _rows(using).filter(name=name).first() or _rows(using).filter(name=finding.record_name(name)).first()
    if row is None:
        raise UnknownName(name, known=_recorded(using))
    problem = finding.missing(row.name)
    held = row.status == Status.RUNNING or row.is_held
    return Details(
        name=row.name,
        status=row.status,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        applied_at=row.applied_at,
        options=row.options,
        command_exists=problem is None,
        command_problem=_command_problem(problem, is_done=row.status in DONE),
        lease=HeldLease(holder=row.lease_holder, since=row.leased_at, until=row.lease_expires_at) if held else None,
        attempts=tuple(_run(run) for run in row.runs.all()),
    )


def _command_problem(problem: finding.CommandMissing | None, *, is_done: bool) -> str:
    if problem is None:
        return ""
    return f"{problem.reason}. " + ("None is needed: the work is done." if is_done else problem.next_step)


def known_name(*, name: str, using: str) -> str:
    """Return the name of the record that somebody means, if there is one, or a command that could have one.

    A unit is known by its record only: what units there are is for its command to say.

    :param name: of a record, of a command or of a unit
    :raises UnknownName: if there is neither
    """
    if _rows(using).filter(name=name).exists():
        return name
    record = finding.record_name(name)
    if _rows(using).filter(name=record).exists():
        return record
    problem = finding.missing(name)
    # One whose command is broken is known: to run it says what is wrong with it.
    if UNIT_SEPARATOR not in name and (problem is None or problem.cannot_be_imported):
        return record
    raise UnknownName(
        name, known=sorted({*_recorded(using), *finding.names()}), broken=problem.broken if problem else {}
    )


def _rows(using: str) -> QuerySet[CustomMigration]:
    return CustomMigration.objects.using(using)


def _recorded(using: str) -> list[str]:
    return list(_rows(using).order_by("name").values_list("name", flat=True))


def _run(run: CustomMigrationRun) -> Run:
    return Run(
        id=run.pk,
        status=run.status,
        started_at=run.started_at,
        finished_at=run.finished_at,
        triggered_by=run.triggered_by,
        code_version=run.code_version,
        counts=run.counts,
        result=run.result,
        error=run.error,
    )
