"""Where the data holds models and no app says so: what a scan found, beside what is declared and what is ignored."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator

from django.apps import apps

from model_retirement.catalogue.view import Catalogue
from model_retirement.reference_scan import paths
from model_retirement.reference_scan.recognition import ModelNames
from model_retirement.reference_scan.scan import ScannedPlace, TableScan, scan_table
from model_retirement.reference_scan.tables import ENGINE, ScannedTable, tables
from model_retirement.references.ignoring import Ignored
from model_retirement.references.kinds import Reference
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
    :param too_long: keys of rows by column whose text may be JSON and is too long to be looked into
    """

    tables: int
    rows: int
    undeclared: tuple[ScannedPlace, ...]
    ignored: tuple[Ignored, ...]
    unreadable: dict[str, tuple[str, ...]]
    too_long: dict[str, tuple[str, ...]]


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
        rows=sum(scanned.rows for scanned in scans),
        undeclared=tuple(_undeclared(scans, registry=registry, ignored=ignored)),
        ignored=ignored,
        unreadable={scanned.table.table: scanned.unreadable for scanned in scans if scanned.unreadable},
        too_long={place: rows for scanned in scans for place, rows in scanned.too_long.items()},
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


def label(place: ScannedPlace) -> str:
    """Return what a place is called."""
    return paths.label_of(place.column.label, place.path)


def _wanted(scanned: Iterable[ScannedTable], ignored: Collection[Ignored]) -> Iterator[ScannedTable]:
    """Yield the tables with the columns that are not ignored as a whole."""
    for table in scanned:
        columns = tuple(column for column in table.columns if not _is_ignored(column.label, ignored))
        if columns:
            yield dataclasses.replace(table, columns=columns)


def _undeclared(
    scans: Iterable[TableScan], *, registry: Registry, ignored: Collection[Ignored]
) -> Iterator[ScannedPlace]:
    declared = {label for reference in registry for label in (reference.label, *reference.relation_labels)}
    # No kind of the engine's moves what is inside a text. One of the host's own may.
    of_hosts = {reference.label for reference in registry if not _is_of_the_engine(type(reference))}
    for place in (place for scanned in scans for place in scanned.places):
        name = label(place)
        if place.in_text:
            is_declared = any(paths.is_inside(name, reference) for reference in of_hosts)
        else:
            is_declared = any(paths.is_declared_by(name, reference) for reference in declared)
        if not is_declared and not _is_ignored(name, ignored):
            yield place


def _is_of_the_engine(kind: type[Reference]) -> bool:
    """Return whether a kind of reference came with the engine."""
    return kind.__module__.startswith(f"{ENGINE}.")


def _is_ignored(name: str, ignored: Iterable[Ignored]) -> bool:
    return any(paths.is_inside(name, each.place) for each in ignored)
