"""What commands have done on several databases as one JSON document, command by command.

The keys are those of one database. Lists become one list whose entries name their ``database``, numbers are sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model_retirement.management.presenters.shards import Documents, emails, listed, mail_server, summed

FAKED = "faked"


def removal(documents: Documents) -> dict[str, Any]:
    """Return what ``remove_deprecated_models`` has printed as one document."""
    every = list(documents.values())
    if any(FAKED in document for document in every):
        return _faked(every)
    resumes = {alias: document["resumes"] for alias, document in documents.items() if "resumes" in document}
    lists = ("models", "teams", "skipped", "custom_models_left_alone")
    sometimes = [name for name in ("failed", "remarks") if any(name in document for document in every)]
    return {
        "dry_run": any(document["dry_run"] for document in every),
        "run": None,
        "runs": {alias: document["run"] for alias, document in documents.items()},
        **({"resumes": resumes} if resumes else {}),
        **{name: listed(name, documents) for name in (*lists, *sometimes)},
        "totals": removal_totals([document["totals"] for document in every]),
        "emails": emails([document["emails"] for document in every]),
        "seconds": _longest([document["seconds"] for document in every]),
    }


def removal_totals(each: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the sums of all databases; of what is paid, null where none knows it."""
    return {
        **summed(("models", "references", "teams", "notices", "teams_without_recipients"), each),
        "money": _money([counts["money"] for counts in each if counts["money"]]),
    }


def notification(documents: Documents) -> dict[str, Any]:
    """Return what ``notify_deprecated_models`` has printed as one document."""
    every = list(documents.values())
    if any(FAKED in document for document in every):
        return _faked(every)
    return {
        "dry_run": any(document["dry_run"] for document in every),
        # Processes that run over midnight may have two; who was told of the later day's stages is in the later one's.
        "today": max((document["today"] for document in every), default=None),
        **{name: listed(name, documents) for name in ("models", "teams", "custom_models")},
        "totals": summed(
            ("models", "teams", "notices", "teams_without_recipients"), [document["totals"] for document in every]
        ),
        "emails": emails([document["emails"] for document in every]),
    }


def sending(documents: Documents) -> dict[str, Any]:
    """Return what ``send_team_notices`` has printed as one document."""
    every: list[Mapping[str, Any]] = list(documents.values())
    return {
        **summed(("sent", "failed", "queued", "gave_up"), every),
        "mail_server": mail_server(every),
        "teams_without_recipients": listed("teams_without_recipients", documents, entry_is="team"),
    }


def pruning(documents: Documents) -> dict[str, Any]:
    """Return what ``prune_history`` has printed as one document."""
    every = list(documents.values())
    kept = {alias: document["kept"] for alias, document in documents.items()}
    return {
        "dry_run": any(document["dry_run"] for document in every),
        **{
            name: next((document[name] for document in every), None)
            for name in ("emails_older_than_days", "journals_older_than_days")
        },
        "removals": listed("removals", documents, entry_is="run"),
        **summed(("journal_rows", "emails"), every),
        "kept": {
            **summed(("restorable_removals",), list(kept.values())),
            "unfinished_removals": listed("unfinished_removals", kept, entry_is="run"),
        },
    }


def _faked(documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {FAKED: sorted({name for document in documents for name in document[FAKED]})}


def _money(each: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if not each:
        return None
    return {
        **{name: _sum([money[name] for money in each if money[name] is not None]) for name in ("before", "after")},
        "models_without_price": sorted({name for money in each for name in money["models_without_price"]}),
    }


def _sum(numbers: Sequence[float]) -> float | None:
    return round(sum(numbers), 2) if numbers else None


def _longest(each: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the seconds of each phase on the database on which it took longest: they ran side by side."""
    return {phase: max(seconds[phase] for seconds in each) for phase in each[0]} if each else {}
