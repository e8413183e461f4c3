"""Which deprecated models teams have to hear of, and at which stage of the way to their retirement they are."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext

from model_retirement.abstract import AbstractLlmModel
from model_retirement.catalogue import lifecycle
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.entries import CatalogueModel
from model_retirement.catalogue.lifecycle import Lifecycle, State
from model_retirement.catalogue.moves import MoveEffect
from model_retirement.catalogue.token_limits import limit_warnings
from model_retirement.catalogue.view import Catalogue
from model_retirement.host_models import llm_model, llm_models
from model_retirement.keys import Key, kind_of, stand_in_key
from model_retirement.models import TeamNotice
from model_retirement.replacements import EVERY_TEAM, announced_replacement

ANNOUNCED = "announced"
"""The stage of a model that has no date, or one that is farther away than every other stage."""

CALLED_OFF = "called off"
"""The stage of a model that is not deprecated any more, after teams had been told that it is."""


class NotificationRefused(Exception):
    """Teams cannot be told the truth as the catalogue stands; nobody has been told. The message says what to do."""


@dataclasses.dataclass(frozen=True)
class DeprecatedModel:
    """One global model that is deprecated, or has retired, and is still in the catalogue and in the table.

    Or one of the removal list that its provider has not switched off yet: whoever uses it hears of its removal, but the
    owners of custom models of its name do not.

    :param id: primary key of its row; of one of the removal list a key that no row has, whether its row is there or not
    :param replacement: name of the model that takes its place when it is removed; empty if there is none
    :param stage: what its teams are told now: the days of the stage as text, ``announced`` or ``called off``
    :param warnings: what people should know before they move
    :param move: what the move to the replacement means; None if nobody is moved
    :param announcement: address of the page on which its provider announces its end; empty if that is not known
    :param is_listed: it is on the removal list, so that only owners of custom models of its name are told
    """

    id: Key
    provider: str
    name: str
    replacement: str
    stage: str
    life: Lifecycle
    warnings: tuple[str, ...]
    move: MoveEffect | None = None
    announcement: str = ""
    is_listed: bool = False

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"

    @property
    def is_called_off(self) -> bool:
        """Whether its retirement is called off."""
        return self.stage == CALLED_OFF

    @property
    def retires_on(self) -> dt.date | None:
        """The day that teams are told."""
        return None if self.is_called_off else self.life.retires_on

    @property
    def retires_on_is_earliest(self) -> bool:
        """Whether teams are told that it may also retire later."""
        return self.retires_on is not None and self.life.retires_on_is_earliest


def deprecated_models(
    *, catalogue: Catalogue, days_before: Sequence[int], today: dt.date, using: str
) -> tuple[DeprecatedModel, ...]:
    """Return the models whose teams have to hear of them, those that retire first before the others.

    Those whose retirement is called off are among them, and those of the removal list that their providers have not
    switched off yet.

    :param days_before: the stages, in days before the retirement
    :param today: the day in UTC
    :raises NotificationRefused: if the replacement of one is wrong, so that its removal would be refused
    """
    rows = {(row.type, row.name): row for row in llm_models(using=using).filter(team=None)}
    going = [
        (rows[model.provider, model.name], model, life)
        for model in catalogue.models
        if (model.provider, model.name) in rows
        and (life := lifecycle.of(model, today=today)).state in (State.DEPRECATED, State.RETIRED)
    ]
    wrong = dict.fromkeys(problem for _, model, _ in going for problem in _problems(catalogue, model, today=today))
    if wrong:
        raise NotificationRefused(" ".join(["Nobody was told.", *wrong]))
    models = [
        DeprecatedModel(
            id=row.pk,
            provider=model.provider,
            name=model.name,
            replacement=(replacement := _replacement(catalogue, model)),
            stage=stage(life.days_to_retirement, days_before=days_before),
            life=life,
            warnings=_warnings(catalogue, model, replacement),
            move=catalogue.move_of(model.provider, model.name, today=today),
            announcement=catalogue.facts_of(model.provider, model.name).announcement or "",
        )
        for row, model, life in going
    ]
    models += _called_off(catalogue, rows=rows, today=today, using=using)
    models += _listed(catalogue, days_before=days_before, today=today)
    return tuple(sorted(models, key=lambda model: (model.retires_on or dt.date.max, str(model))))


def _called_off(
    catalogue: Catalogue, *, rows: Mapping[tuple[str, str], AbstractLlmModel], today: dt.date, using: str
) -> list[DeprecatedModel]:
    """Return the models that are offered like any other, and of which some team was told that they are deprecated."""
    notices = TeamNotice.objects.using(using).filter(event=TeamNotice.Event.DEPRECATED)
    told_keys = set(notices.order_by().values_list("provider", "name").distinct())
    return [
        DeprecatedModel(
            id=rows[key].pk,
            provider=model.provider,
            name=model.name,
            replacement="",
            stage=CALLED_OFF,
            life=life,
            warnings=(),
        )
        for model in catalogue.models
        if (key := (model.provider, model.name)) in told_keys
        and key in rows
        and (life := lifecycle.of(model, today=today)).state is State.ACTIVE
    ]


def _listed(catalogue: Catalogue, *, days_before: Sequence[int], today: dt.date) -> list[DeprecatedModel]:
    """Return the models of the removal list whose day is still to come. Nothing is promised, so no replacement is wrong."""
    removals = [
        removal
        for removal in catalogue.removals
        if removal.retires_on is not None
        and removal.retires_on >= today
        and catalogue.find(removal.provider, removal.name) is None
    ]
    return [
        DeprecatedModel(
            id=stand_in_key(number, kind=kind_of(llm_model())),
            is_listed=True,
            provider=removal.provider,
            name=removal.name,
            replacement=_replacement(catalogue, removal),
            stage=stage(life.days_to_retirement, days_before=days_before),
            life=life,
            warnings=(),
        )
        for number, removal in enumerate(removals, start=1)
        for life in [
            lifecycle.of(Model(removal.name, 0, deprecated=True, retires_on=removal.retires_on), today=today),
        ]
    ]


def _replacement(catalogue: Catalogue, model: CatalogueModel | Deleted) -> str:
    """Return what all teams are told that their references become; what is wrong with it has been looked for before."""
    return announced_replacement(catalogue, provider=model.provider, name=model.name, team_id=EVERY_TEAM)


def stage(days: int | None, *, days_before: Sequence[int]) -> str:
    """Return the nearest stage that has been reached: one that was missed is not made up for.

    :param days: days to retirement; None without a date
    """
    reached = [before for before in days_before if days is not None and days <= before]
    return str(min(reached)) if reached else ANNOUNCED


def stage_words(stage: str) -> str:
    """Return a stage for people, such as ``30-day stage``; what is none stays as it is.

    One that was missed is told of later, so its days are not those that are left.
    """
    if stage.isdecimal():
        return gettext("%(days)s-day stage") % {"days": int(stage)} if int(stage) else gettext("on the day")
    words = {ANNOUNCED: gettext("announced"), CALLED_OFF: gettext("called off")}
    return words.get(stage, stage)


def _problems(catalogue: Catalogue, model: CatalogueModel, *, today: dt.date) -> Iterator[str]:
    """Yield what would stop the removal of a model: its teams must not be told of a replacement that is none."""
    removal = Deleted(model.provider, model.name, model.replacement, model.retires_on)
    return (str(problem) for problem in catalogue.problems_of(removal, today=today) if problem.blocks_removal)


def _warnings(catalogue: Catalogue, model: CatalogueModel, replacement: str) -> tuple[str, ...]:
    successor = catalogue.find(model.provider, replacement)
    if successor is None:
        return ()
    return limit_warnings(
        name=model.name,
        max_token_limit=model.token_limit,
        replacement=replacement,
        replacement_limit=successor.token_limit,
    )
