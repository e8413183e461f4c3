"""Deprecate a model or retire it: the edit of the catalogue, and the migration that carries it out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterable
from pathlib import Path

from model_retirement.authoring import migration_file, source
from model_retirement.authoring.file_changes import FileChange
from model_retirement.authoring.migration_file import EntryKind, MigrationFolder
from model_retirement.authoring.source import Fact
from model_retirement.catalogue.declarations import Deleted
from model_retirement.catalogue.entries import CatalogueModel
from model_retirement.catalogue.findings import Finding
from model_retirement.catalogue.view import Catalogue, CatalogueError, load_source
from model_retirement.data_migrations.suggestions import did_you_mean


class EditRefused(Exception):
    """The edit makes no sense, or would leave a catalogue with errors; nothing was written. The message says why."""


@dataclasses.dataclass(frozen=True)
class Edit:
    """An edit of the catalogue with its migration, not written yet.

    :param changes: the files, in the order in which they are to be written: the catalogue last, for without its
        migration it would pass all checks and do nothing
    :param replacement: what the model's references are to move to; None clears them
    :param warnings: what the lint has to say of the new catalogue that it did not say of the old one
    """

    changes: tuple[FileChange, ...]
    replacement: str | None
    warnings: tuple[Finding, ...]


def deprecate(
    *,
    model: str,
    replacement: str | None,
    retires_on: dt.date | None,
    today: dt.date,
    file: Path,
    migrations: MigrationFolder,
) -> Edit:
    """Mark a model of the catalogue as deprecated.

    :param model: ``provider/name``
    :param replacement: what is to take its place; None keeps what its line says
    :param retires_on: the day on which the provider switches it off; None keeps what its line says
    :param today: the day of the deprecation, unless its line has one; of a model that has retired before, nothing says
        when that was announced
    :param file: ``default_models.py``
    :raises CatalogueError: if the file declares no readable catalogue
    :raises EditRefused: if there is no such model, it is deprecated already, or the checks would refuse the outcome
    :raises NotWrittenPlainly: if the file does not spell the model out
    """
    code = file.read_bytes()
    old = load_source(code, path=file)
    declared = _find(old, model)
    if declared.deprecated:
        raise EditRefused(f"{model} is deprecated already. Edit its line to change its replacement or its date.")
    facts: dict[str, Fact] = {"deprecated": True}
    if replacement is not None:
        facts["replacement"] = _known(replacement, old, provider=declared.provider)
    ends = retires_on or declared.retires_on
    if declared.deprecated_on is None and (ends is None or today <= ends):
        facts["deprecated_on"] = today
    if retires_on is not None:
        facts["retires_on"] = retires_on
        if declared.retires_on_is_earliest:
            facts["retires_on_is_earliest"] = False
    changed = dataclasses.replace(declared, **facts)  # type: ignore[arg-type]  # each is of the type of its field
    new = dataclasses.replace(old, models=tuple(changed if one is declared else one for one in old.models))
    after = source.with_facts(code, provider=declared.provider, name=declared.name, facts=facts)
    found = _findings(old, new, code=after, file=file, today=today)
    warnings = _news(found, old, name=declared.name, today=today)
    migration = migration_file.add(EntryKind.DEPRECATION, provider=declared.provider, name=declared.name, to=migrations)
    return Edit((*migration, FileChange(file, code, after)), changed.replacement, warnings)


def retire(*, model: str, replacement: str | None, today: dt.date, file: Path, migrations: MigrationFolder) -> Edit:
    """Move a model from the catalogue to the removals. A firm day of retirement goes with it, and an accepted price.

    :param model: ``provider/name``
    :param replacement: what takes its place; None keeps what its line says
    :param today: the day to compare retirement dates with
    :param file: ``default_models.py``
    :raises CatalogueError: if the file declares no readable catalogue
    :raises EditRefused: if there is no such model, or the checks would refuse the outcome
    :raises NotWrittenPlainly: if the file does not spell the model or the removals out
    """
    code = file.read_bytes()
    old = load_source(code, path=file)
    declared = _find(old, model)
    provider, name = declared.provider, declared.name
    target = declared.replacement if replacement is None else _known(replacement, old, provider=provider)
    # A removal cannot say that its day is only the earliest one, and teams would be told that it is firm.
    is_dated = declared.retires_on is not None and not declared.retires_on_is_earliest
    # What was accepted is the price of the replacement that the line names, not of any other.
    accepts = declared.accept_price_increase and target == declared.replacement
    new = dataclasses.replace(
        old,
        models=tuple(one for one in old.models if one is not declared),
        removals=(*old.removals, Deleted(provider, name, target, declared.retires_on if is_dated else None, accepts)),
    )
    after = source.with_removal(
        code, provider=provider, name=name, replacement=target, is_dated=is_dated, accepts_price_increase=accepts
    )
    found = _findings(old, new, code=after, file=file, today=today)
    warnings = _news(found, old, name=name, today=today)
    migration = migration_file.add(EntryKind.REMOVAL, provider=provider, name=name, to=migrations)
    return Edit((*migration, FileChange(file, code, after)), target, warnings)


def _find(catalogue: Catalogue, model: str) -> CatalogueModel:
    provider, _, name = model.partition("/")
    if found := catalogue.find(provider, name):
        return found
    if catalogue.find_removal(provider, name):
        raise EditRefused(f"{model} is in DELETED_MODELS already.")
    names = {f"{one.provider}/{one.name}": one.name for one in catalogue.models}
    elsewhere = [full for full, one in names.items() if one in (model, name)]
    form = "Give PROVIDER/NAME, such as openai/gpt-4."
    hint = did_you_mean(model, elsewhere or list(names), otherwise=form)
    raise EditRefused(f"The catalogue has no model {model or repr('')}. {hint}")


def _known(replacement: str, catalogue: Catalogue, *, provider: str) -> str:
    names = [one.name for one in catalogue.models if one.provider == provider]
    if replacement in names or catalogue.find_removal(provider, replacement):
        return replacement
    if not replacement:
        raise EditRefused("--replacement is empty. Give the name of a model, or leave it out.")
    bare = replacement.removeprefix(f"{provider}/")
    hint = did_you_mean(bare, [bare] if bare in names else names, otherwise=f"It has {', '.join(names)}.")
    raise EditRefused(f"{provider} has no model {replacement} to replace it. {hint}")


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
    kept = tuple(one for one in old.removals if (one.provider, one.name) not in going)
    after = source.without_removals(code, going=going)
    _findings(old, dataclasses.replace(old, removals=kept), code=after, file=file, today=today)
    return FileChange(file, code, after)


def _findings(old: Catalogue, new: Catalogue, *, code: bytes, file: Path, today: dt.date) -> list[Finding]:
    """Return what the lint newly finds in an edited catalogue; those are warnings.

    :param new: what the edited code is to declare
    :raises EditRefused: if it declares something else, or the catalogue has errors
    """
    by_hand = "Edit it by hand."
    try:
        edited = load_source(code, path=file)
    except CatalogueError as error:
        raise EditRefused(f"{file.name} would be broken after such an edit: {error} {by_hand}") from error
    if (edited.models, set(edited.removals)) != (new.models, set(new.removals)):
        raise EditRefused(f"{file.name} has code that changes its lists, so an edit would go wrong. {by_hand}")
    before = old.problems(today=today)
    found = [finding for finding in edited.problems(today=today) if finding not in before]
    if errors := [finding for finding in found if finding.level == "error"]:
        raise EditRefused(f"Nothing was written, for the checks would refuse it. {errors[0]}")
    if errors := [finding for finding in before if finding.level == "error"]:
        raise EditRefused(f"Nothing was written, for the catalogue has an error already. {errors[0]}")
    return found


def _news(found: Iterable[Finding], old: Catalogue, *, name: str, today: dt.date) -> tuple[Finding, ...]:
    """Return what is news about a model: a finding about several models changes as well when one of them goes."""
    known = {(one.rule, one.provider, one.name): one.message for one in old.problems(today=today)}
    return tuple(
        finding
        for finding in found
        if (message := known.get((finding.rule, finding.provider, finding.name))) is None
        or message.count(name) < finding.message.count(name)
    )
