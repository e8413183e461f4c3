"""What a replacement does not simply take over from the model before it: its settings and its token limit."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel

from model_retirement import sql, stored_json
from model_retirement.catalogue.parameter_mapping import DIALS, map_parameters
from model_retirement.keys import Key
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel
from model_retirement.references import ParameterMap, Reference, Registry
from model_retirement.removal import journal
from model_retirement.sql import Statement
from model_retirement.wording import Words


@dataclasses.dataclass(frozen=True, order=True)
class SettingChange:
    """One setting that does not stay as it is.

    :param name: what it is called
    :param becomes: what it is called for the replacement; empty if the replacement does not take it
    """

    name: str
    becomes: str

    def __str__(self) -> str:
        return str(self.words)

    @property
    def words(self) -> Words:
        """What becomes of it."""
        if not self.becomes:
            return Words("%(setting)s is dropped", setting=self.name)
        if self.becomes == self.name:
            return Words("%(setting)s changes", setting=self.name)
        return Words("%(setting)s becomes %(becomes)s", setting=self.name, becomes=self.becomes)


SettingCounts = Mapping[SettingChange, int]
"""Setting changes with the number of rows that they concern."""


def parameter_map(schema: type[BaseModel]) -> ParameterMap:
    """Return the map of settings of any model to those that a model of ``schema`` takes."""
    return partial(_mapped, schema)


def _mapped(schema: type[BaseModel], old: dict[str, Any]) -> dict[str, Any] | None:
    # The catalogue does not hold a removed model's own family any more.
    mapping = map_parameters(parameters=old, source_schema=None, target_schema=schema)
    return mapping.parameters if mapping.changed else None


def setting_changes(old: Any, new: Any) -> Iterator[SettingChange]:
    """Yield what differs between the settings before and after a move, two JSON objects.

    Names are given as they can be written anywhere: SQLite stores half a character (a lone surrogate) among them.
    """
    new_dials = [name for name in new if name in DIALS and name not in old]
    for name, value in old.items():
        said = name.encode(errors="replace").decode()
        if name in new:
            if new[name] != value:
                yield SettingChange(said, said)
        elif name in DIALS and new_dials:
            yield SettingChange(said, new_dials.pop(0))
        else:
            yield SettingChange(said, "")


def planned(*, maps: Mapping[Key, ParameterMap], settings: Iterable[tuple[int, str, int]]) -> dict[Key, SettingCounts]:
    """Count which settings a move would change: model id to counts.

    :param settings: model id, settings as JSON text, and number of rows
    """
    changed: list[tuple[int, Any, Any, int]] = []
    for model_id, text, rows in settings:
        old = stored_json.loads(text)
        new = maps[model_id](old) if isinstance(old, dict) else None
        if new is not None:
            changed.append((model_id, old, new, rows))
    return _counted(changed)


def done(*, run: RemovalRun, registry: Registry, using: str) -> dict[Key, SettingCounts]:
    """Count which settings a run has changed, from its journal: model id to counts."""
    labels = [reference.parameters_label for reference in registry if reference.parameters_label]
    changes = ReferenceChange.objects.using(using).filter(removed_model__run=run, reference__in=labels)
    return _counted(changes.values_list("removed_model__model_id", "old_value", "new_value", "object_count"))


def changed_by_team(*, removed: Sequence[RemovedModel], registry: Registry, using: str) -> Statement | None:
    """Return a query for ``team``, ``removed_id`` and what the team's admins should know; None if no settings changed.

    Column ``change`` is the JSON text of [name, becomes] of a :class:`SettingChange`, each once for a team and model.
    """
    arms = [
        arm
        for reference in registry
        if reference.parameters_label
        if (arm := _changed_beside(reference, removed=removed, using=using))
    ]
    if not arms:
        return None
    union, params = sql.union_all(arms)
    return f"SELECT DISTINCT team, removed_id, change FROM ({union}) u", params


def _changed_beside(reference: Reference, *, removed: Sequence[RemovedModel], using: str) -> Statement | None:
    changes = ReferenceChange.objects.using(using).filter(
        removed_model__in=removed, reference=reference.parameters_label
    )
    said = [
        # As text, in which JSON has escaped what a database may not take: people have chosen the names.
        (change_id, removed_id, json.dumps([change.name, change.becomes]))
        for change_id, removed_id, old, new in changes.values_list("pk", "removed_model_id", "old_value", "new_value")
        for change in setting_changes(old, new)
    ]
    if not said:
        return None
    # As one value: changes may be many, and parameters may not.
    unpacked = sql.dialect(using).lines("%s")
    teams, params = journal.teams_of_changes(
        reference=reference, label=reference.parameters_label, removed=removed, using=using
    )
    return (
        "SELECT t.team, CAST(item.value ->> 1 AS bigint) AS removed_id, item.value ->> 2 AS change"
        f" FROM ({teams}) t JOIN {unpacked} ON CAST(item.value ->> 0 AS bigint) = t.change_id",
        (*params, json.dumps(said)),
    )


def _counted(
    changed: Iterable[tuple[int, Any, Any, int]],
) -> dict[Key, SettingCounts]:
    counts: dict[int, Counter[SettingChange]] = {}
    for model_id, old, new, rows in changed:
        for change in setting_changes(old, new):
            counts.setdefault(model_id, Counter())[change] += rows
    return {model_id: dict(counter) for model_id, counter in counts.items()}
