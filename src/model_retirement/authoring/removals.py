"""Retire models, and prune removals that have served: edits of both lists, and the migration that carries one out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Sequence
from pathlib import Path

from model_retirement.authoring import edits, migration_file, source
from model_retirement.authoring.edits import Edit
from model_retirement.authoring.file_changes import FileChange
from model_retirement.authoring.migration_file import EntryKind, MigrationFolder
from model_retirement.authoring.source import Fact, LineEdit
from model_retirement.catalogue.declarations import Deleted
from model_retirement.catalogue.entries import CatalogueModel
from model_retirement.catalogue.view import load_source


def retire(
    *,
    models: Sequence[str],
    replacement: str | None,
    retires_on: dt.date | None,
    is_earliest: bool,
    today: dt.date,
    file: Path,
    migrations: MigrationFolder,
) -> Edit[Deleted]:
    """Move models from the catalogue to the removals. A firm day of retirement goes with each, and an accepted price.

    :param models: ``provider/name`` of each
    :param replacement: what takes their place; None keeps what their lines say
    :param retires_on: the day on which the provider switches them off; None keeps what their lines say
    :param is_earliest: it may also be later than ``retires_on``, so that no day goes with them
    :param today: the day to compare retirement dates with
    :param file: ``default_models.py``
    :raises CatalogueError: if the file declares no readable catalogue
    :raises EditRefused: if there is no such model, or the checks would refuse the outcome
    :raises NotWrittenPlainly: if the file does not spell a model or the removals out
    """
    code = file.read_bytes()
    old = load_source(code, path=file)
    going = edits.find_all(old, models, replacement=replacement)
    days: dict[str, Fact] = {"retires_on": retires_on, "retires_on_is_earliest": is_earliest} if retires_on else {}
    dated = source.with_facts(code, [LineEdit(model.provider, model.name, days) for model in going]) if days else code
    removals = tuple(
        _removal_of(dataclasses.replace(model, **days), replacement=replacement)  # type: ignore[arg-type]  # each is of the type of its field
        for model in going
    )
    new = dataclasses.replace(
        old,
        models=tuple(model for model in old.models if model not in going),
        removals=(*old.removals, *removals),
    )
    after = source.with_removals(dated, removals)
    findings = edits.checked(old, new, code=after, file=file, today=today)
    names = [f"{model.provider}/{model.name}" for model in going]
    return Edit(
        changes=(*migration_file.add(EntryKind.REMOVAL, models=names, to=migrations), FileChange(file, code, after)),
        models=removals,
        unchanged=(),
        warnings=edits.news(findings, old, names=[model.name for model in going], today=today),
    )


def prune(*, going: Collection[tuple[str, str]], today: dt.date, file: Path) -> FileChange:
    """Take removals that have served out of the list.

    :param going: provider and name of each
    :param today: the day to compare retirement dates with
    :param file: ``default_models.py``
    :raises CatalogueError: if the file declares no readable catalogue
    :raises EditRefused: if the checks would refuse the outcome
    :raises NotWrittenPlainly: if the file does not spell the removals out
    """
    code = file.read_bytes()
    old = load_source(code, path=file)
    kept = tuple(removal for removal in old.removals if (removal.provider, removal.name) not in going)
    after = source.without_removals(code, going=going)
    edits.checked(old, dataclasses.replace(old, removals=kept), code=after, file=file, today=today)
    return FileChange(file, code, after)


def _removal_of(model: CatalogueModel, *, replacement: str | None) -> Deleted:
    target = model.replacement if replacement is None else replacement
    return Deleted(
        provider=model.provider,
        name=model.name,
        replacement=target,
        # A removal cannot say that its day is only the earliest one, and teams would be told that it is firm.
        retires_on=None if model.retires_on_is_earliest else model.retires_on,
        # What was accepted is the price of the replacement that the line names, not of any other.
        accept_price_increase=model.accept_price_increase and target == model.replacement,
    )
