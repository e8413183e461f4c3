"""System checks: the lint of the catalogue, and whether the table matches it. Rules are in ``findings.py``."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core import checks

from model_retirement import command_line, readiness, sync
from model_retirement.answers import is_set_up
from model_retirement.catalogue import view as llm_catalogue
from model_retirement.catalogue.findings import Finding, Rule
from model_retirement.host_models import databases_of_models, llm_model
from model_retirement.removal import closing
from model_retirement.wording import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.apps import AppConfig

CATALOGUE_TAG = "catalogue"
SYNC_HINT = "Run `python manage.py llm_models sync`."
UNLISTED_HINT = f"{SYNC_HINT[:-1]} to deprecate them; add those that can go to DELETED_MODELS."

migrating: ContextVar[bool] = ContextVar("migrating", default=False)
"""Whether ``migrate`` is at its checks."""


def check_catalogue(*, app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report the errors in the lists of ``default_models.py``: whatever command runs system checks stops at them."""
    return _lint(app_configs, level="error")


def check_catalogue_warnings(
    *, app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Report what the lint merely warns of in the lists of ``default_models.py``, where somebody asked for it."""
    return _lint(app_configs, level="warning") if command_line.asks_for_checks() else []


def check_table(
    *, app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Report where the table of models and the catalogue disagree, in each database that has the table.

    Says nothing while migrations of this app wait, for they bring the two together, nor when the catalogue cannot be
    read, which :func:`check_catalogue` reports.
    """
    if not _concerned(app_configs):
        return []
    catalogue = llm_catalogue.read()
    if catalogue.unreadable:
        return []
    model = llm_model()
    return [
        _message(finding, f"database {alias}")
        for alias in databases_of_models(databases)
        if readiness.is_ready(using=alias)
        for finding in _disagreements(sync.plan(model=model, catalogue=catalogue, using=alias))
    ]


def check_staying(
    *, app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Report listed models that are in the table and that nothing is about to take out, in each database that has the table.

    Not while ``migrate`` checks: it tells of them itself, and an error would keep it from running the removal that waits.
    """
    if not _concerned(app_configs) or migrating.get():
        return []
    return [
        _message(finding, f"database {alias}")
        for alias in databases_of_models(databases)
        for finding in closing.findings(using=alias)
    ]


def _lint(app_configs: Sequence[AppConfig] | None, *, level: str) -> list[checks.CheckMessage]:
    if not _concerned(app_configs):
        return []
    findings = llm_catalogue.read().problems()
    return [_message(finding, "default_models.py") for finding in findings if finding.level == level]


def _concerned(app_configs: Sequence[AppConfig] | None) -> bool:
    """Return whether the engine is checked and can be; what its settings lack is told by ``setting_checks``."""
    return (app_configs is None or apps.get_app_config("model_retirement") in app_configs) and is_set_up()


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
    return first_of([f"{row.provider}/{row.name}" for row in rows])
