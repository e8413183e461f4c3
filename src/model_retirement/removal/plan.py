"""Plan a removal: which models go, what takes their place, and why others stay. Reads, never writes."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence

from pydantic import BaseModel

from model_retirement import conf
from model_retirement.abstract import AbstractLlmModel
from model_retirement.catalogue import lint
from model_retirement.catalogue.declarations import Deleted
from model_retirement.catalogue.lifecycle import utc_today
from model_retirement.catalogue.moves import MoveEffect
from model_retirement.catalogue.token_limits import limit_warnings
from model_retirement.catalogue.view import Catalogue
from model_retirement.data_migrations.arguments import on_database
from model_retirement.data_migrations.claims import DONE
from model_retirement.data_migrations.suggestions import nearest
from model_retirement.host_models import llm_models
from model_retirement.keys import Key
from model_retirement.references import Moves, Registry, database
from model_retirement.removal import closing
from model_retirement.removal.parameters import parameter_map
from model_retirement.removal_records import statuses
from model_retirement.replacements import EVERY_TEAM, replacement_for


class RemovalRefused(Exception):
    """The removal cannot be done as declared; nothing has been changed. The message says why and what to do."""


@dataclasses.dataclass(frozen=True)
class Replacement:
    """The global model that takes a removed one's place.

    :param max_token_limit: its context window in tokens; 0 if it is not known
    :param parameters: the settings that it takes; None if that is not known
    """

    id: int
    name: str
    max_token_limit: int
    parameters: type[BaseModel] | None


@dataclasses.dataclass(frozen=True)
class PlannedModel:
    """One global model that goes.

    :param model_id: primary key of its row
    :param max_token_limit: its context window in tokens; 0 if it is not known
    :param replacement: what references move to; None clears them
    :param retires_on: the day on which the provider switches it off, if that was declared
    :param move: what it means for those who are moved; None where nothing replaces it
    :param announcement: address of the page on which its provider announces its end; empty if that is not known
    """

    provider: str
    name: str
    model_id: Key
    max_token_limit: int
    replacement: Replacement | None
    retires_on: dt.date | None
    move: MoveEffect | None = None
    announcement: str = ""

    @property
    def action(self) -> str:
        """What happens to the references: ``repoint`` or ``clear``."""
        return "repoint" if self.replacement else "clear"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What people should know before the move."""
        if self.replacement is None:
            return ()
        return limit_warnings(
            name=self.name,
            max_token_limit=self.max_token_limit,
            replacement=self.replacement.name,
            replacement_limit=self.replacement.max_token_limit,
        )

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


@dataclasses.dataclass(frozen=True)
class Skipped:
    """A declared removal that is not carried out here, and why."""

    provider: str
    name: str
    reason: str


@dataclasses.dataclass(frozen=True)
class LeftAlone:
    """A team's own model that has the name of a removed global one. It is the team's, so it stays."""

    provider: str
    name: str
    team_slug: str


@dataclasses.dataclass(frozen=True)
class RemovalPlan:
    """What a removal would do.

    :param absent: names (``provider/name``) without a row whose removal is not recorded yet
    :param today: the day from which days to retirement are counted
    :param partial: it is about some entries only: others, and what removals have begun of them, are none of its business
    """

    models: tuple[PlannedModel, ...]
    skipped: tuple[Skipped, ...]
    left_alone: tuple[LeftAlone, ...]
    absent: tuple[str, ...]
    today: dt.date
    partial: bool = False

    @property
    def moves(self) -> Moves:
        """Where the references to all the models go."""
        return moves_of(self.models)


def moves_of(models: Iterable[PlannedModel]) -> Moves:
    """Return where the references to some planned models go, and what becomes of the settings beside them."""
    replacements = {model.model_id: model.replacement for model in models}
    return Moves(
        targets={model_id: new.id if new else None for model_id, new in replacements.items()},
        parameter_maps={
            model_id: parameter_map(new.parameters)
            for model_id, new in replacements.items()
            if new and new.parameters is not None
        },
    )


def plan_removal(
    *,
    catalogue: Catalogue,
    registry: Registry,
    using: str,
    only: Collection[str] = (),
    force: bool = False,
    today: dt.date | None = None,
) -> RemovalPlan:
    """Plan the removal of the catalogue's removed models from one database.

    :param only: names (``provider/name``) to restrict the removal to; empty means all
    :param force: remove entries again that were restored or faked
    :param today: the day to compare retirement dates with; the present day when left out
    :raises CatalogueError: if the lists cannot be read, as far as the removal depends on them
    :raises RemovalRefused: if an entry whose row exists cannot be removed safely, or if ``only`` names no entry
    """
    today = today or utc_today()
    removals = choose(catalogue, only)
    rows = global_rows(using)
    recorded = statuses(using=using)
    undone = closing.restored(using=using)

    skipped: list[Skipped] = []
    absent: list[str] = []
    going: list[tuple[Deleted, AbstractLlmModel]] = []
    for removal in removals:
        name = f"{removal.provider}/{removal.name}"
        namesakes = rows.get((removal.provider, removal.name), [])
        status = recorded.get(name)
        if not namesakes:
            skipped.append(Skipped(removal.provider, removal.name, "not in the table"))
            if status not in DONE:
                absent.append(name)
        elif not force and (closed := closing.closed_because(name, status=status, restored=undone, using=using)):
            skipped.append(Skipped(removal.provider, removal.name, closed))
        else:
            going += [(removal, row) for row in namesakes]

    if going:
        _refuse_unknown_constraints(registry, using)
    return RemovalPlan(
        models=_resolve(catalogue, going, rows, today=today, using=using),
        skipped=tuple(skipped),
        left_alone=_left_alone([removal for removal, _ in going], using),
        absent=tuple(absent),
        today=today,
        partial=bool(only),
    )


def unlisted(catalogue: Catalogue, names: Collection[str]) -> list[str]:
    """Return those names (``provider/name``) that no declared removal has, sorted."""
    return sorted(set(names) - {f"{removal.provider}/{removal.name}" for removal in catalogue.removals})


def choose(catalogue: Catalogue, only: Collection[str]) -> list[Deleted]:
    """Return the declared removals, or those of them that ``only`` names (``provider/name``).

    :raises CatalogueError: if one of them, or what replaces it, cannot be read or stands there more than once
    :raises RemovalRefused: if it names something else
    """
    catalogue.require_readable(only=only)
    declared = {f"{removal.provider}/{removal.name}": removal for removal in catalogue.removals}
    if unknown := unlisted(catalogue, only):
        raise RemovalRefused(f"{', '.join(unknown)}: not in DELETED_MODELS. {_how_to_name(unknown, declared)}")
    return [removal for name, removal in declared.items() if not only or name in only]


def _how_to_name(unknown: Iterable[str], declared: Collection[str]) -> str:
    """Return how an entry is named, with the ones that are most like what was typed."""
    likely = list(dict.fromkeys(suggestion for name in unknown for suggestion in nearest(name, declared)))
    example = next(iter([*likely, *declared]), "openai/gpt-4")
    meant = f" Did you mean {' or '.join(likely)}?" if likely else ""
    return f"Give PROVIDER/NAME as listed there, such as {example}.{meant}"


def global_rows(using: str) -> dict[tuple[str, str], list[AbstractLlmModel]]:
    """Return the global models by provider and name: one each, or several where the host's table allows it (rule 16)."""
    rows: dict[tuple[str, str], list[AbstractLlmModel]] = {}
    for row in llm_models(using=using).filter(team=None).order_by("pk"):
        rows.setdefault((row.type, row.name), []).append(row)
    return rows


def _resolve(
    catalogue: Catalogue,
    going: list[tuple[Deleted, AbstractLlmModel]],
    rows: Mapping[tuple[str, str], Sequence[AbstractLlmModel]],
    *,
    today: dt.date,
    using: str,
) -> tuple[PlannedModel, ...]:
    planned: list[PlannedModel] = []
    problems: list[str] = []
    for removal, row in going:
        findings = [*catalogue.problems_of(removal, today=today), *lint.find_dearer(catalogue, removal, today=today)]
        blocking = [str(problem) for problem in findings if problem.blocks_removal]
        if blocking:
            problems.extend(blocking)
            continue
        name = replacement_for(catalogue, provider=removal.provider, name=removal.name, team_id=EVERY_TEAM)
        target = next(iter(rows.get((removal.provider, name), ())), None) if name else None
        declared = catalogue.find(removal.provider, name) if name else None
        if name and (target is None or declared is None):
            problems.append(
                f"{removal.provider}/{removal.name}: its replacement {name} is not in the table; run"
                f" `migrate{on_database(using)}` or `llm_models sync{on_database(using)}` first, or declare another"
                " replacement."
            )
            continue
        planned.append(
            PlannedModel(
                provider=removal.provider,
                name=removal.name,
                model_id=row.pk,
                # A host's column may be empty.
                max_token_limit=row.max_token_limit or 0,
                replacement=Replacement(target.pk, target.name, target.max_token_limit or 0, declared.parameters)
                if target and declared
                else None,
                retires_on=removal.retires_on,
                move=catalogue.move_of(removal.provider, removal.name, today=today),
                announcement=catalogue.facts_of(removal.provider, removal.name).announcement or "",
            )
        )
    if problems:
        raise RemovalRefused(" ".join(["Nothing was removed.", *dict.fromkeys(problems)]))
    return tuple(planned)


def _refuse_unknown_constraints(registry: Registry, using: str) -> None:
    if unknown := database.undeclared(registry=registry, using=using):
        raise RemovalRefused(
            f"Nothing was removed. The database has foreign keys to the models that no app declares: "
            f"{', '.join(map(str, unknown))}. Declare them in the app's llm_model_references.py, or drop them."
        )


def _left_alone(removals: Collection[Deleted], using: str) -> tuple[LeftAlone, ...]:
    names = {(removal.provider, removal.name) for removal in removals}
    custom = llm_models(using=using).filter(team__isnull=False, name__in={name for _, name in names})
    slug = f"team__{conf.team_slug()}"
    rows = custom.order_by("type", "name", slug).values_list("type", "name", slug)
    return tuple(LeftAlone(*row) for row in rows if row[:2] in names)
