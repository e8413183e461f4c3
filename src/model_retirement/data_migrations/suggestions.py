"""What somebody may have meant who typed a name that is not there."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable, Sequence

MOST = 3
"""Names that a suggestion has; more would be a list to search again."""

LIKENESS = 0.6
"""How much two names, and what is behind their last separator, must have in common; 1 is all."""


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return the names that are most like one that is not among them, best first; none if none is like it."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    folded = name.casefold()
    matches = difflib.get_close_matches(folded, by_folded, n=MOST, cutoff=LIKENESS)
    # All models of a provider begin alike, which makes none of them a likely one.
    like = [candidate for candidate in matches if _likeness(_last_part(folded), _last_part(candidate)) >= LIKENESS]
    holding = (candidate for candidate in by_folded if name and folded in candidate)
    return [by_folded[candidate] for candidate in like or itertools.islice(holding, MOST)]


def _likeness(name: str, other: str) -> float:
    return difflib.SequenceMatcher(None, name, other).ratio()


def _last_part(name: str) -> str:
    return re.split("[/:]", name)[-1]


def did_you_mean(name: str, known: Sequence[str], *, otherwise: str) -> str:
    """Return the sentence that helps whoever typed a name that is not there.

    :param known: the names that there are
    :param otherwise: the sentence when none of them is like it
    """
    close = nearest(name, known)
    return f"Did you mean {' or '.join(close)}?" if close else otherwise
