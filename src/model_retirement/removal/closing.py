"""Entries of ``DELETED_MODELS`` that are closed, and listed models that stay in the table unless somebody sees it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import router

from model_retirement import readiness, removal_records
from model_retirement.catalogue import view as llm_catalogue
from model_retirement.catalogue.declarations import Deleted
from model_retirement.catalogue.findings import Finding, Rule
from model_retirement.catalogue.view import Catalogue
from model_retirement.data_migrations.arguments import on_database
from model_retirement.data_migrations.claims import DONE
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.data_migrations.pending import waiting
from model_retirement.host_models import llm_model, llm_models
from model_retirement.models import RemovedModel
from model_retirement.removal_records import MIGRATION_NAME, statuses, unit_name
from model_retirement.wording import Words, first_of

UNASKED = "Listed for removal and in the table, and nobody has asked for their removal"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReturnedModel:
    """A listed model that is in the table although the record of its entry says that it is done.

    :param closed: why a removal leaves it alone; empty if the next one takes it out
    """

    provider: str
    name: str
    closed: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class StayingModels:
    """Listed models that are in the table although no removal is about to take them out, as they are listed.

    :param returned: those whose records say applied or faked
    :param unasked: ``provider/name`` of those for which nobody ever asked for a removal: they have no record, and no request
        waits. The list was edited without a migration, the request was marked as done, or it was carried out by an earlier
        release, whose list did not name them.
    """

    returned: tuple[ReturnedModel, ...] = ()
    unasked: tuple[str, ...] = ()


def staying(*, catalogue: Catalogue, using: str) -> StayingModels:
    """Return the listed models that stay in the table; four queries, or one if no listed model is in it."""
    listed = _listed_and_there(catalogue, using=using)
    if not listed:
        return StayingModels()
    recorded = statuses(using=using)
    undone = restored(using=using)
    returned = (
        ReturnedModel(
            provider=removal.provider,
            name=removal.name,
            closed=closed_because(name, status=recorded[name], restored=undone, using=using),
        )
        for removal in listed
        if recorded.get(name := f"{removal.provider}/{removal.name}") in DONE
    )
    names = (f"{removal.provider}/{removal.name}" for removal in listed)
    is_asked = MIGRATION_NAME in waiting(using=using)
    return StayingModels(
        returned=tuple(returned), unasked=() if is_asked else tuple(name for name in names if name not in recorded)
    )


def _listed_and_there(catalogue: Catalogue, *, using: str) -> list[Deleted]:
    there = set(llm_models(using=using).filter(team=None).values_list("type", "name"))
    return [removal for removal in catalogue.removals if (removal.provider, removal.name) in there]


def by_reason(models: Iterable[ReturnedModel]) -> list[list[ReturnedModel]]:
    """Return models in groups by the reason for which a removal leaves them alone, or does not."""
    groups: dict[str, list[ReturnedModel]] = {}
    for model in models:
        groups.setdefault(model.closed.replace(str(model), "PROVIDER/NAME"), []).append(model)
    return list(groups.values())


def reason(group: Sequence[ReturnedModel]) -> str:
    """Return why a removal leaves the models of a group alone, in words that fit all of them; empty if it does not."""
    return group[0].closed if len(group) == 1 else group[0].closed.replace(str(group[0]), "PROVIDER/NAME")


def next_step(group: Sequence[object], *, using: str) -> str:
    """Return what to run for models that a removal takes out: a sentence."""
    alone = f"; with `--only {group[0]}` it removes that one alone" if len(group) == 1 else ""
    return f"Run `python manage.py remove_deprecated_models{on_database(using)}`{alone}."


def summary(staying: StayingModels, *, using: str) -> list[str]:
    """Return models in words, a line for each reason, with what to do."""
    lines = [
        f"Listed for removal and left as they are, {why}: {first_of(group)}."
        if (why := reason(group))
        else f"In the table although their removal is recorded as done: {first_of(group)}. {next_step(group, using=using)}"
        for group in by_reason(staying.returned)
    ]
    names = staying.unasked
    return [*lines, *([f"{UNASKED}: {first_of(names)}. {next_step(names, using=using)}"] if names else [])]


def closed(*, names: Collection[str], using: str) -> dict[str, str]:
    """Return, by name, why a removal would leave models alone that are in the table; what it would remove has no entry.

    Two queries.

    :param names: ``provider/name`` of each
    """
    recorded = statuses(using=using)
    undone = restored(using=using)
    reasons = {name: closed_because(name, status=recorded.get(name), restored=undone, using=using) for name in names}
    return {name: why for name, why in reasons.items() if why}


def restored(*, using: str) -> dict[str, str]:
    """Return why entries are closed whose last removal was undone, by ``provider/name``; one query.

    One whose model was offered anew since, or whose entry had left the list, is open, once the restore has ended.
    """
    removed = RemovedModel.objects.using(using).filter(removed_at__isnull=False).order_by("id")
    rows = removed.values_list("provider", "name", "restored_at", "reopened_at", "run", "run__restored_at")
    reasons: dict[str, str] = {}
    for provider, name, restored_at, reopened_at, run, ended_at in rows:
        if restored_at is None or (reopened_at is not None and ended_at is not None):
            reasons.pop(f"{provider}/{name}", None)
        elif reopened_at is None:
            reasons[f"{provider}/{name}"] = Words("restored after its removal")
        else:
            reasons[f"{provider}/{name}"] = Words(
                "restored after its removal, but not to the end: `restore_removed_models %(run)s` finishes that",
                run=str(run) + on_database(using),
            )
    return reasons


def closed_because(name: str, *, status: str | None, restored: Mapping[str, str], using: str) -> str:
    """Return why an entry whose row exists stays closed, or nothing if it is open.

    :param restored: what :func:`restored` returns
    """
    if status == CustomMigration.Status.FAKED:
        why: str = Words("marked as done by hand")
    elif status == CustomMigration.Status.APPLIED and name in restored:
        why = restored[name]
    else:
        return ""
    return Words(
        "%(reason)s; `custom_migrations unmark %(record)s` opens it again",
        reason=why,
        record=unit_name(name) + on_database(using),
    )


def findings(*, using: str) -> list[Finding]:
    """Return what is to be said of listed models that are in the table and that nothing is about to take out.

    Nothing while migrations of this app wait, or a removal is running, for they may settle it.
    """
    model = llm_model()
    if not router.allow_migrate_model(using, model) or not readiness.is_ready(using=using):
        return []
    if removal_records.running(using=using).exists():
        return []
    left = staying(catalogue=llm_catalogue.read(), using=using)
    return [
        *(_finding(group, using=using) for group in by_reason(left.returned)),
        *([_unasked_finding(left.unasked, using=using)] if left.unasked else []),
    ]


def _unasked_finding(names: Sequence[str], *, using: str) -> Finding:
    asks = 'Elsewhere a migration asks for it: RunDataMigration("remove_deprecated_models").'
    return Finding(Rule.UNASKED, f"{UNASKED}: {first_of(names)}.", f"{next_step(names, using=using)} {asks}")


def _finding(group: Sequence[ReturnedModel], *, using: str) -> Finding:
    names = first_of(group)
    if closed_since := reason(group):
        why, _, opens = closed_since.partition("; ")
        message = f"Models are listed for removal and left in the table, {why}: {names}."
        return Finding(Rule.CLOSED, message, f"{opens}; or take them out of DELETED_MODELS.")
    message = f"Models are in the table although their removal is recorded as done: {names}."
    return Finding(Rule.RETURNED, message, next_step(group, using=using))
