"""What a removal would do, or has done, as frozen data that commands and pages turn into words."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_noop

from model_retirement import impact, sql
from model_retirement.catalogue.moves import MoveEffect
from model_retirement.impact import Impact
from model_retirement.keys import Key, read_keys
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel, TeamNotice
from model_retirement.notices.team_reports import TeamReport, team_reports
from model_retirement.phases import phase
from model_retirement.references import Registry
from model_retirement.references.odd_rows import unreadable
from model_retirement.references.remarks import remarks_of
from model_retirement.references.usage import (
    AffectedResource,
    Pairs,
    count,
    pointing_now,
    stream_resources,
)
from model_retirement.removal import failures, journal, parameters
from model_retirement.removal.failures import FailedModel, FailedReport
from model_retirement.removal.interrupted import InterruptedRemoval
from model_retirement.removal.parameters import SettingCounts
from model_retirement.removal.plan import LeftAlone, PlannedModel, RemovalPlan, Skipped, moves_of

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class ModelReport:
    """One model of a removal.

    :param replacement: name of the model that takes its place; None when references are cleared
    :param references: label of a reference to the number of rows that point, or pointed, through it
    :param teams: number of teams concerned
    :param parameters: settings that do not stay as they are, with the number of rows
    :param retires_on: the day on which the provider switches it off, if that was declared
    :param move: what it means to be moved to the replacement, as far as it is known now; None if nothing takes its place
    """

    id: Key
    provider: str
    name: str
    replacement: str | None
    references: Mapping[str, int]
    teams: int
    warnings: tuple[str, ...]
    parameters: SettingCounts
    retires_on: dt.date | None
    move: MoveEffect | None = None

    @property
    def action(self) -> str:
        """What happens to the references: ``repoint`` or ``clear``."""
        return "repoint" if self.replacement else "clear"

    def rows_of(self, labels: Collection[str]) -> int:
        """Return the number of rows of some references."""
        return sum(rows for label, rows in self.references.items() if label in labels)

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


@dataclasses.dataclass(frozen=True)
class ReferenceRemark:
    """What people should know of a place where models are pointed at, before its rows are moved.

    :param reference: label
    """

    reference: str
    text: str


@dataclasses.dataclass(frozen=True)
class RemovalReport:
    """A removal: planned (``run`` is None) or done.

    :param notices: number of notices, one per team and model
    :param today: the day from which days to retirement are counted
    :param failed: the models that stay because of rows that cannot be read or changed
    :param resumes: the interrupted removal that a planned one would resume; whoever tells of it asks for it
    :param owned: labels of the references whose rows belong to a model and are deleted with it
    :param remarks: of a planned one, what is worth knowing of the places where models are pointed at
    :param impact: what a planned removal means to teams, in money and in what they lose; of one that is done nothing
    """

    run: int | None
    models: tuple[ModelReport, ...]
    teams: tuple[TeamReport, ...]
    skipped: tuple[Skipped, ...]
    left_alone: tuple[LeftAlone, ...]
    notices: int
    today: dt.date
    pairs: Pairs = dataclasses.field(repr=False)
    resumes: InterruptedRemoval | None = None
    failed: tuple[FailedReport, ...] = ()
    remarks: tuple[ReferenceRemark, ...] = ()
    owned: frozenset[str] = frozenset()
    impact: Impact = dataclasses.field(default_factory=Impact)

    @property
    def references(self) -> int:
        """Number of references to all the models."""
        return sum(sum(model.references.values()) for model in self.models)

    @property
    def counts(self) -> dict[str, int]:
        """What was done, by kind."""
        return {
            gettext_noop("models"): len(self.models),
            gettext_noop("references"): self.references,
            gettext_noop("teams"): len(self.teams),
            gettext_noop("notices"): self.notices,
        }

    @property
    def names(self) -> dict[Key, str]:
        """Model id to ``provider/name``."""
        return {model.id: str(model) for model in self.models}

    @property
    def unreachable_teams(self) -> tuple[TeamReport, ...]:
        """The teams without a reachable admin."""
        return tuple(team for team in self.teams if not team.is_reachable)

    def resources(self, *, registry: Registry, using: str) -> Iterator[AffectedResource]:
        """Yield the affected resources by team, without holding them all."""
        with sql.dialect(using).streaming():
            yield from stream_resources(registry=registry, pairs=self.pairs, using=using)


@phase(logger, "preview")
def preview(*, plan: RemovalPlan, registry: Registry, using: str) -> RemovalReport:
    """Report what a plan would do, with a number of queries that does not grow with the data."""
    odd = unreadable(registry=registry, moves=plan.moves, using=using)
    kept = failures.kept_by(odd, models=plan.models, registry=registry, using=using)
    models = [model for model in plan.models if model.model_id not in kept]
    pairs = pointing_now(model_ids=[model.model_id for model in models], using=using)
    maps = moves_of(models).parameter_maps
    usage = count(registry=registry, pairs=pairs, using=using, settings_of=maps)
    settings = parameters.planned(maps=maps, settings=usage.settings)
    names = {model.model_id: str(model) for model in models}
    used_by = usage.models_by_team()
    by_team = {
        team_id: tuple(sorted({names[model_id] for model_id in model_ids})) for team_id, model_ids in used_by.items()
    }
    effects = {model.model_id: model.move for model in models if model.move is not None}
    return RemovalReport(
        run=None,
        models=tuple(
            _model_report(
                model,
                references=usage.references.get(model.model_id, {}),
                teams=len(usage.teams.get(model.model_id, ())),
                parameters=settings.get(model.model_id, {}),
            )
            for model in models
        ),
        teams=team_reports(by_team, using=using),
        skipped=plan.skipped,
        left_alone=plan.left_alone,
        notices=sum(len(models) for models in by_team.values()),
        today=plan.today,
        pairs=pairs,
        failed=failures.named(kept.values(), registry=registry, using=using),
        owned=_owned(registry),
        remarks=tuple(
            ReferenceRemark(reference.label, text)
            for reference in registry
            for text in remarks_of(reference, model_ids=[model.model_id for model in models], using=using)
        ),
        impact=impact.of_moves(effects=effects, used_by=used_by, using=using),
    )


def result(
    *,
    run: RemovalRun | None,
    plan: RemovalPlan,
    registry: Registry,
    using: str,
    failed: Sequence[FailedModel] = (),
) -> RemovalReport:
    """Report what a run has done: from its journal and its notices, not from the plan.

    :param failed: the models that stay
    """
    if run is None:
        return RemovalReport(
            run=None,
            models=(),
            teams=(),
            skipped=plan.skipped,
            left_alone=plan.left_alone,
            notices=0,
            today=plan.today,
            pairs=pointing_now(model_ids=(), using=using),
        )
    planned = {model.model_id: model for model in plan.models}
    references = _changed(run, registry, using)
    settings = parameters.done(run=run, registry=registry, using=using)
    teams_by_name = _told(run, using)
    by_team: dict[Key, list[str]] = {}
    for name, team_ids in teams_by_name.items():
        for team_id in team_ids:
            by_team.setdefault(team_id, []).append(name)
    removed_models = RemovedModel.objects.using(using).filter(run=run, removed_at__isnull=False).order_by("pk")
    return RemovalReport(
        run=run.pk,
        models=tuple(
            ModelReport(
                id=removed.model_id,
                provider=removed.provider,
                name=removed.name,
                replacement=removed.replacement or None,
                references=references.get(removed.pk, {}),
                teams=len(teams_by_name.get(str(removed), ())),
                warnings=model.warnings if (model := planned.get(removed.model_id)) else (),
                parameters=settings.get(removed.model_id, {}),
                retires_on=removed.retires_on,
                move=model.move if model else None,
            )
            for removed in removed_models
        ),
        teams=team_reports(by_team, using=using),
        skipped=plan.skipped,
        left_alone=plan.left_alone,
        notices=sum(len(models) for models in by_team.values()),
        today=plan.today,
        pairs=journal.changed_pairs(run=run, using=using),
        failed=failures.named(failed, registry=registry, using=using),
        owned=_owned(registry),
    )


def _owned(registry: Registry) -> frozenset[str]:
    return frozenset(reference.label for reference in registry if reference.goes_with_model)


def _model_report(
    model: PlannedModel, *, references: Mapping[str, int], teams: int, parameters: SettingCounts
) -> ModelReport:
    return ModelReport(
        id=model.model_id,
        provider=model.provider,
        name=model.name,
        replacement=model.replacement.name if model.replacement else None,
        references=references,
        teams=teams,
        warnings=model.warnings,
        parameters=parameters,
        retires_on=model.retires_on,
        move=model.move,
    )


def _changed(run: RemovalRun, registry: Registry, using: str) -> dict[Key, dict[str, int]]:
    """Return the record of each removed model to reference label to number of changed rows."""
    changed: dict[Key, dict[str, int]] = {}
    sums: Any = (
        ReferenceChange.objects.using(using)
        .filter(removed_model__run=run, reference__in=[reference.label for reference in registry])
        .order_by()
        .values_list("removed_model_id", "reference")
        .annotate(Sum("object_count"))
    )
    for removed_id, label, rows in sums:
        changed.setdefault(removed_id, {})[label] = rows
    return changed


def _told(run: RemovalRun, using: str) -> dict[str, list[Key]]:
    """Return the teams that a run's notices tell of each model, by ``provider/name``; a line per model, not per notice."""
    table = sql.quote(using, TeamNotice._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    lines = sql.fetch(
        using,
        f"SELECT provider, name, {sql.collected(using, 'team_id')} FROM {table} WHERE run_id = {run.pk} AND event = %s"
        " GROUP BY provider, name ORDER BY provider, name",
        (TeamNotice.Event.REMOVED.value,),
    )
    return {f"{provider}/{name}": read_keys(json.loads(team_ids)) for provider, name, team_ids in lines}
