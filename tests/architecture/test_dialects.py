"""Which database it is, is asked in one place: everything else asks for what it needs by name."""

from __future__ import annotations

import re

import pytest

from tests.processes import ENGINE

DIALECTS = ENGINE / "dialects"
ASKS = re.compile(r"\.vendor\b|\bis_postgresql\b|\bdisplay_name\b")

ALLOWED = {
    "contrib/migrate/lock.py": "a lock in the file system for a database that is a file, and none for one in memory",
}
"""Modules that have to know, by their path in the engine, and why."""


def asking() -> set[str]:
    """Return the modules outside the package of dialects that ask which database it is."""
    paths = [path for path in ENGINE.rglob("*.py") if DIALECTS not in path.parents]
    return {str(path.relative_to(ENGINE)) for path in paths if ASKS.search(path.read_text())}


def test_only_dialects_ask_which_database_it_is():
    assert asking() == ALLOWED.keys(), (
        "Give Dialect a method or an attribute that is named after what differs, and implement it for both databases."
    )


@pytest.mark.parametrize(
    ("code", "asks"),
    [
        ('connection.vendor == "sqlite"', True),
        ("if sql.is_postgresql(using):", True),
        ("sql.dialect(using).lock_clause()", False),
        ("vendors = 1", False),
    ],
)
def test_asking_is_seen(code, asks):
    assert bool(ASKS.search(code)) == asks
