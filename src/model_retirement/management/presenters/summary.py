"""The words of what removals there were: as text for people and as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from model_retirement.data_migrations.arguments import on_database
from model_retirement.data_migrations.presenter import moment
from model_retirement.removal.summaries import ModelSummary, RemovalState, RemovalSummary
from model_retirement.wording import english_count, first_of

MODELS_NAMED = 3
"""Models that the line of a removal names; the others are counted, and ``llm_models removals RUN`` has them all."""


def as_json(removal: RemovalSummary, *, using: str) -> dict[str, Any]:
    """Return one removal as JSON.

    :param using: alias of its database
    """
    return {
        "run": removal.run,
        "state": removal.state.value,
        "started_at": _iso(removal.started_at),
        "continued_at": _iso(removal.continued_at),
        "finished_at": _iso(removal.finished_at),
        "restored_at": _iso(removal.restored_at),
        "journal_pruned_at": _iso(removal.journal_pruned_at),
        "triggered_by": removal.triggered_by,
        "code_version": removal.code_version,
        "models": [
            {
                "provider": model.provider,
                "name": model.name,
                "replacement": model.replacement,
                "removed_at": _iso(model.removed_at),
                "restored_at": _iso(model.restored_at),
                "references_moved": dict(model.moved),
                "references_left": model.left,
                "references_left_alone": model.left_alone,
            }
            for model in removal.models
        ],
        "references_moved": removal.moved,
        "references_left": removal.left,
        "references_left_alone": removal.left_alone,
        "messages": dict(removal.messages),
        "teams_without_message": removal.waiting_teams,
        "next_step": next_step(removal, using=using),
    }


def lines(removal: RemovalSummary, *, in_full: bool, using: str) -> Iterator[str]:
    """Yield one removal for people.

    :param in_full: with each of its models
    :param using: alias of its database
    """
    yield f"Removal {removal.run}: {removal.state.value}"
    ended = removal.restored_at or removal.finished_at or removal.continued_at
    until = "last at work" if removal.finished_at is None else "restored" if removal.restored_at else "finished"
    yield f"  started {moment(removal.started_at)} UTC, {until} {moment(ended)} UTC, by {removal.triggered_by}"
    yield f"  models: {removal.removed:,} of {len(removal.models):,} removed{'' if in_full else _named(removal)}"
    yield f"  references: {_references(removal)}"
    yield f"  e-mails: {_messages(removal)}"
    yield f"  {next_step(removal, using=using)}"
    for model in removal.models if in_full else ():
        yield from _model_lines(model)


def next_step(removal: RemovalSummary, *, using: str) -> str:
    """Return how a removal is undone or finished.

    :param using: alias of its database
    """
    undo = f"`restore_removed_models {removal.run}{on_database(using)}`"
    match removal.state:
        case RemovalState.RUNNING | RemovalState.RESTORING:
            return "A process is at work on it: wait for it to end."
        case RemovalState.INTERRUPTED:
            return f"`remove_deprecated_models{on_database(using)}` resumes it; {undo} undoes it."
        case RemovalState.RESTORE_INTERRUPTED:
            return f"{undo} resumes the restore."
        case RemovalState.RESTORED:
            return _after_restore(removal, undo)
        case _ if removal.journal_pruned_at:
            return f"It cannot be undone any more: its journal was pruned on {moment(removal.journal_pruned_at)} UTC."
        case _:
            return f"{undo} undoes it."


def _after_restore(removal: RemovalSummary, undo: str) -> str:
    if removal.not_back:
        models = ", ".join(map(str, removal.not_back))
        return f"It was undone, but for {models}: {undo} says why and tries again."
    if removal.left_alone:
        return "It was undone, but for what was not put back."
    return "It was undone; nothing is left to do."


def _references(removal: RemovalSummary) -> str:
    if removal.journal_pruned_at:
        return "unknown, the journal was pruned"
    parts = [f"{removal.moved:,} moved or cleared", f"{removal.left:,} left"]
    if removal.left_alone:
        parts.append(f"{removal.left_alone:,} not put back by the restore")
    return ", ".join(parts)


def _messages(removal: RemovalSummary) -> str:
    parts = [f"{number:,} {status.replace('_', ' ')}" for status, number in sorted(removal.messages.items())]
    if removal.waiting_teams:
        parts.append(f"{english_count('team', removal.waiting_teams)} not told yet")
    return ", ".join(parts) or "none"


def _named(removal: RemovalSummary) -> str:
    return f": {first_of(removal.models, MODELS_NAMED)}" if removal.models else ""


def _model_lines(model: ModelSummary) -> Iterator[str]:
    state = "removed" if model.removed_at else "not removed"
    restored = ", restored" if model.restored_at else ""
    yield f"  {model} -> {model.replacement or 'nothing'}: {state}{restored}"
    for label, number in model.moved.items():
        yield f"    {number:>8,}  {label}"
    if model.left:
        yield f"    {model.left:>8,}  left"
    if model.left_alone:
        yield f"    {model.left_alone:>8,}  not put back by the restore"


def _iso(when: dt.datetime | None) -> str | None:
    return when.isoformat() if when else None
