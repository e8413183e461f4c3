"""What the edits of the catalogue have in common: what they give, look up, check and refuse."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Generic, TypeVar

from model_retirement.authoring.file_changes import FileChange
from model_retirement.catalogue.declarations import Deleted
from model_retirement.catalogue.entries import CatalogueModel
from model_retirement.catalogue.findings import Finding
from model_retirement.catalogue.view import Catalogue, CatalogueError, load_source
from model_retirement.data_migrations.suggestions import did_you_mean

Entry = TypeVar("Entry", bound=CatalogueModel | Deleted)


class EditRefused(Exception):
    """The edit makes no sense, or would leave a catalogue with errors; nothing was written. The message says why."""


@dataclasses.dataclass(frozen=True)
class Edit(Generic[Entry]):
    """An edit of the catalogue with its migration, not written yet.

    :param changes: the files, in the order in which they are to be written: the catalogue last, for without its
        migration it would pass all checks and do nothing
    :param models: the new entry of each model, in the order in which they were named
    :param unchanged: those (``provider/name``) that are already as they were to be
    :param warnings: what the lint has to say of the new catalogue that it did not say of the old one
    """

    changes: tuple[FileChange, ...]
    models: tuple[Entry, ...]
    unchanged: tuple[str, ...]
    warnings: tuple[Finding, ...]


def checked(old: Catalogue, new: Catalogue, *, code: bytes, file: Path, today: dt.date) -> list[Finding]:
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
    findings = [finding for finding in edited.problems(today=today) if finding not in before]
    if errors := [finding for finding in findings if finding.level == "error"]:
        raise EditRefused(f"Nothing was written, for the checks would refuse it. {errors[0]}")
    if errors := [finding for finding in before if finding.level == "error"]:
        raise EditRefused(f"Nothing was written, for the catalogue has an error already. {errors[0]}")
    return findings


def news(findings: Iterable[Finding], old: Catalogue, *, names: Collection[str], today: dt.date) -> tuple[Finding, ...]:
    """Return what is news about some models: a finding about several changes as well when one of them goes."""
    known = {(finding.rule, finding.provider, finding.name): finding.message for finding in old.problems(today=today)}
    return tuple(
        finding
        for finding in findings
        if (message := known.get((finding.rule, finding.provider, finding.name))) is None
        or any(message.count(name) < finding.message.count(name) for name in names)
    )


def find_all(catalogue: Catalogue, models: Iterable[str], *, replacement: str | None) -> list[CatalogueModel]:
    """Return the models, each once.

    :param replacement: a name that has to be one of their provider's
    :raises EditRefused: if it is not, or there is no such model
    """
    declared = [_find(catalogue, model) for model in dict.fromkeys(models)]
    if replacement is not None:
        providers = list(dict.fromkeys(model.provider for model in declared))
        if len(providers) > 1:
            raise EditRefused(
                f"--replacement names a model of one provider, but the models are of {' and '.join(providers)}."
                " Make one call per provider."
            )
        _require_known(replacement, catalogue, provider=providers[0])
    return declared


def _find(catalogue: Catalogue, model: str) -> CatalogueModel:
    provider, _, name = model.partition("/")
    if declared := catalogue.find(provider, name):
        return declared
    if catalogue.find_removal(provider, name):
        raise EditRefused(f"{model} is in DELETED_MODELS already.")
    names = {f"{entry.provider}/{entry.name}": entry.name for entry in catalogue.models}
    elsewhere = [full for full, bare in names.items() if bare in (model, name)]
    form = "Give PROVIDER/NAME, such as openai/gpt-4."
    hint = did_you_mean(model, elsewhere or list(names), otherwise=form)
    raise EditRefused(f"The catalogue has no model {model or repr('')}. {hint}")


def _require_known(replacement: str, catalogue: Catalogue, *, provider: str) -> None:
    names = [model.name for model in catalogue.models if model.provider == provider]
    if replacement in names or catalogue.find_removal(provider, replacement):
        return
    if not replacement:
        raise EditRefused("--replacement is empty. Give the name of a model, or leave it out.")
    bare = replacement.removeprefix(f"{provider}/")
    hint = did_you_mean(bare, [bare] if bare in names else names, otherwise=f"It has {', '.join(names)}.")
    raise EditRefused(f"{provider} has no model {replacement} to replace it. {hint}")
