"""What feeds say for sure about the catalogue, as announcements that can be written down; the rest, with its reason.

What is sure
------------
That a model goes is sure where a source says so of the model itself, not of its last snapshot alone, and the newest file
of its publisher still does. Its day is sure where no other source has another one. Everything else is for a person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from model_retirement.authoring import announcements
from model_retirement.authoring.announcements import Announcement
from model_retirement.catalogue.entries import CatalogueModel
from model_retirement.catalogue.view import Catalogue
from model_retirement.feeds.matching import Saying, Sources
from model_retirement.feeds.reconcile import Comparison, FeedFinding, FindingKind

OF_ITS_END = (
    FindingKind.RETIRED,
    FindingKind.RETIRING,
    FindingKind.DATE_CHANGED,
    FindingKind.UNDATED,
    FindingKind.DEPRECATED,
)
"""They say that a model goes. The last one may have no day; the others have the firm one that counts."""


@dataclass(frozen=True)
class LeftOut:
    """Something about a model (``provider/name``) that is not written down, and why."""

    model: str
    reason: str


@dataclass(frozen=True)
class FirmFindings:
    """What can be written down, and what cannot."""

    announcements: tuple[Announcement, ...]
    left_out: tuple[LeftOut, ...]


def read(comparison: Comparison, *, catalogue: Catalogue, with_replacements: bool, today: dt.date) -> FirmFindings:
    """Return what the sources say for sure and the checks let pass.

    :param catalogue: the one that was compared
    :param with_replacements: the first successor that a source names takes the model's place, if the catalogue has it
    :param today: the day for the checks
    """
    sources = Sources([source.feed for source in comparison.sources], catalogue=catalogue)
    firm: list[Announcement] = []
    left_out: list[LeftOut] = []
    for model, findings in _by_model(comparison):
        provider, _, name = model.partition("/")
        declared = catalogue.find(provider, name)
        if declared is None:
            reasons = [_of_removal(finding) for finding in findings if finding.finding is FindingKind.DATE_CHANGED]
        else:
            about = _About(declared, findings, sources.about(provider, name), comparison, catalogue)
            announced, reasons = about.firm(with_replacements=with_replacements)
            firm += [announced] if announced else []
        left_out += (LeftOut(model, reason) for reason in reasons)
    passed, refused = announcements.passing(firm, catalogue=catalogue, today=today)
    # What is wrong with a successor says nothing against the day.
    bare = [replace(announcement, replacement=None) for announcement, _ in refused if announcement.replacement]
    bare = [
        announcement for announcement in bare if announcements.applied([announcement], catalogue=catalogue) != catalogue
    ]
    passed, refused_again = announcements.passing([*passed, *bare], catalogue=catalogue, today=today)
    why = dict.fromkeys((announcement.model, str(error)) for announcement, error in (*refused, *refused_again))
    left_out += (LeftOut(model, f"the checks would refuse it: {error}") for model, error in why)
    return FirmFindings(passed, tuple(left_out))


def _by_model(comparison: Comparison) -> Iterator[tuple[str, list[FeedFinding]]]:
    def model(finding: FeedFinding) -> str:
        return f"{finding.provider}/{finding.name}"

    # A sort is stable, so the findings of one model stay in their order.
    for key, findings in groupby(sorted(comparison.findings, key=model), key=model):
        yield key, list(findings)


def _of_removal(finding: FeedFinding) -> str:
    return f"its day there is {finding.retires_on}, but it is in DELETED_MODELS; edit its entry"


@dataclass(frozen=True)
class _About:
    """What there is about one model of the catalogue."""

    declared: CatalogueModel
    findings: Sequence[FeedFinding]
    sayings: Sequence[Saying]
    comparison: Comparison
    catalogue: Catalogue

    def firm(self, *, with_replacements: bool) -> tuple[Announcement | None, list[str]]:
        """Return what can be written down, and why the rest cannot."""
        successor, unfit = self._successor() if with_replacements else (None, None)
        reasons = [unfit] if unfit else []
        reasons += self._for_a_person(has_successor=successor is not None)
        finding = self._leading(has_successor=successor is not None)
        if finding is None:
            return None, reasons
        announced = self._announced(finding, successor=successor)
        if not announcements.news_in(announced, self.declared):
            return None, reasons
        if doubt := self._doubt(finding):
            return None, [doubt, *reasons]
        return announced, reasons

    def _ends(self) -> list[FeedFinding]:
        """Return what says that it goes: what is sure first, and in the order of ``OF_ITS_END``."""
        ends = [finding for finding in self.findings if finding.finding in OF_ITS_END]
        return sorted(ends, key=lambda finding: (not self._is_sure(finding), OF_ITS_END.index(finding.finding)))

    def _leading(self, *, has_successor: bool) -> FeedFinding | None:
        """Return the finding that is to be written down."""
        if ends := self._ends():
            return ends[0]
        # Another successor alone is no reason to deprecate.
        return self._differing() if has_successor and self.declared.deprecated else None

    def _differing(self) -> FeedFinding | None:
        return next((finding for finding in self.findings if finding.finding is FindingKind.REPLACEMENT_DIFFERS), None)

    def _announced(self, finding: FeedFinding, *, successor: str | None) -> Announcement:
        is_of_its_end = finding.finding in OF_ITS_END
        return Announcement(
            model=f"{finding.provider}/{finding.name}",
            replacement=successor,
            deprecated_on=self._since(before=finding.retires_on) if is_of_its_end else None,
            retires_on=finding.retires_on if is_of_its_end else None,
            source=finding.source_url or Path(finding.source).name,
        )

    def _since(self, *, before: dt.date | None) -> dt.date | None:
        """Return the day from which it is deprecated. Where a page does not say it, sources have that of the retirement."""
        named = (saying.row.deprecated_on for saying in self.sayings if self._is_current(saying))
        days = (day for day in named if day and day <= self.comparison.as_of and (before is None or day < before))
        return min(days, default=None)

    def _successor(self) -> tuple[str | None, str | None]:
        """Return the first successor that a source names, or why it cannot take over."""
        naming = [self._differing()] if self.declared.replacement else self._ends()
        names = (
            finding.feed_replacements[0]
            for finding in naming
            if finding and finding.feed_replacements and self._is_sure(finding)
        )
        name = next(names, None)
        if name in (None, self.declared.name):
            return None, None
        if self.catalogue.find(self.declared.provider, name) is None:
            return None, f"its successor there, {name}, is not in the catalogue"
        ends = self.comparison.ends
        until = max(self.comparison.as_of, ends.get((self.declared.provider, self.declared.name), dt.date.min))
        goes = ends.get((self.declared.provider, name))
        if goes and goes <= until:
            return None, f"its successor there, {name}, {self._verb(goes)} itself on {goes}"
        return name, None

    def _doubt(self, finding: FeedFinding) -> str | None:
        """Return why a finding is not sure; None if it is."""
        if finding.inferred:
            return f"only its last snapshot, {finding.feed_name}, is named ({finding.source})"
        if not self._is_sure(finding):
            return f"the newest file of its publisher does not name it ({finding.source})"
        current = [saying for saying in self.sayings if self._is_current(saying) and saying.row.firm_day]
        if finding.finding not in OF_ITS_END or len({saying.row.firm_day for saying in current}) <= 1:
            return None
        return f"sources disagree: {', '.join(f'{saying.row.firm_day} in {saying.feed.file}' for saying in current)}"

    def _is_sure(self, finding: FeedFinding) -> bool:
        said = [saying for saying in self.sayings if str(saying.feed.file) == finding.source]
        return any(saying.row.feed_name == finding.feed_name and self._is_current(saying) for saying in said)

    @staticmethod
    def _is_current(saying: Saying) -> bool:
        return not (saying.inferred or saying.outdated or saying.dropped)

    def _for_a_person(self, *, has_successor: bool) -> Iterator[str]:
        for finding in self.findings:
            if finding.finding is FindingKind.UNKNOWN:
                what = (
                    f"its day, {finding.retires_on}, is not firm" if finding.retires_on else "no source has a firm day"
                )
                yield f"{what} ({finding.source})"
            elif finding.finding is FindingKind.NEAR_MISS:
                yield f"{finding.feed_name} may be meant for it ({finding.source})"
            elif finding.finding is FindingKind.REPLACEMENT_RETIRED and not has_successor:
                day = finding.retires_on or dt.date.max
                yield f"its replacement {finding.replacement} {self._verb(day)} on {day}; it needs another one"

    def _verb(self, day: dt.date) -> str:
        return "retired" if day < self.comparison.as_of else "retires"
