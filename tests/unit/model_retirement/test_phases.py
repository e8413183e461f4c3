"""Log lines of phases and batches, and the fields that they carry."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from model_retirement.phases import batch, log, phase

logger = logging.getLogger("model_retirement.phases.test")

STANDARD = {*vars(logging.makeLogRecord({})), "message"}


@pytest.fixture(autouse=True)
def informative(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a line carries beside its message; seconds are checked and left out."""
    carried = {name: value for name, value in vars(record).items() if name not in STANDARD}
    assert 0 <= carried.pop("seconds", 0) < 60
    return carried


def test_a_phase_tells_its_start_its_end_and_what_it_counted(caplog: pytest.LogCaptureFixture):
    with phase(logger, "execute", run=7) as counts:
        counts["references"] = 12
    assert [(line.message, fields(line)) for line in caplog.records] == [
        ("execute started", {"phase": "execute", "run": 7}),
        ("execute ended", {"phase": "execute", "run": 7, "references": 12}),
    ]
    assert "seconds" in vars(caplog.records[1])


def test_lines_within_carry_the_fields_of_the_phases_around_them(caplog: pytest.LogCaptureFixture):
    with phase(logger, "execute", run=7), phase(logger, "remove model", model="openai/gpt-4"):
        log(logger, "a line", rows=3)
    log(logger, "outside", rows=4)
    inner = {"phase": "remove model", "run": 7, "model": "openai/gpt-4"}
    assert [(line.message, fields(line)) for line in caplog.records] == [
        ("execute started", {"phase": "execute", "run": 7}),
        ("remove model started", inner),
        ("a line", inner | {"rows": 3}),
        ("remove model ended", inner),
        ("execute ended", {"phase": "execute", "run": 7}),
        ("outside", {"rows": 4}),
    ]


def test_a_failure_is_told_by_its_type_alone(caplog: pytest.LogCaptureFixture):
    """Rule 8: its words may name an address."""
    with pytest.raises(ValueError, match="ann@"), phase(logger, "send") as counts:
        counts["sent"] = 1
        raise ValueError("ann@example.org was refused")
    log(logger, "outside")
    assert [(line.message, fields(line)) for line in caplog.records] == [
        ("send started", {"phase": "send"}),
        ("send failed", {"phase": "send", "error": "ValueError", "sent": 1}),
        ("outside", {}),
    ]


def test_a_batch_is_one_line_when_it_is_done(caplog: pytest.LogCaptureFixture):
    with phase(logger, "execute", run=7), batch(logger, "batch moved", reference="a.B.c") as counts:
        counts["rows"] = 500
    assert fields(caplog.records[1]) == {"phase": "execute", "run": 7, "reference": "a.B.c", "rows": 500}
    assert "seconds" in vars(caplog.records[1])


def test_a_batch_that_fails_is_no_line(caplog: pytest.LogCaptureFixture):
    with pytest.raises(KeyError), batch(logger, "batch moved"):
        raise KeyError
    assert caplog.records == []


def test_a_line_has_a_level(caplog: pytest.LogCaptureFixture):
    log(logger, "message given up", level=logging.WARNING, attempt=9)
    assert (caplog.records[0].levelname, fields(caplog.records[0])) == ("WARNING", {"attempt": 9})
