"""Declared, ignored and forgotten references, for people and for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from model_retirement.reference_scan import declarations, report
from model_retirement.reference_scan.declared import Declared
from model_retirement.reference_scan.report import ScanReport
from model_retirement.reference_scan.scan import Found
from model_retirement.references.ignoring import Ignored
from model_retirement.wording import english_count


def declared_as_json(declared: Iterable[Declared], ignored: Iterable[Ignored]) -> dict[str, Any]:
    """Return the document of ``--format json`` without ``--scan``."""
    return {
        "references": [{**dataclasses.asdict(one), "missing_index": one.missing_index or None} for one in declared],
        "ignored": [dataclasses.asdict(one) for one in ignored],
    }


def scan_as_json(found: ScanReport, *, database: str) -> dict[str, Any]:
    """Return the document of ``--format json`` with ``--scan``."""
    return {
        "database": database,
        "tables": found.tables,
        "rows": found.rows,
        "undeclared": [_found_as_json(one) for one in found.undeclared],
        "ignored": [dataclasses.asdict(one) for one in found.ignored],
        "unreadable": {table: list(rows) for table, rows in found.unreadable.items()},
    }


def _found_as_json(found: Found) -> dict[str, Any]:
    return {
        "place": report.label(found),
        "holds": found.holds,
        "count": found.count,
        "example": found.example,
        "rows": list(found.rows),
        "module": declarations.module_of(found),
        "declaration": declarations.declaration(found) or None,
        "remark": declarations.remark(found) or None,
        "ignoring": declarations.ignoring(found),
    }


def found_by(one: Declared) -> str:
    """Return how the rows of a reference are found."""
    if not one.reads_whole_table:
        return "index"
    return f"reading all rows; to add: {one.missing_index}" if one.missing_index else "reading all rows"


def ignored_lines(ignored: Iterable[Ignored]) -> Iterator[str]:
    """Yield a line for each place that is ignored, with the reason."""
    for one in ignored:
        yield f"ignored {one.place}: {one.why}"


def scan_lines(found: ScanReport, *, database: str) -> Iterator[str]:
    """Yield what a scan has found, the lines to paste by file, what was left out, and a line that sums it up."""
    for one in found.undeclared:
        held = f"{one.count:,} {one.holds} of models" if one.count > 1 else f"1 {one.holds[:-1]} of a model"
        rows = f"row{'s' if len(one.rows) > 1 else ''} {', '.join(one.rows)}"
        yield f"{report.label(one)}: {held}, such as {one.example}, in {rows}"
    for module in dict.fromkeys(map(declarations.module_of, found.undeclared)):
        yield ""
        yield from _module_lines(module, [one for one in found.undeclared if declarations.module_of(one) == module])
    if found.undeclared:
        yield ""
    yield from ignored_lines(found.ignored)
    for table, keys in found.unreadable.items():
        yield f"The database could not read some rows of {table}, which were left out: {', '.join(keys)}"
    yield summary(found, database=database)


def _module_lines(module: str, found: Sequence[Found]) -> Iterator[str]:
    yield f"To paste into {module}; of each place one of the two lines:"
    yield f"  {declarations.imports(found)}"
    for one in found:
        yield ""
        if remark := declarations.remark(one):
            yield f"  # {remark}"
        if declaration := declarations.declaration(one):
            yield f"  {declaration}"
        yield f"  {declarations.ignoring(one)}"


def summary(found: ScanReport, *, database: str) -> str:
    """Return how much was looked at, and in how many places models are that no app declares."""
    looked = f"{english_count('table', found.tables)} of database {database}, {english_count('row', found.rows)}"
    if not found.undeclared:
        return f"Nothing is undeclared in {looked}."
    return f"{english_count('undeclared place', len(found.undeclared))} in {looked}."
