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
    error="",
)
DETAILS = Details(
    name="sample:one",
    status="applied",
    requested_by="shop.0002",
    requested_at=NOON,
    applied_at=LATER,
    command_exists=True,
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
        lease=HeldLease(holder="migrate on pod-7, process 42", since=NOON, until=LATER),
        attempts=(interrupted,),
    )
    assert list(record_words.lines(details))[2:] == [
        "  requested: 2026-03-01 12:00:00 by unknown",
        "  last applied: never",
        "  held by: migrate on pod-7, process 42, since 2026-03-01 12:00:00, until 2026-03-01 12:00:30 unless renewed",
        "  command: sample is gone. If work is left, bring its file back; if not, `custom_migrations mark sample:one` "
        "settles it.",
        "  attempts: 1",
        "    2026-03-01 12:00:00: lost, by migrate",
        "      ValueError: no luck",
    ]


def test_one_that_nobody_has_tried():
    assert list(record_words.lines(dataclasses.replace(DETAILS, attempts=())))[-1] == "  attempts: none"
