"""Declared, ignored and forgotten references, for people and for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from model_retirement.reference_scan import declarations, remarks, report
from model_retirement.reference_scan.declared import Declared
from model_retirement.reference_scan.json_texts import LONGEST_TEXT
from model_retirement.reference_scan.report import ScanReport
from model_retirement.reference_scan.scan import ScannedPlace
from model_retirement.references.ignoring import Ignored
from model_retirement.wording import english_count


def declared_as_json(declared: Iterable[Declared], ignored: Iterable[Ignored]) -> dict[str, Any]:
    """Return the document of ``--format json`` without ``--scan``."""
    return {
        "references": [
            {**dataclasses.asdict(reference), "missing_index": reference.missing_index or None}
            for reference in declared
        ],
        "ignored": [dataclasses.asdict(place) for place in ignored],
    }


def scan_as_json(scan: ScanReport, *, database: str) -> dict[str, Any]:
    """Return the document of ``--format json`` with ``--scan``."""
    return {
        "database": database,
        "tables": scan.tables,
        "rows": scan.rows,
        "undeclared": [_place_as_json(place) for place in scan.undeclared],
        "ignored": [dataclasses.asdict(place) for place in scan.ignored],
        "unreadable": {table: list(rows) for table, rows in scan.unreadable.items()},
        "too_long": {place: list(rows) for place, rows in scan.too_long.items()},
    }


def _place_as_json(place: ScannedPlace) -> dict[str, Any]:
    return {
        "place": report.label(place),
        "holds": place.holds,
        "in_text": place.in_text,
        "count": place.count,
        "example": place.example,
        "rows": list(place.rows),
        "module": declarations.module_of(place),
        "declaration": declarations.declaration(place) or None,
        "remark": remarks.remark(place) or None,
        "ignoring": declarations.ignoring(place),
    }


def found_by(reference: Declared) -> str:
    """Return how the rows of a reference are found."""
    if not reference.reads_whole_table:
        return "index"
    remedy = f"; to add: {reference.missing_index}" if reference.missing_index else ""
    return f"reading all rows{remedy}"


def ignored_lines(ignored: Iterable[Ignored]) -> Iterator[str]:
    """Yield a line for each place that is ignored, with the reason."""
    for place in ignored:
        yield f"ignored {place.place}: {place.why}"


def scan_lines(scan: ScanReport, *, database: str) -> Iterator[str]:
    """Yield what a scan has found, the lines to paste by file, what was left out, and a line that sums it up."""
    for place in scan.undeclared:
        yield _place_line(place)
    for module in dict.fromkeys(map(declarations.module_of, scan.undeclared)):
        yield ""
        yield from _module_lines(
            module, [place for place in scan.undeclared if declarations.module_of(place) == module]
        )
    if scan.undeclared:
        yield ""
    yield from ignored_lines(scan.ignored)
    for table, keys in scan.unreadable.items():
        yield f"The database could not read some rows of {table}, which were left out: {', '.join(keys)}"
    for column, keys in scan.too_long.items():
        yield (
            f"Text of {column} that begins like JSON and has more than {LONGEST_TEXT:,} characters was not looked into:"
            f" {_rows(keys)}"
        )
    yield summary(scan, database=database)


def _place_line(place: ScannedPlace) -> str:
    held = f"{place.count:,} {place.holds} of models" if place.count > 1 else f"1 {place.holds[:-1]} of a model"
    return f"{report.label(place)}: {held}{place.where}, such as {place.example}, in {_rows(place.rows)}"


def _rows(keys: Sequence[str]) -> str:
    return f"row{'s' if len(keys) > 1 else ''} {', '.join(keys)}"


def _module_lines(module: str, places: Sequence[ScannedPlace]) -> Iterator[str]:
    yield f"To paste into {module}; of each place one of the two lines:"
    yield f"  {declarations.imports(places)}"
    for place in places:
        yield ""
        if remark := remarks.remark(place):
            yield f"  # {remark}"
        if declaration := declarations.declaration(place):
            yield f"  {declaration}"
        yield f"  {declarations.ignoring(place)}"


def summary(scan: ScanReport, *, database: str) -> str:
    """Return how much was looked at, and in how many places models are that no app declares."""
    looked = f"{english_count('table', scan.tables)} of database {database}, {english_count('row', scan.rows)}"
    if not scan.undeclared:
        return f"Nothing is undeclared in {looked}."
    return f"{english_count('undeclared place', len(scan.undeclared))} in {looked}."
