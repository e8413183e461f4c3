"""The words of a record."""

from __future__ import annotations

import dataclasses
import datetime as dt

from model_retirement.data_migrations import presenter as record_words
from model_retirement.data_migrations.records import Details, HeldLease, Run

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
LATER = NOON + dt.timedelta(seconds=30)

RUN = Run(
    id=1,
    status="succeeded",
    started_at=NOON,
    finished_at=LATER,
    triggered_by="migrate",
    code_version="abc1234",
    counts={"models": 3, "references": 12},
    result=None,
    error="",
)
DETAILS = Details(
    name="sample:one",
    status="applied",
    requested_by="shop.0002",
    requested_at=NOON,
    applied_at=LATER,
    options={},
    command_exists=True,
    command_problem="",
    lease=None,
    attempts=(RUN,),
)


def test_all_about_one():
    assert list(record_words.lines(DETAILS)) == [
        "sample:one",
        "  status: applied",
        "  requested: 2026-03-01 12:00:00 by shop.0002",
        "  last applied: 2026-03-01 12:00:30",
        "  attempts: 1",
        "    2026-03-01 12:00:00 to 2026-03-01 12:00:30: succeeded, by migrate, code abc1234",
        "      3 models, 12 references",
    ]


def test_all_about_one_that_is_at_work_and_has_lost_its_command():
    interrupted = dataclasses.replace(
        RUN, status="lost", finished_at=None, code_version="", counts={}, error="ValueError: no luck\nand more"
    )
    details = dataclasses.replace(
        DETAILS,
        requested_by="",
        applied_at=None,
        command_exists=False,
        command_problem="there is no command sample that is a data migration. Bring its file back.",
        lease=HeldLease(holder="migrate on pod-7, process 42", since=NOON, until=LATER),
        attempts=(interrupted,),
    )
    assert list(record_words.lines(details))[2:] == [
        "  requested: 2026-03-01 12:00:00 by unknown",
        "  last applied: never",
        "  held by: migrate on pod-7, process 42, since 2026-03-01 12:00:00, until 2026-03-01 12:00:30 unless renewed",
        "  command: there is no command sample that is a data migration. Bring its file back.",
        "  attempts: 1",
        "    2026-03-01 12:00:00: lost, by migrate",
        "      ValueError: no luck",
    ]


def test_what_is_no_number_is_told_beside_the_numbers():
    run = dataclasses.replace(RUN, result={"first": "2026-03-01", "names": ["a", "b"]})
    details = dataclasses.replace(DETAILS, options={"limit": 5, "tag": ["a"]}, attempts=(run,))
    lines = list(record_words.lines(details))
    assert lines[3] == '  options: limit=5, tag=["a"]'
    assert lines[-1] == "      3 models, 12 references, first: 2026-03-01, names: a, b"


def test_one_that_nobody_has_tried():
    assert list(record_words.lines(dataclasses.replace(DETAILS, attempts=())))[-1] == "  attempts: none"
