"""Write the facts beside the catalogue as feeds have them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from model_retirement import conf
from model_retirement.authoring.file_changes import FileChange
from model_retirement.catalogue import facts_file
from model_retirement.catalogue.findings import Finding
from model_retirement.catalogue.view import load_source
from model_retirement.feeds import facts
from model_retirement.feeds.facts import FactsUpdate
from model_retirement.feeds.rows import Feed

INSTALLED = {"site-packages", "dist-packages"}


class FactsRefused(Exception):
    """The facts cannot be written here; nothing was. The message says why and what to do."""


@dataclasses.dataclass(frozen=True)
class FactsEdit:
    """New facts, not written yet.

    :param change: of the file; None if it holds all that already
    :param findings: what the lint has to say of the catalogue with them that it did not say before
    """

    update: FactsUpdate
    change: FileChange | None
    findings: tuple[Finding, ...]


def edit(*, feeds: Sequence[Feed], days: Sequence[dt.date], today: dt.date, file: Path) -> FactsEdit:
    """Put what feeds say of the models of both lists into the facts.

    :param feeds: whom to ask, the most trusted first
    :param days: of each feed, the day of its prices
    :param today: the day to compare retirement dates with
    :param file: ``default_models.py``
    :raises CatalogueError: if the file declares no readable catalogue, or the facts beside it cannot be read
    :raises FactsRefused: if the file is not the project's own, or its facts stand in the module
    """
    path = file.with_name(facts_file.FILE_NAME)
    if not file.is_relative_to(conf.project_folder()) or INSTALLED & set(file.parts):
        raise FactsRefused(
            f"The catalogue is in {file.parent}, outside of the project, and so would be its facts. Let"
            " MODEL_RETIREMENT_CATALOGUE name a module of the project."
        )
    if conf.declared_facts() is not None:
        raise FactsRefused(
            f"{file.name} defines MODEL_FACTS, which win over {path.name}. Take them out to have the file in their place."
        )
    old = load_source(file.read_bytes(), path=file)
    made = facts.update(
        known=old.facts,
        models={
            *((model.provider, model.name) for model in old.models),
            *((removal.provider, removal.name) for removal in old.removals),
        },
        feeds=feeds,
        days=days,
    )
    before = path.read_bytes() if path.exists() else None
    after = facts_file.written(made.facts)
    known = old.problems(today=today)
    findings = dataclasses.replace(old, facts=made.facts).problems(today=today)
    is_same = after == before or (before is None and not made.facts)
    return FactsEdit(
        update=made,
        change=None if is_same else FileChange(path, before, after),
        findings=tuple(finding for finding in findings if finding not in known),
    )
