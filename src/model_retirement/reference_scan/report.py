"""Where the data holds models and no app says so: what a scan found, beside what is declared and what is ignored."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator

from django.apps import apps

from model_retirement.catalogue.view import Catalogue
from model_retirement.reference_scan import paths
from model_retirement.reference_scan.scan import Found, ModelNames, TableScan, scan_table
from model_retirement.reference_scan.tables import ScannedTable, tables
from model_retirement.references.ignoring import Ignored
from model_retirement.references.registry import Registry

_LOG_OF_THE_ADMIN = "admin.LogEntry"


@dataclasses.dataclass(frozen=True)
class ScanReport:
    """What a scan of a database has shown.

    :param tables: number of tables that were looked at
    :param rows: number of rows that were
    :param undeclared: places that hold models and that no app declares
    :param ignored: what was left out
    :param unreadable: keys of rows that the database could not read, by table
    """

    tables: int
    rows: int
    undeclared: tuple[Found, ...]
    ignored: tuple[Ignored, ...]
    unreadable: dict[str, tuple[str, ...]]


def scan(*, registry: Registry, catalogue: Catalogue, using: str, newest: int | None = None) -> ScanReport:
    """Look for undeclared places in all tables of a database, each read once.

    :param newest: look at so many rows of each table alone, those with the largest keys; None means all rows
    """
    ignored = ignored_places(registry)
    names = names_of(catalogue)
    scans = [
        scan_table(table, names=names, using=using, newest=newest) for table in _wanted(tables(using=using), ignored)
    ]
    return ScanReport(
        tables=len(scans),
        rows=sum(one.rows for one in scans),
        undeclared=tuple(_undeclared(scans, registry=registry, ignored=ignored)),
        ignored=ignored,
        unreadable={one.table.table: one.unreadable for one in scans if one.unreadable},
    )


def ignored_places(registry: Registry) -> tuple[Ignored, ...]:
    """Return what is ignored: what apps say, and the admin's log."""
    if not apps.is_installed("django.contrib.admin"):
        return registry.ignored
    return (*registry.ignored, Ignored(_LOG_OF_THE_ADMIN, "history: what people did in the admin"))


def names_of(catalogue: Catalogue) -> ModelNames:
    """Return the names of all models that the catalogue offers or removes."""
    entries = [(model.provider, model.name) for model in catalogue.models]
    entries += [(removal.provider, removal.name) for removal in catalogue.removals]
    return ModelNames(
        plain=frozenset(name for _, name in entries), full=frozenset(f"{provider}/{name}" for provider, name in entries)
    )


def label(found: Found) -> str:
    """Return what a place is called."""
    return paths.label_of(found.column.label, found.path)


def _wanted(found: Iterable[ScannedTable], ignored: Collection[Ignored]) -> Iterator[ScannedTable]:
    """Yield the tables with the columns that are not ignored as a whole."""
    for table in found:
        columns = tuple(column for column in table.columns if not _is_ignored(column.label, ignored))
        if columns:
            yield dataclasses.replace(table, columns=columns)


def _undeclared(scans: Iterable[TableScan], *, registry: Registry, ignored: Collection[Ignored]) -> Iterator[Found]:
    declared = {label for reference in registry for label in (reference.label, *reference.relation_labels)}
    for one in scans:
        for found in one.found:
            place = label(found)
            is_declared = any(paths.is_declared_by(place, reference) for reference in declared)
            if not is_declared and not _is_ignored(place, ignored):
                yield found


def _is_ignored(place: str, ignored: Iterable[Ignored]) -> bool:
    return any(paths.is_inside(place, one.place) for one in ignored)
