"""What a notice keeps beside its key, as the facts were when it was written: one shape for every event.

The database writes payloads, thousands at a time (:func:`written`); :meth:`Payload.read` gives what it has written. What
stands under which key is known here and nowhere else.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from model_retirement import sql
from model_retirement.catalogue.moves import MoveEffect
from model_retirement.keys import json_key, read_key
from model_retirement.notices.told_moves import TeamImpact, move_as_json, read_move

IS_EARLIEST = "payload__retires_on_is_earliest"
"""Look-up of :attr:`Payload.retires_on_is_earliest` on notices."""


@dataclass(frozen=True)
class Part:
    """Where in a resource a model stands.

    :param below: kind of the resource in between, such as the pipeline of a chatbot; empty if there is none
    :param within: name of that one
    :param label: name of the part, such as a node's; empty if it is the resource
    :param member: word for one of several models that stand there, such as ``fallback``; empty of the one model
    :param left: how many of these are left since the removal made them fewer; None if it did not
    """

    below: str = ""
    within: str = ""
    label: str = ""
    member: str = ""
    left: int | None = None


@dataclass(frozen=True)
class NamedResource:
    """One resource that a notice names.

    :param version: number of the published version that people use, where the working version is not concerned
    """

    id: Any
    name: str
    version: int | None
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class ResourceGroup:
    """Working resources of one kind for which a model is the same.

    :param model: label of their Django model
    :param has_main: the model is the one that they answer with, or one of several that they have such places for
    :param has_fewer: they have fewer models in a list than before
    :param total: number of them
    :param first: the first ones
    """

    kind: str
    model: str
    has_main: bool
    has_fewer: bool
    total: int
    first: tuple[NamedResource, ...]

    @property
    def more(self) -> int:
        """Number of those that are not named."""
        return self.total - len(self.first)


@dataclass(frozen=True)
class Resources:
    """What an event concerns, each thing once: a chatbot stands for its pipeline and for its published version.

    :param idle: number of archives, and of published versions that nobody uses any more
    """

    groups: tuple[ResourceGroup, ...] = ()
    idle: int = 0

    def __bool__(self) -> bool:
        return bool(self.groups or self.idle)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Return what the JSON of a payload says.

        :raises KeyError: if it is none
        """
        groups = tuple(
            ResourceGroup(
                kind=group["kind"],
                model=group["model"],
                has_main=bool(group["has_main"]),
                has_fewer=bool(group["has_fewer"]),
                total=group["total"],
                first=tuple(
                    NamedResource(read_key(pk), name, version, tuple(Part(*part) for part in parts))
                    for pk, name, version, parts in group["first"]
                ),
            )
            for group in data["groups"]
        )
        return cls(groups=groups, idle=data["idle"])

    def as_json(self) -> dict[str, Any]:
        """Return the same as the database writes it."""
        return {
            "groups": [
                {
                    "kind": group.kind,
                    "model": group.model,
                    "has_main": int(group.has_main),
                    "has_fewer": int(group.has_fewer),
                    "total": group.total,
                    "first": [
                        [
                            json_key(resource.id),
                            resource.name,
                            resource.version,
                            [[part.below, part.within, part.label, part.member, part.left] for part in resource.parts],
                        ]
                        for resource in group.first
                    ],
                }
                for group in self.groups
            ],
            "idle": self.idle,
        }


@dataclass(frozen=True)
class Told:
    """What the team was told of the model before, if that was otherwise."""

    stage: str
    replacement: str
    retires_on: dt.date | None
    retires_on_is_earliest: bool

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Return what the JSON of a payload says."""
        day = data["retires_on"]
        return cls(
            stage=data["stage"],
            replacement=data["replacement"],
            retires_on=None if day is None else dt.date.fromisoformat(day),
            retires_on_is_earliest=bool(data["retires_on_is_earliest"]),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the same as the database writes it."""
        return {
            "stage": self.stage,
            "replacement": self.replacement,
            "retires_on": self.retires_on and self.retires_on.isoformat(),
            "retires_on_is_earliest": self.retires_on_is_earliest,
        }


@dataclass(frozen=True)
class Payload:
    """What a notice keeps beside its key.

    :param warnings: what people should know of the replacement, in English
    :param settings: settings that did not stay as they were, each with its name and what it became
    :param retires_on_is_earliest: the model may also retire later than on the notice's day
    :param resources: what the event concerns; of a restore, what is back
    :param own: what uses the team's own model of the same name; None if it has none
    :param moved_on: of a restore, what is not back through no act of the team: a later removal has moved it on, or the
        database did not take it
    :param changed: of a restore, what people have changed since
    :param was: what the team was told before; None if that was the same, or nothing
    :param move: what the move to the replacement means; None if nothing takes the model's place
    :param impact: what it means to this team; None as long as that is not known
    :param announcement: address of the page on which its provider announces its end; empty if that is not known
    """

    warnings: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    retires_on_is_earliest: bool = False
    resources: Resources = Resources()
    own: Resources | None = None
    moved_on: Resources = Resources()
    changed: Resources = Resources()
    was: Told | None = None
    move: MoveEffect | None = None
    impact: TeamImpact | None = None
    announcement: str = ""

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Return what a notice keeps.

        :raises KeyError: if that is no payload
        """
        return cls(
            warnings=tuple(data["warnings"]),
            settings=tuple((name, becomes) for name, becomes in data["settings"]),
            retires_on_is_earliest=data["retires_on_is_earliest"],
            resources=Resources.read(data["resources"]),
            own=None if data["own"] is None else Resources.read(data["own"]),
            moved_on=Resources.read(data["moved_on"]),
            changed=Resources.read(data["changed"]),
            was=None if data["was"] is None else Told.read(data["was"]),
            move=read_move(data["move"]),
            impact=None if data["impact"] is None else TeamImpact.read(data["impact"]),
            announcement=data["announcement"],
        )

    def as_json(self) -> dict[str, Any]:
        """Return the same as the database writes it."""
        return {
            "warnings": list(self.warnings),
            "settings": [list(change) for change in self.settings],
            "retires_on_is_earliest": self.retires_on_is_earliest,
            "resources": self.resources.as_json(),
            "own": None if self.own is None else self.own.as_json(),
            "moved_on": self.moved_on.as_json(),
            "changed": self.changed.as_json(),
            "was": None if self.was is None else self.was.as_json(),
            "move": move_as_json(self.move),
            "impact": None if self.impact is None else self.impact.as_json(),
            "announcement": self.announcement,
        }


def written(using: str, same: str, **facts: str) -> str:
    """Return an expression for a payload.

    :param same: expression for the payload with what is the same for all teams, of ``stored_json_type``; put together
        once, for thousands of notices say it
    :param facts: by field what is not, an expression for its JSON; NULL stands for what an empty payload has there
    :raises KeyError: for what is no field of :class:`Payload`
    """
    dialect = sql.dialect(using)
    empty = Payload().as_json()
    nothing = {name: dialect.read_json(f"'{json.dumps(empty[name])}'") for name in facts}
    return dialect.with_json_values(same, {name: f"COALESCE({facts[name]}, {nothing[name]})" for name in facts})


def written_told(using: str, notice: str) -> str:
    """Return an expression for what a notice says, as the ``was`` of one that follows it.

    :param notice: name of its table in the query
    """
    return (
        f"{sql.dialect(using).json_object}('stage', {notice}.stage, 'replacement', {notice}.replacement,"
        f" 'retires_on', CAST({notice}.retires_on AS text),"
        f" 'retires_on_is_earliest', {notice}.payload -> 'retires_on_is_earliest')"
    )


def is_earliest(notice: str) -> str:
    """Return an expression for whether a notice's day is the earliest one, as ``true`` or ``false``."""
    return f"CAST({notice}.payload -> 'retires_on_is_earliest' AS text)"


def written_resources(using: str, *, groups: str, idle: str) -> str:
    """Return an expression for :class:`Resources`.

    :param groups: expression for a JSON list of what :func:`written_group` gives; NULL if there are none
    """
    return (
        f"{sql.dialect(using).json_object}('groups', {sql.dialect(using).made_json(f'COALESCE({groups}, {_nothing(using)})')},"
        f" 'idle', COALESCE({idle}, 0))"
    )


def written_group(using: str, *, first: str, **facts: str) -> str:
    """Return an expression for a :class:`ResourceGroup`.

    :param first: expression for a JSON list of what :func:`written_resource` gives
    :param facts: expressions for the other fields
    """
    values = ", ".join(f"'{name}', {facts[name]}" for name in ("kind", "model", "has_main", "has_fewer", "total"))
    return f"{sql.dialect(using).json_object}({values}, 'first', {first})"


def written_resource(using: str, *, parts: str) -> str:
    """Return an expression for a :class:`NamedResource` of columns with the names of its fields."""
    return f"{sql.dialect(using).json_array}(id, name, version, {sql.dialect(using).made_json(parts)})"


def written_part(using: str) -> str:
    """Return an expression for a :class:`Part` of columns with the names of its fields; ``remaining`` for ``left``."""
    return f"{sql.dialect(using).json_array}(below, within, label, member, remaining)"


def _nothing(using: str) -> str:
    return sql.dialect(using).read_json("'[]'")
