"""What ``migrate`` and the list of data migrations have to see and to say of models, besides what operations do."""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import Any

from django.apps import AppConfig
from django.db import router

from model_retirement import readiness, reopening
from model_retirement.catalogue import view as llm_catalogue
from model_retirement.data_migrations.after_migrate import faking, is_last
from model_retirement.data_migrations.pending import waiting
from model_retirement.host_models import llm_model
from model_retirement.removal import closing
from model_retirement.removal_records import MIGRATION_NAME, unit_name

_removal_waits: set[str] = set()
"""Aliases of databases on which this ``migrate`` is to run a removal: that tells of what it leaves alone itself."""


def see_release(*, using: str, plan: list[Any] | None = None, **_kwargs: Any) -> None:
    """Write down which restored models this release does not list for removal: a receiver of ``post_migrate``.

    Not of a release that is older than the database: a process of yesterday that starts once more offers what was offered
    yesterday, and that is no news.

    :param plan: the migrations that ran; None if the signal comes from ``flush``
    """
    if plan is None or faking.get() or not router.allow_migrate_model(using, llm_model()):
        return
    catalogue = llm_catalogue.read()
    if not catalogue.unreadable and readiness.is_current(using=using):
        reopening.note_unlisted(model=llm_model(), catalogue=catalogue, using=using)
    if MIGRATION_NAME in waiting(using=using):
        _removal_waits.add(using)


def tell_of_staying_models(
    *,
    app_config: AppConfig,
    using: str,
    verbosity: int,
    plan: list[Any] | None = None,
    stdout: Any = None,
    **_kwargs: Any,
) -> None:
    """Say which listed models are in the table and stay there unless somebody sees it: a receiver of ``post_migrate``.

    It comes after the data migrations, the last of which may have been a removal.

    :param plan: the migrations that ran; None if the signal comes from ``flush``
    """
    if plan is None or faking.get() or not is_last(app_config):
        return
    was_told = using in _removal_waits
    _removal_waits.discard(using)
    if was_told or not verbosity or not router.allow_migrate_model(using, llm_model()):
        return
    (stdout or sys.stdout).writelines(f"{line}\n" for line in closing.summary(_staying(using), using=using))


def remarked_names(using: str) -> list[str]:
    """Return the names of the records of listed models that are in the table although the records say done.

    The record of the request is among them if there are models for which nobody has made one.
    """
    staying = _staying(using)
    return [*(unit_name(str(model)) for model in staying.returned), *([MIGRATION_NAME] if staying.unasked else [])]


def remarked_lines(names: Collection[str], using: str) -> list[str]:
    """Return what is to be said of those of them that have these names."""
    staying = _staying(using)
    named = closing.StayingModels(
        returned=tuple(model for model in staying.returned if unit_name(str(model)) in names),
        unasked=staying.unasked if MIGRATION_NAME in names else (),
    )
    return closing.summary(named, using=using)


def _staying(using: str) -> closing.StayingModels:
    if not readiness.is_ready(using=using):
        return closing.StayingModels()
    return closing.staying(catalogue=llm_catalogue.read(), using=using)
