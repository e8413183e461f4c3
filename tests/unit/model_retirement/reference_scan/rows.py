"""Rows of the forgetful app, and what a scan says of them."""

from __future__ import annotations

from typing import Any

from django.apps import apps

from model_retirement.catalogue import view
from model_retirement.catalogue.declarations import Deleted
from model_retirement.reference_scan import report
from model_retirement.reference_scan.recognition import ModelNames
from model_retirement.reference_scan.scan import ScannedPlace, TableScan, scan_table
from model_retirement.reference_scan.tables import ScannedTable, tables
from model_retirement.references import Registry
from tests.factories.teams import TeamFactory

NAMES = ModelNames(plain=frozenset({"gpt-4", "sonar"}), full=frozenset({"openai/gpt-4"}))


def model_named(name: str) -> Any:
    """Return a model of the forgetful app, which is there only in a test."""
    return apps.get_model("forgetful_app", name)


def make(model: str, /, **values: Any) -> Any:
    """Store one row of the forgetful app."""
    return model_named(model).objects.create(**values)


def event(**values: Any) -> Any:
    """Store one event."""
    return make("Event", **({"team": TeamFactory.create()} | values))


def undeclared(registry: Registry) -> list[ScannedPlace]:
    """Return what a scan of the whole database finds that a registry does not declare."""
    catalogue = view.read(models={}, removals=[Deleted("openai", "gpt-4")])
    return list(report.scan(registry=registry, catalogue=catalogue, using="default").undeclared)


def tables_of(name: str) -> list[ScannedTable]:
    """Return the tables of one model of the forgetful app."""
    return [table for table in tables(using="default") if table.columns[0].model == f"forgetful_app.{name}"]


def table_of(name: str) -> ScannedTable:
    """Return the one table of a model of the forgetful app."""
    (table,) = tables_of(name)
    return table


def scanned(name: str = "Event", **options: Any) -> TableScan:
    """Look at one table of the forgetful app."""
    return scan_table(table_of(name), names=NAMES, using="default", **options)


def places(name: str = "Event", **options: Any) -> dict[tuple[str, str], tuple[int, str]]:
    """Return how many ids or names stand where, each with an example; what lies in a text has a T behind it."""
    return {
        (
            f"{report.label(place).split('.', 2)[2]}{' T' if place.in_text else ''}",
            place.holds,
        ): (place.count, place.example)
        for place in scanned(name, **options).places
    }
