"""What becomes of a log line: text for people, one JSON object a line for a collector."""

from __future__ import annotations

import json
import logging
import logging.config
import subprocess
import sys

import pytest

from config.logs import TextFormatter
from tests.processes import PRODUCTION, ROOT

WRITE_LINES = """
import logging, os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
ours, django, server, other = (logging.getLogger(name) for name in ("model_retirement.x", "django.request", "django.server", "other"))
ours.info("batch moved", extra={"reference": "a.B.c", "rows": 3, "run": 7})
ours.warning("message %s", "given up", extra={"attempt": 9})
django.warning("Not Found: /x", extra={"status_code": 404, "request": "<WSGIRequest: GET '/x?q=ann@example.org'>"})
server.info('"GET /x HTTP/1.1" 404 5')
other.info("of no interest")
try:
    raise ValueError("two\\nlines")
except ValueError:
    other.exception("broken")
"""


def lines(**environment: str) -> list[str]:
    """Return what a process that logs has on standard error; nothing is on standard output."""
    done = subprocess.run(
        [sys.executable, "-c", WRITE_LINES],
        cwd=ROOT,
        env=PRODUCTION | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_a_collector_gets_one_object_a_line():
    entries = [json.loads(line) for line in lines(LOG_FORMAT="json")]
    assert [line["message"] for line in entries] == [
        "batch moved",
        "message given up",
        "Not Found: /x",
        '"GET /x HTTP/1.1" 404 5',
        "broken",
    ]
    for line in entries:
        assert line.pop("time").endswith("+00:00")
        assert line.pop("process") > 0
    assert entries[0] == {
        "level": "INFO", "logger": "model_retirement.x", "message": "batch moved", "reference": "a.B.c", "rows": 3, "run": 7
    }  # fmt: skip
    assert entries[2] == {
        "level": "WARNING",
        "logger": "django.request",
        "message": "Not Found: /x",
        "status_code": 404,
    }
    assert "ValueError: two\nlines" in entries[4]["exc_info"]


def test_people_get_only_what_went_wrong_with_its_fields():
    printed = lines()
    assert printed[0] == "WARNING message given up (attempt 9)"
    assert not any("batch moved" in line for line in printed)


@pytest.mark.parametrize(
    ("extra", "text"),
    [({}, "INFO done"), ({"run": 7, "model": "openai/gpt-4"}, "INFO done (run 7, model openai/gpt-4)")],
)
def test_text_shows_the_fields_of_a_line(extra, text):
    record = logging.makeLogRecord(
        {"msg": "%s", "args": ("done",), "levelname": "INFO", "name": "model_retirement.x"} | extra
    )
    assert TextFormatter("%(levelname)s %(message)s").format(record) == text


def test_a_line_is_one_line_of_what_a_terminal_only_shows():
    """Rule 26: a library may log what a tenant wrote, and a traceback quotes it."""
    formatter = TextFormatter("%(levelname)s %(message)s")
    record = logging.makeLogRecord({"msg": "a\x1b[31m\nERROR forged", "levelname": "INFO", "what": "b\u202ec\x9b"})
    assert formatter.format(record) == "INFO a [31m ERROR forged (what bc )"
    error = ValueError("\x1b]0;title")
    record = logging.makeLogRecord(
        {"msg": "broken", "levelname": "ERROR", "exc_info": (ValueError, error, error.__traceback__)}
    )
    printed = formatter.format(record).split("\n")
    assert (printed[0], printed[-1]) == ("ERROR broken", "ValueError:  ]0;title")
    assert all(line.isprintable() for line in printed)
