"""``llm_models facts`` in words and in JSON."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from model_retirement.authoring.facts_edit import FactsEdit
from model_retirement.catalogue import facts_file
from model_retirement.feeds.facts import FactsChange, FactsUpdate
from model_retirement.feeds.rows import Feed
from model_retirement.wording import english_count


def lines(made: FactsEdit, *, feeds: Sequence[Feed], days: Sequence[dt.date], verbose: bool) -> Iterator[str]:
    """Yield what was asked, what changes and what nobody knows.

    :param verbose: name each model of which nothing is known
    """
    update = made.update
    yield f"The two lists have {english_count('model', update.models)}."
    for feed, day, number in zip(feeds, days, update.covered, strict=True):
        rows = english_count("row", feed.total)
        yield f"  {feed.file.name} ({feed.format}, {rows}, prices taken as of {day}) knows {number} of them."
    if update.unknown:
        yield f"  Nothing is known of {len(update.unknown)}: {_unknown(update, verbose=verbose)}."
    for change in update.changes:
        yield f"{change.provider}/{change.name}: {_change(change)}"
    for contradiction in update.contradictions:
        yield (
            f"Contradiction: {contradiction.provider}/{contradiction.name}: {contradiction.fact} is"
            f" {_value(contradiction.taken)} in {contradiction.taken_from.name}, which"
            f" counts, and {_value(contradiction.other)} in {contradiction.other_from.name}."
        )
    if update.newer_here:
        names = ", ".join("/".join(key) for key in update.newer_here)
        yield f"Prices that are newer in {facts_file.FILE_NAME} than in the feeds stay: {names}."
    if made.change is None:
        yield f"Nothing changed: {facts_file.FILE_NAME} says all this already."
    elif not update.changes:
        yield f"No fact changes; {facts_file.FILE_NAME} is sorted, with one model a line."
    else:
        yield f"Facts of {english_count('model', len(update.changes))} change."


def document(
    made: FactsEdit, *, feeds: Sequence[Feed], days: Sequence[dt.date], written: Path | None
) -> dict[str, Any]:
    """Return the same for programs.

    :param written: the file that was written; None if none was
    """
    update = made.update
    return {
        "written": None if written is None else str(written),
        "models": update.models,
        "models_covered": update.covered_by_any,
        "sources": [
            {
                "file": str(feed.file),
                "format": feed.format,
                "rows": feed.total,
                "prices_as_of": day,
                "models_covered": number,
            }
            for feed, day, number in zip(feeds, days, update.covered, strict=True)
        ],
        "changes": [
            {
                "provider": change.provider,
                "name": change.name,
                "change": _what(change),
                "facts": {fact: [_json(old), _json(new)] for fact, old, new in change.differing()},
            }
            for change in update.changes
        ],
        "contradictions": [
            {
                "provider": contradiction.provider,
                "name": contradiction.name,
                "fact": contradiction.fact,
                "taken": _json(contradiction.taken),
                "taken_from": str(contradiction.taken_from),
                "other": _json(contradiction.other),
                "other_from": str(contradiction.other_from),
            }
            for contradiction in update.contradictions
        ],
        "newer_here": ["/".join(key) for key in update.newer_here],
        "unknown": ["/".join(key) for key in update.unknown],
        "findings": [{"id": finding.id, "level": finding.level, "message": str(finding)} for finding in made.findings],
    }


def _unknown(update: FactsUpdate, *, verbose: bool) -> str:
    if verbose:
        return ", ".join("/".join(key) for key in update.unknown)
    counts = Counter(provider for provider, _ in update.unknown)
    return ", ".join(f"{provider} {number}" for provider, number in counts.items())


def _what(change: FactsChange) -> str:
    if change.before is None:
        return "new"
    return "changed" if change.after is not None else "gone"


def _change(change: FactsChange) -> str:
    if change.after is None:
        return "gone, it is in neither list"
    if change.before is None:
        return ", ".join(["new", *(f"{fact} {_value(new)}" for fact, _, new in change.differing())])
    return ", ".join(f"{fact} {_value(old)} -> {_value(new)}" for fact, old, new in change.differing())


def _value(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, frozenset):
        return " + ".join(sorted(value)) or "none"
    return f"{value:,}" if isinstance(value, int) else f"{value:f}" if isinstance(value, Decimal) else str(value)


def _json(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return facts_file.number(value) if isinstance(value, Decimal) else value
