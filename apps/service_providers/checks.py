"""System checks: the lint of the catalogue, and whether the table matches it. Rules are in ``findings.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core import checks
from django.db import router

from apps.service_providers import sync
from apps.service_providers.llm_service import catalogue as llm_catalogue
from apps.service_providers.llm_service.findings import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.apps import AppConfig

CATALOGUE_TAG = "catalogue"
SHOWN = 10  # names in one message, so that `check` stays readable
SYNC_HINT = "Run `python manage.py llm_models sync`."
UNLISTED_HINT = f"{SYNC_HINT[:-1]} to deprecate them; add those that can go to DELETED_MODELS."


def check_catalogue(*, app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report what is wrong with the lists in ``default_models.py``."""
    if not _concerned(app_configs):
        return []
    return [_message(finding, "default_models.py") for finding in llm_catalogue.read().problems()]


def check_table(
    *, app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Report where the table of models and the catalogue disagree, in each database that has the table.

    Says nothing while migrations of this app wait, for they bring the two together, nor when the catalogue cannot be
    read, which :func:`check_catalogue` reports.
    """
    catalogue = llm_catalogue.read()
    if not _concerned(app_configs) or catalogue.unreadable:
        return []
    model = apps.get_model("service_providers", "LlmProviderModel")
    return [
        _message(finding, f"database {alias}")
        for alias in databases or ()
        if router.allow_migrate_model(alias, model) and sync.is_ready(using=alias)
        for finding in _disagreements(sync.plan(model=model, catalogue=catalogue, using=alias))
    ]


def _concerned(app_configs: Sequence[AppConfig] | None) -> bool:
    return app_configs is None or apps.get_app_config("service_providers") in app_configs


def _message(finding: Finding, where: str) -> checks.CheckMessage:
    kind = checks.Error if finding.level == "error" else checks.Warning
    return kind(finding.message, hint=finding.hint, obj=where, id=finding.id)


def _disagreements(report: sync.SyncReport) -> Iterator[Finding]:
    if report.created:
        message = f"The table lacks models of the catalogue: {_named(report.created)}."
        yield Finding(Rule.NOT_IN_TABLE, message, SYNC_HINT)
    if differing := [update for update in report.updated if update.reason is not sync.Reason.UNLISTED]:
        message = f"Token limit or deprecated flag are not those of the catalogue: {_named(differing)}."
        yield Finding(Rule.DIFFERS_FROM_TABLE, message, SYNC_HINT)
    if report.unlisted:
        message = f"Global models are in neither list: {_named(report.unlisted)}."
        yield Finding(Rule.UNLISTED, message, UNLISTED_HINT)


def _named(rows: Sequence[sync.NewRow | sync.RowUpdate | sync.UnlistedRow]) -> str:
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return ", ".join(f"{row.provider}/{row.name}" for row in rows[:SHOWN]) + more
