"""System check: no place in the data holds models without an app that says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks

from model_retirement import command_line, readiness
from model_retirement.answers import is_set_up
from model_retirement.catalogue import view as llm_catalogue
from model_retirement.data_migrations import neutral
from model_retirement.host_models import databases_of_models
from model_retirement.reference_scan import declarations, remarks, report
from model_retirement.reference_scan.scan import ScannedPlace
from model_retirement.references.registry import Registry, registry

UNDECLARED_PLACE = "model_retirement.W103"

REFERENCES_TAG = "references"

ROWS_LOOKED_AT = 1_000
"""Rows of each table, those with the largest keys, that the check looks at."""


def check_places(
    *,
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    registry: Registry = registry,
    **_kwargs: Any,
) -> list[checks.CheckMessage]:
    """Report places that hold ids or names of models and that no app declares, where somebody asked for it.

    Only the newest rows are looked at, so that this takes seconds; the command reads all.
    """
    if not (databases and command_line.asks_for_checks()):
        return []  # nobody asked
    catalogue = llm_catalogue.read() if is_set_up() and registry.is_sound else None
    if catalogue is None or catalogue.unreadable:
        return []  # what is wrong is told by the other checks
    undeclared = [
        (alias, place)
        for alias in databases_of_models(databases)
        if readiness.is_ready(using=alias)
        for place in report.scan(registry=registry, catalogue=catalogue, using=alias, newest=ROWS_LOOKED_AT).undeclared
        if app_configs is None or place.column.app in app_configs
    ]
    return [
        checks.Warning(
            neutral.terminal(
                f"{report.label(place)} holds {place.holds} of models{place.where}, such as {place.example}, but no app"
                " declares it."
            ),
            hint=neutral.terminal(
                f"{_to_paste(place)} At most {ROWS_LOOKED_AT:,} rows of a table were looked at;"
                " `python manage.py llm_models references --scan` reads all."
            ),
            obj=f"database {alias}",
            id=UNDECLARED_PLACE,
        )
        for alias, place in undeclared
    ]


def _to_paste(place: ScannedPlace) -> str:
    """Return what has to be known, and the lines of which one is to be pasted."""
    lines = [line for line in (declarations.declaration(place), declarations.ignoring(place)) if line]
    pasted = " or, to leave it as it is, ".join(f"`{line}`" for line in lines)
    return f"{remarks.remark(place)} To paste into {declarations.module_of(place)}: {pasted}.".strip()
