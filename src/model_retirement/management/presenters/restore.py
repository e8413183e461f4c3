"""The words of a restore: its report as text for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model_retirement.management.presenters.delivery import delivery_lines
from model_retirement.notices.outbox import Delivery
from model_retirement.obstacles import by_words, in_words
from model_retirement.removal.restore_report import RestoreReport
from model_retirement.wording import english_count, first_of


def as_json(report: RestoreReport, *, dry_run: bool) -> dict[str, Any]:
    """Return the report as one JSON document."""
    return {
        "dry_run": dry_run,
        "run": report.run,
        "models": [
            {
                "provider": model.provider,
                "name": model.name,
                "restored": model.restored,
                "left_alone": model.left_alone,
                "obstacles": model.obstacles,
                "obstacle": model.obstacle or None,
            }
            for model in report.models
        ],
        "totals": {"models": report.back, "restored": report.restored, "left_alone": report.left_alone},
    }


def as_lines(report: RestoreReport, *, dry_run: bool, delivery: Delivery | None, using: str) -> Iterator[str]:
    """Yield the report for people.

    :param using: alias of the database
    """
    were = "would be" if dry_run else "were"
    was = "was" if report.back == 1 and not dry_run else were
    yield (
        f"Removal {report.run}: {english_count('model', report.back)} {was} restored as deprecated,"
        f" {english_count('reference', report.restored)} {were} put back, {report.left_alone:,} left alone."
    )
    for model in report.models:
        yield f"  {model}{f' {_stays_away(dry_run=dry_run)}: {in_words(model.obstacle)}' if model.obstacle else ''}"
        for label, number in sorted(model.restored.items()):
            yield f"    {number:>8,}  {label}"
        for label, left_alone in sorted(model.obstacles.items()):
            for words, ids in by_words(left_alone).items():
                yield f"    {len(ids):>8,}  {label} left alone, {words}: {first_of(ids)}"
    if report.later_removals:
        yield ""
        yield _about_later(report, dry_run=dry_run)
    if dry_run:
        yield ""
        yield "Nothing was changed: this was a dry run."
    if delivery is not None:
        yield from delivery_lines(delivery, using=using)


def incomplete(report: RestoreReport) -> str:
    """Return what is to be said at the end of a restore that could not do all that nobody has stood in the way of; or nothing."""
    said: list[str] = []
    if report.not_back:
        models = ", ".join(f"{model} ({in_words(model.obstacle)})" for model in report.not_back)
        said.append(f"Not back: {models}. Clear that away and run the same command again, which brings back the rest.")
    if report.refused:
        said.append(
            f"The database has refused to take back {english_count('row', report.refused)}: stdout names them, and the"
            " journal keeps what they held."
        )
    return " ".join([*said, "All else is restored."]) if said else ""


def _stays_away(*, dry_run: bool) -> str:
    return "would not come back" if dry_run else "has not come back"


def _about_later(report: RestoreReport, *, dry_run: bool) -> str:
    """Return what can be done about references that later removals have moved on."""
    numbers = [str(number) for number in report.later_removals]
    named = f"removal {numbers[0]}" if len(numbers) == 1 else f"removals {', '.join(numbers)}"
    if dry_run:
        return f"What {named} moved on comes back if {named} {'is' if len(numbers) == 1 else 'are'} undone before this one."
    return f"What {named} moved on stays where it is now; each team is told what of its own that is."
