"""What a reference becomes is asked in one place (docs/adr/0030)."""

from __future__ import annotations

from tests.processes import ENGINE

ASKS_THE_CATALOGUE = {
    "replacements.py": "the one place",
    "catalogue/view.py": "where the answer is worked out, and what such a move means",
    "feeds/proposals.py": "compares the catalogue itself with what feeds publish",
    "feeds/reconcile.py": "compares the catalogue itself with what feeds publish",
}


def test_what_a_reference_becomes_is_asked_in_one_place():
    asking = {
        module.relative_to(ENGINE).as_posix()
        for module in ENGINE.rglob("*.py")
        if "resolve_replacement(" in module.read_text()
    }
    assert asking == set(ASKS_THE_CATALOGUE), "Ask model_retirement.replacements, with the team."
