"""Which models something has chosen, and what may be chosen newly.

A deprecated model keeps working where it is used; only new use is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, IntegrityError, models
from django.utils.text import capfirst

from model_retirement import sql
from model_retirement.abstract import AbstractLlmModel
from model_retirement.catalogue.lifecycle import Lifecycle, utc_today
from model_retirement.host_models import llm_model, llm_models, models_of_the_table
from model_retirement.keys import Key
from model_retirement.lifecycle import Lifecycles
from model_retirement.token_limits import with_token_limit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


AnyKey = TypeVar("AnyKey", int, UUID)


class ModelGoneError(IntegrityError):
    """Something was to be saved that newly points at a model which does not exist, or not any more."""

    def __init__(self, model_ids: Collection[Key]) -> None:
        listed = ", ".join(map(str, sorted(model_ids)))
        super().__init__(
            f"There is no LLM model with the id {listed}; it may just have been removed. Nothing was saved: choose "
            "another model."
        )


@dataclass(frozen=True)
class ModelUse:
    """One place of an object where a model can be chosen, and the model that is.

    :param where: the place in words, such as a node's label
    :param model_id: the id that is stored there, None when no model is chosen
    :param state: the state of the model's life; ``none`` when no model is chosen, ``removed`` when it is gone, and
        ``foreign`` when it is another team's, of which nothing is told
    :param model: the row, if the team may use it
    :param lifecycle: what the catalogue says of it
    :param token_limit: the context window in tokens that applies to the team
    """

    where: str
    model_id: Key | None
    state: str
    model: AbstractLlmModel | None = None
    lifecycle: Lifecycle | None = None
    token_limit: int | None = None


def look_up_uses(chosen: Iterable[tuple[str, int | None]], *, team_id: Key) -> list[ModelUse]:
    """Return a team's uses of pairs of a place and a model id, with one query for all of them."""
    pairs = list(chosen)
    models = with_token_limit(llm_models(using=DEFAULT_DB_ALIAS), team=team_id)
    rows = models.in_bulk({pk for _, pk in pairs if pk is not None})
    lifecycles = Lifecycles(today=utc_today())
    return [_use(where, pk, rows.get(pk or 0), team_id=team_id, lifecycles=lifecycles) for where, pk in pairs]


def _use(where: str, pk: int | None, row: Any, *, team_id: Key, lifecycles: Lifecycles) -> ModelUse:
    if pk is None:
        return ModelUse(where, None, "none")
    if row is None:
        return ModelUse(where, pk, "removed")
    if row.team_id not in {None, team_id}:
        return ModelUse(where, pk, "foreign")
    lifecycle = lifecycles.of(row, team_id=team_id)
    return ModelUse(where, pk, lifecycle.state, row, lifecycle, row.token_limit)


def hold(*, model_ids: Collection[AnyKey], using: str) -> set[AnyKey]:
    """Keep models from being removed until the caller's transaction ends. Return the ids that do not exist.

    It is what a foreign key does by itself, for ids in JSON: a removal that has begun to delete the row is waited for.
    """
    if not model_ids:
        return set()
    meta: Any = llm_model()._meta  # noqa: SLF001  # the documented Meta API
    table, pk = (sql.quote(using, name) for name in (meta.db_table, meta.pk.column))
    lock = sql.dialect(using).hold_clause
    query = f"SELECT {pk} FROM {table} WHERE {pk} IN ({sql.id_list(model_ids)}) ORDER BY {pk}{lock}"
    return set(model_ids) - {model_id for (model_id,) in sql.fetch(using, query, keys=[0])}


def refuse_new_use(*, team_id: Key, chosen: Mapping[str, Iterable[Key]], kept: Collection[Key]) -> None:
    """Check that a team may choose these models.

    ``chosen`` maps a form field to the ids of the models that it names; ``kept`` are the ids that the stored object
    uses already, in whatever field: they pass, unless they are of another team.

    :raises ValidationError: with one message per field and model that is missing, deprecated or another team's.
    """
    named = {field: list(ids) for field, ids in chosen.items()}
    rows = llm_models(using=DEFAULT_DB_ALIAS).in_bulk({model_id for ids in named.values() for model_id in ids})
    errors = {
        field: reasons
        for field, ids in named.items()
        if (
            reasons := [
                reason
                for pk in ids
                if (reason := _why_not(rows.get(pk), pk=pk, team_id=team_id, is_new=pk not in kept))
            ]
        )
    }
    if errors:
        raise ValidationError(errors)


def _why_not(model: AbstractLlmModel | None, *, pk: Key, team_id: Key, is_new: bool) -> str | None:
    if model is not None and model.team_id not in {None, team_id}:
        return f"{model} is a custom model of another team: choose a global model or one of this team."
    if not is_new:
        return None
    if model is None:
        return f"There is no LLM model with the id {pk}: choose another one."
    if model.deprecated:
        return (
            f"{model} is deprecated: it keeps working where it is used, but nothing new may use it. Choose another one."
        )
    return None


class ChoosesModels(models.Model):
    """Something of a team with foreign keys to models: validating it refuses new use of what is not on offer."""

    team_id: Key | None

    class Meta:
        abstract = True

    def model_uses(self) -> list[ModelUse]:
        """Return every place where this object chooses a model."""
        return look_up_uses(self.chosen_models(), team_id=self.team_id) if self.team_id is not None else []

    def chosen_models(self) -> list[tuple[str, int | None]]:
        """Return every place where this object chooses a model, in words, and the model's id."""
        return [(capfirst(str(field.verbose_name)), pk) for field, pk in self._chosen()]

    def clean(self) -> None:
        """Refuse models that the stored object does not use yet and that its team may not choose.

        An object that moves to another team chooses all its models anew.

        :raises ValidationError: keyed by the field that names the model.
        """
        super().clean()
        if self.team_id is None:
            return
        refuse_new_use(
            team_id=self.team_id,
            chosen={field.name: [pk] for field, pk in self._chosen() if pk is not None},
            kept=self._kept(team_id=self.team_id),
        )

    def _chosen(self) -> list[tuple[models.Field[Any, Any], int | None]]:
        rows = models_of_the_table()
        fields = [field for field in self._meta.concrete_fields if field.related_model in rows]
        return [(field, getattr(self, field.attname)) for field in fields]

    def _kept(self, *, team_id: Key) -> set[Key]:
        every_row: models.Manager[Any] = type(self)._base_manager  # noqa: SLF001  # default managers hide archives
        names = [field.attname for field, _ in self._chosen()]
        return set((every_row.filter(pk=self.pk, team=team_id).values(*names).first() or {}).values())
