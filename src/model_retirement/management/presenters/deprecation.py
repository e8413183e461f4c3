"""The words of announcing deprecations: the report as text for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from model_retirement.management.presenters import delivery as delivery_words
from model_retirement.management.presenters.removal import (
    unreachable_lines,
    unused_lines,
)
from model_retirement.management.presenters.team_json import team_documents
from model_retirement.notices.deprecations import NoticeReport, NotificationReport
from model_retirement.notices.outbox import Delivery
from model_retirement.notices.stages import ANNOUNCED, CALLED_OFF
from model_retirement.references.usage import AffectedResource
from model_retirement.wording import english_count


def as_json(
    report: NotificationReport,
    *,
    dry_run: bool,
    delivery: Delivery | None,
    resources: Iterable[tuple[AffectedResource, str]] | None,
) -> dict[str, Any]:
    """Return the report as one JSON document.

    :param delivery: what became of the e-mails, or None if nothing was to be sent now
    :param resources: every resource concerned by team, with the address of its page, or None to leave them out
    """
    return {
        "dry_run": dry_run,
        "today": report.today.isoformat(),
        "models": [_model_document(model) for model in report.models],
        "teams": team_documents(report.teams, names=report.names, resources=resources),
        "custom_models": [{"model": name, "team": slug} for name, slug in report.own_names],
        **sums_json(report, delivery=delivery),
    }


def sums_json(report: NotificationReport, *, delivery: Delivery | None) -> dict[str, Any]:
    """Return what can be added to that of other databases.

    :param delivery: what became of the e-mails, or None if nothing was to be sent now
    """
    return {
        "totals": {
            "models": sum(model.teams > 0 for model in report.models),
            "teams": len(report.told_teams),
            "notices": report.notices,
            "teams_without_recipients": len(report.unreachable),
        },
        "emails": delivery_words.as_json(delivery),
    }


def _model_document(report: NoticeReport) -> dict[str, Any]:
    model, life = report.model, report.model.life
    return {
        "provider": model.provider,
        "name": model.name,
        "state": life.state.value,
        "replacement": model.replacement or None,
        "retires_on": life.retires_on and life.retires_on.isoformat(),
        "retires_on_is_earliest": life.retires_on_is_earliest,
        "days_to_retirement": life.days_to_retirement,
        "stage": model.stage,
        "teams": report.teams,
        "teams_told_before": report.told_before,
        "teams_without_recipients": report.unreachable,
        "warnings": list(model.warnings),
    }


def summary_lines(report: NotificationReport, *, dry_run: bool) -> Iterator[str]:
    """Yield who is told of what, and what people should know."""
    if report.told_teams:
        were = "would be" if dry_run else "was" if len(report.told_teams) == 1 else "were"
        models = english_count("model", sum(model.teams > 0 for model in report.models))
        yield f"{english_count('team', len(report.told_teams))} {were} told of {models}."
    else:
        yield "There is nobody to tell."
    news = [model for model in report.models if model.teams or model.unreachable]
    if news:
        yield ""
    for model in news:
        yield from _model_lines(model, dry_run=dry_run)
    others = [model for model in report.models if model not in news]
    if known := sum(model.told_before > 0 for model in others):
        yield f"  {english_count('model', known)} in use whose teams have been told before."
    yield from unused_lines([str(model) for model in others if not model.told_before])
    yield from _own_lines(report)
    yield from unreachable_lines(report.teams)


def _own_lines(report: NotificationReport) -> Iterator[str]:
    if report.own:
        yield ""
        yield "Custom models with the name of a deprecated one; their providers switch them off as well:"
        yield from (f"  {name} of team {slug}" for name, slug in report.own_names)


def _model_lines(report: NoticeReport, *, dry_run: bool) -> Iterator[str]:
    model = report.model
    replaced = f"{model.replacement} replaces it" if model.replacement else "nothing replaces it"
    if model.is_called_off:
        yield f"  {model} is not deprecated any more; its retirement is called off."
    else:
        yield f"  {model} {model.life.words or 'is deprecated, without a date'}; {replaced}."
    counts = [
        f"{english_count('team', report.teams)} {'to be ' if dry_run else ''}told",
        f"{report.told_before:,} told before",
    ]
    if report.unreachable:
        counts.append(f"{report.unreachable:,} without a reachable admin")
    yield f"    {_stage(model.stage)}: {', '.join(counts)}."
    for warning in model.warnings:
        yield f"    Warning: {warning}."


def _stage(stage: str) -> str:
    if stage in {ANNOUNCED, CALLED_OFF}:
        return stage.capitalize()
    # A stage that was missed is told of later, so its days are not those that are left.
    return f"At the {int(stage)}-day stage" if int(stage) else "On the day"


def closing_lines(*, dry_run: bool, delivery: Delivery | None, using: str) -> Iterator[str]:
    """Yield what became of it all.

    :param using: alias of the database
    """
    if dry_run:
        yield ""
        yield "Nothing was changed: this was a dry run."
    elif delivery is not None:
        yield from delivery_words.delivery_lines(delivery, using=using)
