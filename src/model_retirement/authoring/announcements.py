"""Deprecate models: the edit of their lines, and the migration that carries it out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from model_retirement.authoring import edits, migration_file, source
from model_retirement.authoring.edits import Edit, EditRefused
from model_retirement.authoring.file_changes import FileChange
from model_retirement.authoring.migration_file import EntryKind, MigrationFolder
from model_retirement.authoring.source import Fact, LineEdit
from model_retirement.catalogue.entries import CatalogueModel
from model_retirement.catalogue.findings import Finding
from model_retirement.catalogue.view import Catalogue, load_source


@dataclasses.dataclass(frozen=True)
class Announcement:
    """What a provider says of the end of a model. None stands for what it does not say; the line keeps that.

    :param model: ``provider/name``
    :param replacement: what is to take its place
    :param deprecated_on: the day of the deprecation, for a line that has none
    :param retires_on: the day on which the provider switches it off
    :param is_earliest: it may also be later than ``retires_on``
    :param source: where it says so, for the comment behind the line; empty leaves the comment alone
    """

    model: str
    replacement: str | None = None
    deprecated_on: dt.date | None = None
    retires_on: dt.date | None = None
    is_earliest: bool = False
    source: str = ""


def deprecate(
    *,
    models: Sequence[str],
    replacement: str | None,
    retires_on: dt.date | None,
    is_earliest: bool,
    today: dt.date,
    file: Path,
    migrations: MigrationFolder,
) -> Edit[CatalogueModel]:
    """Mark models of the catalogue as deprecated, or change the replacement or the day of those that are.

    :param models: ``provider/name`` of each
    :param replacement: what is to take their place; None keeps what their lines say
    :param retires_on: the day on which the provider switches them off; None keeps what their lines say
    :param is_earliest: it may also be later than ``retires_on``
    :param today: the day of the deprecation, unless a line has one; of a model that has retired before, nothing says when
        that was announced, nor of one that was deprecated before
    :param file: ``default_models.py``
    :raises CatalogueError: if the file declares no readable catalogue
    :raises EditRefused: if there is no such model, nothing would change, or the checks would refuse the outcome
    :raises NotWrittenPlainly: if the file does not spell a model out
    """
    old = load_source(file.read_bytes(), path=file)
    announcements = []
    for declared in edits.find_all(old, models, replacement=replacement):
        ends = retires_on or declared.retires_on
        is_news = not declared.deprecated and (ends is None or today <= ends)
        announced = Announcement(
            model=f"{declared.provider}/{declared.name}",
            replacement=replacement,
            deprecated_on=today if is_news else None,
            retires_on=retires_on,
            is_earliest=is_earliest,
        )
        announcements.append(announced)
    edit = announce(announcements=announcements, today=today, file=file, migrations=migrations)
    if not edit.models:
        raise EditRefused(
            f"Nothing would change: {', '.join(edit.unchanged)} {'is' if len(edit.unchanged) == 1 else 'are'} deprecated"
            " already. Give another --replacement, --retires-on or --not-before."
        )
    return edit


def announce(
    *, announcements: Sequence[Announcement], today: dt.date, file: Path, migrations: MigrationFolder
) -> Edit[CatalogueModel]:
    """Mark models of the catalogue as deprecated, with what their providers say of each. It may be that nothing changes.

    :param announcements: one for a model
    :param today: the day to compare retirement dates with
    :param file: ``default_models.py``
    :raises CatalogueError: if the file declares no readable catalogue
    :raises EditRefused: if there is no such model, or the checks would refuse the outcome
    :raises NotWrittenPlainly: if the file does not spell a model out
    """
    code = file.read_bytes()
    old = load_source(code, path=file)
    lines: dict[CatalogueModel, LineEdit] = {}
    unchanged = []
    for announcement in announcements:
        (declared,) = edits.find_all(old, [announcement.model], replacement=announcement.replacement)
        if facts := news_in(announcement, declared):
            lines[declared] = LineEdit(declared.provider, declared.name, facts, source=announcement.source)
        else:
            unchanged.append(announcement.model)
    if not lines:
        return Edit(changes=(), models=(), unchanged=tuple(unchanged), warnings=())
    changed = {declared: _with_facts(declared, line.facts) for declared, line in lines.items()}
    new = dataclasses.replace(old, models=tuple(changed.get(model, model) for model in old.models))
    after = source.with_facts(code, lines.values())
    findings = edits.checked(old, new, code=after, file=file, today=today)
    names = [f"{model.provider}/{model.name}" for model in lines]
    return Edit(
        changes=(
            *migration_file.add(EntryKind.DEPRECATION, models=names, to=migrations),
            FileChange(file, code, after),
        ),
        models=tuple(changed.values()),
        unchanged=tuple(unchanged),
        warnings=edits.news(findings, old, names=[model.name for model in lines], today=today),
    )


def applied(announcements: Iterable[Announcement], *, catalogue: Catalogue) -> Catalogue:
    """Return the catalogue as it is with them.

    :raises EditRefused: if there is no such model
    """
    for announcement in announcements:
        (declared,) = edits.find_all(catalogue, [announcement.model], replacement=announcement.replacement)
        changed = _with_facts(declared, news_in(announcement, declared))
        models = tuple(changed if model is declared else model for model in catalogue.models)
        catalogue = dataclasses.replace(catalogue, models=models)
    return catalogue


def passing(
    announcements: Sequence[Announcement], *, catalogue: Catalogue, today: dt.date
) -> tuple[tuple[Announcement, ...], tuple[tuple[Announcement, Finding], ...]]:
    """Return those that the checks let pass together, and the others, each with the error that it would make.

    One that is refused on its own may pass with what comes behind it, such as another replacement.

    :param today: the day to compare retirement dates with
    """
    known = set(catalogue.problems(today=today))
    passed: list[Announcement] = []
    waiting = list(announcements)
    while waiting:
        refused = []
        for announcement in waiting:
            new = applied([announcement], catalogue=catalogue)
            errors = [
                finding for finding in new.problems(today=today) if finding.level == "error" and finding not in known
            ]
            if errors:
                refused.append((announcement, errors[0]))
            else:
                catalogue = new
                passed.append(announcement)
        if len(refused) == len(waiting):
            return tuple(passed), tuple(refused)
        waiting = [announcement for announcement, _ in refused]
    return tuple(passed), ()


def news_in(announced: Announcement, declared: CatalogueModel) -> Mapping[str, Fact]:
    """Return what is to be set in the line of a model, which says the rest already."""
    facts: dict[str, Fact] = {"deprecated": True}
    if announced.replacement is not None:
        facts["replacement"] = announced.replacement
        # What was accepted is the price of the replacement that the line names, not of any other.
        facts["accept_price_increase"] = (
            declared.accept_price_increase and announced.replacement == declared.replacement
        )
    if announced.deprecated_on is not None and declared.deprecated_on is None:
        facts["deprecated_on"] = announced.deprecated_on
    if announced.retires_on is not None:
        facts["retires_on"] = announced.retires_on
        facts["retires_on_is_earliest"] = announced.is_earliest
    return {argument: fact for argument, fact in facts.items() if getattr(declared, argument) != fact}


def _with_facts(model: CatalogueModel, facts: Mapping[str, Fact]) -> CatalogueModel:
    return dataclasses.replace(model, **facts)  # type: ignore[arg-type]  # each is of the type of its field
