"""What a scan has come upon, counted by place, in a memory that does not grow with the rows.

Objects that are keyed by something, such as the id of a user, would make a place of each of their keys. Places that differ
in one such key alone are taken together: ``steps.a.model``, ``steps.b.model`` and so on become ``steps[*].model``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from model_retirement.json_paths import EACH
from model_retirement.reference_scan.words import KEYS, Path, Step, speaks_of_models

ROWS_NAMED = 3
"""Keys of rows that are kept of each place."""

SIBLINGS = 4
"""Places that differ in one key alone and still stand for themselves."""

MOST_PATHS = 50
"""Paths that are told apart in one column."""


@dataclasses.dataclass
class Tally:
    """What was found in one place.

    :param count: values
    :param example: one of them
    :param rows: keys of the first rows
    """

    count: int
    example: str
    rows: list[str]

    def add(self, other: Tally) -> None:
        """Count what was found later."""
        self.count += other.count
        self.rows = list(dict.fromkeys([*self.rows, *other.rows]))[:ROWS_NAMED]


class Sighting(NamedTuple):
    """What may stand for models in one place of a page.

    :param place: number of the column in its table
    :param holds: ``ids``, ``names``, or ``words``
    :param in_text: it lies in JSON that is stored as text
    """

    place: int
    path: Path
    holds: str
    tally: Tally
    in_text: bool = False


class Tallies:
    """The tallies of one column by the path inside it."""

    def __init__(self) -> None:
        self._tallies: dict[Path, Tally] = {}

    def __iter__(self) -> Iterator[tuple[Path, Tally]]:
        return iter(self._tallies.items())

    def add(self, path: Path, tally: Tally) -> None:
        """Count what was found under a path."""
        known = (
            path
            if path in self._tallies
            else next((pattern for pattern in self._tallies if covers(pattern, path)), None)
        )
        if known is not None:
            self._tallies[known].add(tally)
            return
        self._tallies[path] = tally
        if len(self._tallies) > SIBLINGS:
            self._join_siblings()
        if len(self._tallies) > MOST_PATHS:
            self._join_all()

    def _join_siblings(self) -> None:
        for place in range(max(map(len, self._tallies))):
            siblings: dict[Path, list[Path]] = {}
            for path in self._tallies:
                if place < len(path) and not _is_a_name(path[place]):
                    siblings.setdefault((*path[:place], EACH, *path[place + 1 :]), []).append(path)
            for paths in siblings.values():
                if len(paths) > SIBLINGS:
                    self._join(paths)

    def _join_all(self) -> None:
        alike: dict[tuple[int, bool], list[Path]] = {}
        for path in self._tallies:
            alike.setdefault((len(path), KEYS in path), []).append(path)
        for paths in alike.values():
            self._join(paths)

    def _join(self, paths: Sequence[Path]) -> None:
        """Put one path in the place of several of one length, open where they differ."""
        joined = tuple(keys[0] if len(set(keys)) == 1 else EACH for keys in zip(*paths, strict=True))
        first, *others = [self._tallies.pop(path) for path in paths]
        for other in others:
            first.add(other)
        self._tallies[joined] = first


def covers(pattern: Path, path: Path) -> bool:
    """Return whether a path is one of those that another one stands for."""
    return len(pattern) == len(path) and all(
        key == step or (key is EACH and step is not KEYS) for key, step in zip(pattern, path, strict=True)
    )


def _is_a_name(step: Step) -> bool:
    """Return whether a key was chosen by who wrote the code, and not by the data."""
    return not isinstance(step, str) or speaks_of_models(step)
