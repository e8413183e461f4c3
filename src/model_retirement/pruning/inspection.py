"""The one question behind ``llm_models prune``: which entries may go?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from model_retirement.catalogue.view import load_source
from model_retirement.pruning import asking, evidence, main_branch
from model_retirement.pruning.decisions import Decision, Facts, decide
from model_retirement.pruning.git import NoHistory


def inspect(*, file: Path, evidence_files: Sequence[Path], using: str, now: dt.datetime) -> tuple[Decision, ...]:
    """Return a decision for each entry of ``DELETED_MODELS``.

    :param file: ``default_models.py``
    :param evidence_files: what ``custom_migrations list --format json`` has printed in the other environments
    :param using: the database of this environment
    :raises BrokenEvidence: if one of those files holds something else
    :raises CatalogueError: if the file declares no readable catalogue
    """
    catalogue = load_source(file.read_bytes(), path=file)
    environments = [evidence.of_this_environment(using=using), *map(evidence.of_file, evidence_files)]
    migrations = asking.find()
    try:
        past: main_branch.MainHistory | str = main_branch.read(
            file=file, others=[migration.path for migration in migrations]
        )
    except NoHistory as error:
        past = str(error)
    facts = Facts(history=past, environments=environments, asking=migrations)
    return decide(catalogue=catalogue, facts=facts, now=now)
