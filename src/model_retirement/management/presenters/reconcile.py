"""The catalogue beside what sources say, for people and for programs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from model_retirement.feeds.conflicts import Conflict, NamedDay
from model_retirement.feeds.proposals import Proposal
from model_retirement.feeds.reconcile import Comparison, Covered, FeedFinding, FindingKind

NO_DAY = "no firm day"


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Return the document of ``--format json``; its keys are those that programs rely on."""
    return {
        "sources": [
            {
                "file": str(source.feed.file),
                "format": source.feed.format,
                "as_of": source.feed.as_of.isoformat() if source.feed.as_of else None,
                "rows": source.feed.total,
                "rows_read": source.feed.read,
                "models_covered": len(source.models),
            }
            for source in comparison.sources
        ],
        "findings": [_finding_as_json(finding) for finding in comparison.findings],
        "not_read": dict(comparison.not_read),
    }


def _finding_as_json(finding: FeedFinding) -> dict[str, Any]:
    retires_on = finding.retires_on.isoformat() if finding.retires_on else None
    return {
        **dataclasses.asdict(finding),
        "retires_on": retires_on,
        "feed_replacements": list(finding.feed_replacements),
    }


def source_lines(comparison: Comparison) -> Iterator[str]:
    """Yield what was compared: a line per source, what was left out, and how much of the catalogue is known."""
    for number, source in enumerate(comparison.sources, start=1):
        yield f"[{number}] {_source(source, comparison)}"
    if comparison.not_read:
        listed = ", ".join(f"{provider} ({rows:,})" for provider, rows in comparison.not_read.items())
        yield (
            f"Rows of providers that the platform cannot call: {listed}. If one of them is yours under another name,"
            " add it to `feed_providers` of the platform's adapter."
        )
    yield _coverage(comparison)


def _source(source: Covered, comparison: Comparison) -> str:
    feed = source.feed
    seen = "of no known day" if feed.as_of is None else f"{_age(feed.as_of, comparison.as_of)}, on {feed.as_of}"
    odd = f" ({feed.odd:,} cannot be read)" if feed.odd else ""
    inferred = f", {len(source.inferred):,} of them by their last snapshot" if source.inferred else ""
    return (
        f"{feed.file}: {feed.format}, {seen}; {feed.read:,} of {feed.total:,} rows read{odd};"
        f" covers {len(source.models):,} of {comparison.models:,} models{inferred}"
    )


def _age(seen: dt.date, as_of: dt.date) -> str:
    days = (as_of - seen).days
    if days == 0:
        return "seen the same day"
    return f"seen {abs(days):,} day{'s' if abs(days) > 1 else ''} {'ago' if days > 0 else 'later'}"


def _coverage(comparison: Comparison) -> str:
    unknown = comparison.models - comparison.covered
    together = "The sources together cover" if len(comparison.sources) > 1 else "The source covers"
    rest = f"; nothing is known of the other {unknown:,}" if unknown and comparison.covered else ""
    return f"{together} {comparison.covered:,} of our {comparison.models:,} models{rest}."


def finding_lines(comparison: Comparison) -> Iterator[str]:
    """Yield the findings, two lines for what one row of a source says of one model: what is wrong, and what is said.

    Other firm days are left to :func:`conflict_lines`, which has them side by side.
    """
    numbers = _numbers(comparison)
    here = (finding for finding in comparison.findings if finding.finding is not FindingKind.SOURCES_DISAGREE)
    for findings in _by_row(here):
        first = findings[0]
        listed = ", ".join(_words(finding.finding) for finding in findings)
        day = str(first.retires_on or NO_DAY).ljust(len(NO_DAY))
        yield f"{day}  {first.provider}/{first.name}: {listed} {_from(first, numbers)}"
        yield f"{'':{len(NO_DAY)}}  {_replacements(first)}{f'; {first.source_url}' if first.source_url else ''}"


def _replacements(finding: FeedFinding) -> str:
    here, there = finding.replacement, ", ".join(finding.feed_replacements)
    if finding.finding is FindingKind.REPLACEMENT_RETIRED:
        return f"replacement here {here}, which goes itself" + (f", there {there} instead of that" if there else "")
    if not here and not there:
        return "no replacement is named"
    return f"replacement here {here or 'none'}, there {there or 'none'}"


def _by_row(findings: Iterable[FeedFinding]) -> Iterable[Sequence[FeedFinding]]:
    rows: dict[FeedFinding, list[FeedFinding]] = {}
    for finding in findings:
        # Where a replacement goes, the row is about that one: it is no news of the model itself.
        is_alone = finding.finding is FindingKind.REPLACEMENT_RETIRED
        row = finding if is_alone else dataclasses.replace(finding, finding=FindingKind.RETIRED)
        rows.setdefault(row, []).append(finding)
    return rows.values()


def _from(finding: FeedFinding, numbers: Mapping[str, int]) -> str:
    number = f"[{numbers[finding.source]}]"
    if finding.inferred:
        return f"{number} inferred from {finding.feed_name}"
    return number if finding.feed_name == finding.name else f"{number} {finding.feed_name}"


def conflict_lines(comparison: Comparison) -> Iterator[str]:
    """Yield the models for which several firm days are named, and who names which."""
    if not comparison.conflicts:
        return
    numbers = _numbers(comparison)
    yield "Several firm days are named for these; the first one counts:"
    for conflict in comparison.conflicts:
        yield f"  {conflict.provider}/{conflict.name}: {', '.join(_days(conflict, numbers))}"


def _days(conflict: Conflict, numbers: Mapping[str, int]) -> Iterable[str]:
    named: dict[dt.date, list[str]] = {}
    for named_day in conflict.days:
        named.setdefault(named_day.day, []).append(_who(named_day, numbers))
    return [f"{day} {' '.join(dict.fromkeys(who))}" for day, who in named.items()]


def _who(named_day: NamedDay, numbers: Mapping[str, int]) -> str:
    return f"[{numbers[named_day.source]}]{' (older)' if named_day.outdated else ''}"


def proposal_lines(proposals: Iterable[Proposal]) -> Iterator[str]:
    """Yield the commands that carry out what the sources announce."""
    plain = [proposal for proposal in proposals if not proposal.clears]
    clearing = [proposal for proposal in proposals if proposal.clears]
    if plain:
        yield "To paste; each edits default_models.py and writes a migration, and `--dry-run` only shows it:"
        yield from (f"  {_command(proposal)}" for proposal in plain)
    if clearing:
        yield "These clear what points at the models, for no replacement that stays is known; name one with `--replacement`:"
        yield from (f"  {_command(proposal)}" for proposal in clearing)


def _command(proposal: Proposal) -> str:
    words = ["python", "manage.py", "llm_models", proposal.step.value]
    words += [f"{proposal.provider}/{name}" for name in proposal.names]
    if proposal.retires_on:
        words += ["--retires-on", proposal.retires_on.isoformat()]
    if proposal.replacement:
        words += ["--replacement", proposal.replacement]
    return shlex.join(words)


def summary(comparison: Comparison) -> str:
    """Return one line that says how much was found; of models that nothing was compared with, it claims nothing."""
    findings = comparison.findings
    if findings:
        counts = Counter(finding.finding for finding in findings)
        listed = ", ".join(f"{counts[kind]} {_words(kind)}" for kind in FindingKind if kind in counts)
        return f"{len(findings)} finding{'s' if len(findings) > 1 else ''} as of {comparison.as_of}: {listed}."
    if not comparison.covered:
        return "No source covers any of our models, so nothing was compared."
    compared = (
        f"the {comparison.covered:,} models that are covered" if comparison.covered > 1 else "the one covered model"
    )
    return f"Nothing asks for a change of {compared}, as of {comparison.as_of}."


def _numbers(comparison: Comparison) -> dict[str, int]:
    return {str(source.feed.file): number for number, source in enumerate(comparison.sources, start=1)}


def _words(kind: FindingKind) -> str:
    return kind.replace("_", " ")
