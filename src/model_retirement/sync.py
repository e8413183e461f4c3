"""Makes the global rows of the model table match the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from model_retirement import conf, reopening
from model_retirement.batching import retrying, short_transaction
from model_retirement.data_migrations import run_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Manager, Model, QuerySet

    from model_retirement.catalogue.view import Catalogue


# The data migration that moves custom models to new global ones of the same name.
PROMOTION = "promote_custom_models"


class Reason(StrEnum):
    """What says how a row should be."""

    CATALOGUE = "catalogue"  # it is declared there
    REMOVAL = "removal"  # it is in DELETED_MODELS: deprecated until it is removed
    UNLISTED = "unlisted"  # it is in neither list: kept, and deprecated


_WHY = {
    Reason.CATALOGUE: "as the catalogue says",
    Reason.REMOVAL: "since DELETED_MODELS lists it",
    Reason.UNLISTED: "since it is in neither list",
}


@dataclass(frozen=True)
class NewRow:
    """A global model that the table lacks."""

    provider: str
    name: str
    max_token_limit: int


@dataclass(frozen=True)
class UnlistedRow:
    """A global model that is in neither list."""

    provider: str
    name: str


@dataclass(frozen=True)
class RowUpdate:
    """What a row is and what it should be, and why."""

    provider: str
    name: str
    reason: Reason
    old_token_limit: int
    new_token_limit: int
    old_deprecated: bool
    new_deprecated: bool

    @property
    def changes(self) -> bool:
        """Whether the row is different from what it should be."""
        return (self.old_token_limit, self.old_deprecated) != (self.new_token_limit, self.new_deprecated)


@dataclass(frozen=True)
class SyncReport:
    """What a synchronisation does, or did.

    :param created: rows for models that the catalogue declares and does not deprecate.
    :param updated: rows whose token limit or deprecated flag changes.
    :param unlisted: every global row that is in neither list; such rows are kept, deprecated.
    """

    created: tuple[NewRow, ...]
    updated: tuple[RowUpdate, ...]
    unlisted: tuple[UnlistedRow, ...]

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.created or self.updated)

    @property
    def deprecated(self) -> tuple[RowUpdate, ...]:
        """The updates that deprecate a row."""
        return tuple(update for update in self.updated if update.new_deprecated and not update.old_deprecated)


def plan(*, model: type[Model], catalogue: Catalogue, using: str) -> SyncReport:
    """Return what :func:`sync` would do; reads the table with one query and writes nothing.

    :param model: ``LlmProviderModel``, or its historical version in a migration.
    :param catalogue: what the table is to match.
    :param using: the database alias.
    """
    return _compare(list(_global_rows(model, using)), catalogue)


def sync(*, model: type[Model], catalogue: Catalogue, using: str) -> SyncReport:
    """Create and update global rows so that they match ``catalogue``; return what was done. Five queries at most.

    No row is deleted, none is created for a deprecated or removed model, and no team's own row is touched. It may run
    twice at once: both end with the same table, and a row that both set out to create is in both reports.

    :param model: ``LlmProviderModel``, or its historical version in a migration.
    :param catalogue: what the table is to match.
    :param using: the database alias.
    """
    with transaction.atomic(using=using):
        rows = list(_global_rows(model, using))
        report = _compare(rows, catalogue)
        # The partial unique key decides between two that run at once.
        _manager(model, using).bulk_create([_new_row(model, new) for new in report.created], ignore_conflicts=True)
        _require_rows(report.created, model=model, using=using)
        _manager(model, using).bulk_update(list(_apply(report.updated, rows)), ["max_token_limit", "deprecated"])
        reopening.note_unlisted(model=model, catalogue=catalogue, using=using)
    return report


def sync_by_hand(*, model: type[Model], catalogue: Catalogue, using: str, requested_by: str) -> SyncReport:
    """Synchronise outside of any migration and, if that changed something, ask for the promotion; return what was done.

    :param requested_by: who asks for the promotion, for people.
    :raises Blocked: if a lock that others hold was not to be had.
    """

    def work() -> SyncReport:
        with short_transaction(using):
            report = sync(model=model, catalogue=catalogue, using=using)
            if report.changes and conf.promotes_custom_models():
                run_once.request(name=PROMOTION, requested_by=requested_by, repeatable=True, using=using)
        return report

    return retrying(work, using=using)


def offered(report: SyncReport, *, model: type[Model], using: str) -> set[tuple[str, str]]:
    """Return the provider and name of each global model that may be chosen newly once a plan is carried out; one query.

    :param report: what :func:`plan` has returned of the same table
    """
    now = set(_global_rows(model, using).filter(deprecated=False).values_list("type", "name"))
    going = {(update.provider, update.name) for update in report.deprecated}
    coming = {(update.provider, update.name) for update in report.updated if not update.new_deprecated}
    return now - going | coming | {(new.provider, new.name) for new in report.created}


def summary(report: SyncReport, *, done: bool = True) -> list[str]:
    """Return the report in words, one fact a line.

    :param done: the report is of what was done, not of what would be.
    """
    created = "created" if done else "to create"
    return [
        *(f"{created} for {provider}: {names}" for provider, names in _by_provider(report.created)),
        *(f"{update.provider}/{update.name}: {_in_words(update)}" for update in report.updated),
        *(f"kept for {provider}, in neither list: {names}" for provider, names in _by_provider(report.unlisted)),
    ]


def _manager(model: type[Model], using: str) -> Manager[Any]:
    # The model may come from a migration's state, so only what every model has can be named. The default manager of a
    # host's model may hide rows, such as those that are deprecated.
    return model._base_manager.db_manager(using)  # noqa: SLF001  Django documents the name


def _global_rows(model: type[Model], using: str) -> QuerySet[Any]:
    return _manager(model, using).filter(team=None).order_by("pk")


def _compare(rows: list[Any], catalogue: Catalogue) -> SyncReport:
    present = {(row.type, row.name) for row in rows}
    created = tuple(
        NewRow(provider=declared.provider, name=declared.name, max_token_limit=declared.token_limit)
        for declared in catalogue.models
        if not declared.deprecated
        and (declared.provider, declared.name) not in present
        and not catalogue.find_removal(declared.provider, declared.name)
    )
    compared = [_compare_row(row, catalogue) for row in rows]
    return SyncReport(
        created=created,
        updated=tuple(update for update in compared if update.changes),
        unlisted=tuple(
            UnlistedRow(update.provider, update.name) for update in compared if update.reason is Reason.UNLISTED
        ),
    )


def _compare_row(row: Any, catalogue: Catalogue) -> RowUpdate:
    limit, deprecated, reason = row.max_token_limit, True, Reason.UNLISTED
    if catalogue.find_removal(row.type, row.name):
        reason = Reason.REMOVAL
    elif declared := catalogue.find(row.type, row.name):
        limit, deprecated, reason = declared.token_limit, declared.deprecated, Reason.CATALOGUE
    return RowUpdate(
        provider=row.type,
        name=row.name,
        reason=reason,
        old_token_limit=row.max_token_limit,
        new_token_limit=limit,
        old_deprecated=row.deprecated,
        new_deprecated=deprecated,
    )


def _new_row(model: type[Model], new: NewRow) -> Model:
    return model(team=None, type=new.provider, name=new.name, max_token_limit=new.max_token_limit, deprecated=False)


def _require_rows(created: tuple[NewRow, ...], *, model: type[Model], using: str) -> None:
    """Make sure that the rows are there: SQLite passes over one that lacks a value that the table asks for.

    :raises IntegrityError: if one is missing
    """
    there = set(_global_rows(model, using).values_list("type", "name")) if created else set()
    missing = [f"{new.provider}/{new.name}" for new in created if (new.provider, new.name) not in there]
    if missing:
        raise IntegrityError(
            f"The table {model._meta.db_table} took no row for {', '.join(missing)}: a column that {model._meta.label} does not"  # noqa: SLF001
            " know must have a value, or a unique key refuses it"
        )


def _apply(updates: tuple[RowUpdate, ...], rows: list[Any]) -> Iterator[Any]:
    by_key = {(row.type, row.name): row for row in rows}
    for update in updates:
        row = by_key[update.provider, update.name]
        row.max_token_limit, row.deprecated = update.new_token_limit, update.new_deprecated
        yield row


def _by_provider(rows: Iterable[NewRow | UnlistedRow]) -> Iterator[tuple[str, str]]:
    names: dict[str, list[str]] = {}
    for row in rows:
        names.setdefault(row.provider, []).append(row.name)
    return ((provider, ", ".join(listed)) for provider, listed in names.items())


def _in_words(update: RowUpdate) -> str:
    words = []
    if update.old_token_limit != update.new_token_limit:
        words.append(f"token limit {update.old_token_limit} -> {update.new_token_limit}")
    if update.old_deprecated != update.new_deprecated:
        words.append(f"deprecated, {_WHY[update.reason]}" if update.new_deprecated else "no longer deprecated")
    return "; ".join(words)
