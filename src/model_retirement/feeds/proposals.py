"""What follows from a comparison for the catalogue: which models to retire, to deprecate, with which day and replacement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from model_retirement.catalogue.entries import CatalogueModel
from model_retirement.catalogue.view import Catalogue, CatalogueError
from model_retirement.feeds.reconcile import Comparison, FeedFinding, FindingKind

Key = tuple[str, str]

_GOING = {FindingKind.RETIRED, FindingKind.RETIRING}
_ABOUT_OTHERS = {FindingKind.REPLACEMENT_RETIRED, FindingKind.SOURCES_DISAGREE}
"""What is recommended there is for the replacement, or by a source that does not count."""
_TO_DECLARE = {FindingKind.DATE_CHANGED, FindingKind.DEPRECATED, FindingKind.UNDATED}


class ProposedStep(StrEnum):
    """The subcommand of ``llm_models`` that does it."""

    RETIRE = "retire"
    DEPRECATE = "deprecate"


@dataclass(frozen=True)
class Proposal:
    """One call that does the same to several models of one provider.

    :param names: of the models
    :param retires_on: the day to declare; None keeps what is declared
    :param replacement: what is to take their place; None keeps what is declared
    :param clears: no replacement is declared and no source names one that stays, so references would be cleared
    """

    step: ProposedStep
    provider: str
    names: tuple[str, ...]
    retires_on: dt.date | None
    replacement: str | None
    clears: bool


def propose(comparison: Comparison, *, catalogue: Catalogue) -> tuple[Proposal, ...]:
    """Return what to do about the findings that a command can carry out; retirements first, each thing once."""
    by_model: dict[Key, list[FeedFinding]] = {}
    for finding in comparison.findings:
        by_model.setdefault((finding.provider, finding.name), []).append(finding)
    calls: dict[tuple[ProposedStep, str, dt.date | None, str | None, bool], list[str]] = {}
    for key, findings in by_model.items():
        model = catalogue.find(*key)
        step = _step({finding.finding for finding in findings})
        if model is None or step is None:
            continue
        day = comparison.ends.get(key)
        stays, replacement = _replacement(model, by_model, ends=comparison.ends, catalogue=catalogue)
        clears = step is ProposedStep.RETIRE and not stays and replacement is None
        is_declared = day == model.retires_on and not model.retires_on_is_earliest
        declared = None if step is ProposedStep.RETIRE and is_declared else day
        calls.setdefault((step, model.provider, declared, replacement, clears), []).append(model.name)
    proposals = [
        Proposal(step, provider, tuple(names), day, replacement, clears)
        for (step, provider, day, replacement, clears), names in calls.items()
    ]
    return tuple(sorted(proposals, key=lambda proposal: (proposal.clears, proposal.step is ProposedStep.DEPRECATE)))


def _step(kinds: Collection[FindingKind]) -> ProposedStep | None:
    if FindingKind.RETIRED in kinds:
        return ProposedStep.RETIRE
    return ProposedStep.DEPRECATE if _TO_DECLARE.intersection(kinds) else None


def _replacement(
    model: CatalogueModel,
    by_model: Mapping[Key, list[FeedFinding]],
    *,
    ends: Mapping[Key, dt.date],
    catalogue: Catalogue,
) -> tuple[bool, str | None]:
    """Return whether the declared replacement stays, else the first that a source names, we have, and lives on."""
    provider = model.provider
    if (declared := _resolved(model, catalogue)) and _outlives(model, (provider, declared), by_model, ends):
        return True, None
    counting = [finding for finding in by_model[provider, model.name] if finding.finding not in _ABOUT_OTHERS]
    named = (name for finding in counting for name in finding.feed_replacements)
    offered = (
        candidate for name in named if (candidate := catalogue.find(provider, name)) and not candidate.deprecated
    )
    return False, next(
        (successor.name for successor in offered if _outlives(model, (provider, successor.name), by_model, ends)), None
    )


def _resolved(model: CatalogueModel, catalogue: Catalogue) -> str | None:
    try:
        return catalogue.resolve_replacement(model.provider, model.name)
    except CatalogueError:  # which `llm_models check` reports
        return None


def _outlives(
    model: CatalogueModel, other: Key, by_model: Mapping[Key, list[FeedFinding]], ends: Mapping[Key, dt.date]
) -> bool:
    if any(finding.finding in _GOING for finding in by_model.get(other, ())):
        return False
    return ends.get(other, dt.date.max) > ends.get((model.provider, model.name), dt.date.min)
