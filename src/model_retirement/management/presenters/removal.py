"""The words of a removal: its report as text for people and as JSON."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from model_retirement.catalogue.lifecycle import days_to_retirement, retirement_words
from model_retirement.data_migrations import neutral
from model_retirement.data_migrations.arguments import on_database
from model_retirement.impact import Impact
from model_retirement.keys import Key
from model_retirement.management.presenters import delivery as delivery_words
from model_retirement.management.presenters import failed as failed_words
from model_retirement.management.presenters import remarks as remark_words
from model_retirement.management.presenters.moves import money_json, move_json, sentences
from model_retirement.management.presenters.team_json import team_documents
from model_retirement.notices.outbox import Delivery
from model_retirement.notices.team_reports import TeamReport
from model_retirement.references.usage import AffectedResource
from model_retirement.removal.interrupted import InterruptedRemoval
from model_retirement.removal.report import ModelReport, RemovalReport
from model_retirement.wording import english_count, first_of

UNUSED_NAMED = 5
"""Models without references that are named; more are counted."""

DETAILS_SHOWN = 5
"""Node labels that a line names; the others are counted."""


def as_json(
    report: RemovalReport,
    *,
    using: str = DEFAULT_DB_ALIAS,
    dry_run: bool,
    seconds: Mapping[str, float],
    delivery: Delivery | None,
    resources: Iterable[tuple[AffectedResource, str]] | None,
) -> dict[str, Any]:
    """Return the report as one JSON document.

    :param using: alias of the database
    :param seconds: how long each phase took
    :param delivery: what became of the e-mails, or None if nothing was to be sent now
    :param resources: every affected resource by team, with the address of its page, or None to leave them out
    """
    return {
        "dry_run": dry_run,
        "run": report.run,
        "runs": {using: report.run},
        **({"failed": failed_words.as_json(report.failed)} if report.failed else {}),
        **({"resumes": dataclasses.asdict(report.resumes)} if report.resumes else {}),
        **({"remarks": list(map(dataclasses.asdict, report.remarks))} if report.remarks else {}),
        "models": [
            {
                "provider": model.provider,
                "name": model.name,
                "replacement": model.replacement,
                "action": model.action,
                "retires_on": model.retires_on and model.retires_on.isoformat(),
                "days_to_retirement": days_to_retirement(model.retires_on, today=report.today),
                "references": dict(model.references),
                "teams": model.teams,
                "warnings": list(model.warnings),
                "move": model.move and move_json(model.move, model_id=model.id, impact=report.impact),
                "money": money_json(report.impact.paid_by_model.get(model.id)),
                "parameters": [
                    {"setting": change.name, "becomes": change.becomes or None, "rows": rows}
                    for change, rows in sorted(model.parameters.items())
                ],
            }
            for model in report.models
        ],
        "teams": team_documents(report.teams, names=report.names, resources=resources, impact=report.impact),
        "skipped": [
            {"provider": skipped.provider, "name": skipped.name, "reason": skipped.reason} for skipped in report.skipped
        ],
        "custom_models_left_alone": [
            {"provider": custom.provider, "name": custom.name, "team": custom.team_slug} for custom in report.left_alone
        ],
        **sums_json(report, delivery=delivery),
        "seconds": {phase: round(value, 3) for phase, value in seconds.items()},
    }


def sums_json(report: RemovalReport, *, delivery: Delivery | None) -> dict[str, Any]:
    """Return what can be added to that of other databases.

    :param delivery: what became of the e-mails, or None if nothing was to be sent now
    """
    return {
        "totals": {
            "models": len(report.models),
            "references": report.references,
            "teams": len(report.teams),
            "notices": report.notices,
            "teams_without_recipients": len(report.unreachable_teams),
            "money": money_json(report.impact.paid),
        },
        "emails": delivery_words.as_json(delivery),
    }


def summary_lines(report: RemovalReport, *, dry_run: bool, using: str = DEFAULT_DB_ALIAS) -> Iterator[str]:
    """Yield what happens to each model, and what people should know.

    :param using: alias of the database
    """
    if report.resumes:
        yield how_far(report.resumes, using=using)
        yield "What follows is left to do, by the next run."
    if report.failed and not report.models:
        yield "No model would be removed." if dry_run else "No model was removed."
    elif not report.models:
        yield "There is nothing to remove." if not report.skipped else _nothing(report)
    else:
        done = "was" if len(report.models) == 1 else "were"
        yield (
            f"{_plural(len(report.models), 'model')} {'would be' if dry_run else done} removed,"
            f" {_plural(len(report.teams), 'team')} concerned."
        )
        yield from _what_happens(report, dry_run=dry_run)
        if report.impact.paid.money:
            yield f"All moves together: {report.impact.paid.money}."
        yield ""
        for model in report.models:
            if model.references:
                yield from _model_lines(model, report.owned, dry_run=dry_run, today=report.today)
                yield from (f"    {words}" for words in sentences(report.impact.of_model(model.id)))
        yield from unused_lines([str(model) for model in report.models if not model.references])
    yield from failed_words.lines(report.failed, dry_run=dry_run)
    yield from _remarks(report)


def how_far(removal: InterruptedRemoval, *, using: str) -> str:
    """Return what a removal that has not ended has done so far, and what becomes of it.

    :param using: alias of the database
    """
    state = "is running" if removal.is_running else "was interrupted"
    undo = "" if removal.is_running else f" To undo it, run `{_undo(removal.run, using=using)}`."
    return (
        f"Removal {removal.run} {state}: so far {_plural(removal.references, 'reference')} moved or cleared,"
        f" {removal.removed:,} of {_plural(removal.models, 'model')} removed.{undo}"
    )


def _what_happens(report: RemovalReport, *, dry_run: bool) -> Iterator[str]:
    """Yield the numbers that tell what goes on working from what does not."""
    move, clear, go = ("would move", "would be cleared", "would go") if dry_run else ("moved", "cleared", "went")
    owned = sum(model.rows_of(report.owned) for model in report.models)
    moved = sum(model.rows_of(model.references.keys() - report.owned) for model in report.models if model.replacement)
    if moved:
        yield f"{_plural(moved, 'reference')} {move} to a replacement."
    if owned:
        yield f"{_plural(owned, 'row')} of the models' own {go} with them."
    if cleared := report.references - moved - owned:
        yield (
            f"{_plural(cleared, 'reference')} {clear}: what used only those models does not work until its team chooses"
            " another one."
        )


def unused_lines(names: Sequence[str]) -> Iterator[str]:
    """Yield which models nobody uses: their names if they are few, else their number; nothing if there are none."""
    if 0 < len(names) <= UNUSED_NAMED:
        yield f"  Used by nobody: {', '.join(names)}."
    elif names:
        yield f"  {_plural(len(names), 'more model')} are used by nobody; `--format json` names them."


def closing_lines(
    report: RemovalReport, *, dry_run: bool, delivery: Delivery | None, using: str = DEFAULT_DB_ALIAS
) -> Iterator[str]:
    """Yield what became of it all.

    :param using: alias of the database
    """
    if dry_run:
        yield from ("", "Nothing was changed: this was a dry run.")
    elif report.run is not None:
        yield ""
        yield f"This was removal {report.run}. `{_undo(report.run, using=using)}` undoes it."
    if delivery is not None:
        yield from delivery_words.delivery_lines(delivery, using=using)


def _undo(run: int, *, using: str) -> str:
    return f"restore_removed_models {run}{on_database(using)}"


def _nothing(report: RemovalReport) -> str:
    reasons = [skipped for skipped in report.skipped if skipped.reason != "not in the table"]
    gone = len(report.skipped) - len(reasons)
    if not reasons:
        return f"There is nothing to do: of {_plural(gone, 'model')} on the removal list, none is in the table."
    return f"There is nothing to do: of {_plural(gone + len(reasons), 'model')} on the list, only closed ones are left."


def _model_lines(model: ModelReport, owned: frozenset[str], *, dry_run: bool, today: dt.date) -> Iterator[str]:
    target = f"repointed to {model.replacement}" if model.replacement else "cleared"
    references = model.rows_of(model.references.keys() - owned)
    will = "to be " if dry_run else ""
    yield f"  {model}: {_plural(references, 'reference')} {will}{target}, {_plural(model.teams, 'team')}."
    if when := retirement_words(model.retires_on, today=today):
        yield f"    It {when}."
    for label, number in sorted(model.references.items()):
        yield f"    {number:>8,}  {label}{' (deleted with the model)' if label in owned else ''}"
    for change, rows in sorted(model.parameters.items()):
        yield f"    {rows:>8,}  setting {change}"
    for warning in model.warnings:
        yield f"    Warning: {warning}."
    if model.move:
        yield from (f"    {words}" for words in sentences(model.move.words))


def _remarks(report: RemovalReport) -> Iterator[str]:
    by_reason: dict[str, list[str]] = {}
    for skipped in report.skipped:
        if skipped.reason != "not in the table":
            # The reasons differ only in the name that they tell how to open.
            reason = skipped.reason.replace(f"{skipped.provider}/{skipped.name}", "PROVIDER/NAME")
            by_reason.setdefault(reason, []).append(f"{skipped.provider}/{skipped.name}")
    for reason, names in by_reason.items():
        yield ""
        yield f"Left as they are, {reason}:"
        yield f"  {', '.join(names)}"
    if report.left_alone:
        yield ""
        yield "Custom models with the name of a removed one; they are the teams' own and stay:"
        yield from (f"  {custom.provider}/{custom.name} of team {custom.team_slug}" for custom in report.left_alone)
    yield from remark_words.lines(report.remarks)
    yield from unreachable_lines(report.teams)


def unreachable_lines(teams: Sequence[TeamReport]) -> Iterator[str]:
    """Yield which teams have no reachable admin, and of what they are to hear; nothing if there are none."""
    unreachable = [team for team in teams if not team.is_reachable]
    if unreachable:
        yield ""
        yield "Teams without a reachable admin; tell them another way:"
        yield from (f"  {team.slug}: {', '.join(team.models)}" for team in unreachable)


def team_lines(
    teams: Sequence[TeamReport],
    *,
    names: Mapping[Key, str],
    resources: Iterator[AffectedResource],
    dry_run: bool,
    impact: Impact | None = None,
) -> Iterator[str]:
    """Yield, team by team, what is affected and how many admins are e-mailed, without holding it all.

    :param names: model id to ``provider/name``
    :param impact: what moves mean to the teams, if that is to be told
    """
    by_id = {team.id: team for team in teams}
    for team_id, team_resources in itertools.groupby(resources, key=lambda resource: resource.team_id):
        team = by_id[team_id]
        yield ""
        yield f"{neutral.name(team.name)} ({team.slug}): {_who_hears(team, dry_run=dry_run)}."
        yield from (f"  {words}" for words in sentences(impact.of_team(team_id) if impact else ()))
        for kind, members in itertools.groupby(team_resources, key=lambda resource: resource.kind):
            yield from (_resource_line(kind, member, names=names) for member in members)


def _who_hears(team: TeamReport, *, dry_run: bool) -> str:
    verb = "will be" if dry_run else "are" if team.recipients > 1 else "is"
    if team.recipients or not team.is_reachable:
        return f"{_plural(team.recipients, 'admin') if team.recipients else 'nobody'} {verb} e-mailed"
    return f"{verb} told by the platform"


def _resource_line(kind: str, resource: AffectedResource, *, names: Mapping[Key, str]) -> str:
    details = first_of([neutral.name(detail) for detail in resource.details], DETAILS_SHOWN)
    parts = f" [{details}]" if details else ""
    models = ", ".join(dict.fromkeys(names[model_id] for model_id in resource.model_ids))
    return f"  {kind} {resource.id} {neutral.name(resource.name)}{parts}: {models}"


def _plural(number: int, noun: str) -> str:
    return english_count(noun, number)
