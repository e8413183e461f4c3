"""What becomes of a model's settings when another model takes its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_retirement.catalogue import setting_classes
from model_retirement.catalogue.setting_classes import takes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

# Providers name the same dial, how much a model reasons, in four ways: two in words, two in tokens.
WORD_DIALS = ("effort", "thinking_level")
TOKEN_DIALS = ("budget_tokens", "thinking_budget")
DIALS = WORD_DIALS + TOKEN_DIALS

# Words that a family may lack, and those that stand in for them, the nearest first. A word that is not here has none:
# between low and high there is no telling which the team would have chosen.
STAND_INS = {"none": ("minimal", "low"), "minimal": ("low",), "xhigh": ("high",), "max": ("xhigh", "high")}

# Words and tokens, as Google equates them: https://ai.google.dev/gemini-api/docs/openai#thinking
TOKENS = {"none": 0, "minimal": 1024, "low": 1024, "medium": 8192, "high": 24576}

NOT_TAKEN = "the replacement does not take this setting"
OUT_OF_RANGE = "the replacement does not take this value"
NO_EFFECT = "it had no effect, since thinking was off"


@dataclass(frozen=True)
class ParameterChange:
    """What became of one setting: its name and value before and, unless it was dropped, after.

    :param reason: why it was dropped; "" when it was not.
    """

    name: str
    old_value: Any
    new_name: str | None
    new_value: Any
    reason: str = ""

    @property
    def is_same(self) -> bool:
        """Whether name and value are what they were."""
        return self.new_name == self.name and self.new_value is self.old_value


@dataclass(frozen=True)
class ParameterMapping:
    """What became of all settings of one place that points at a model; each setting is in exactly one of the three."""

    kept: tuple[ParameterChange, ...]
    mapped: tuple[ParameterChange, ...]
    dropped: tuple[ParameterChange, ...]

    @property
    def parameters(self) -> dict[str, Any]:
        """The settings for the replacement."""
        return {str(change.new_name): change.new_value for change in (*self.kept, *self.mapped)}

    @property
    def changed(self) -> bool:
        """Whether anything is different from before."""
        return bool(self.mapped or self.dropped)


def map_parameters(
    *,
    parameters: Mapping[str, Any],
    source_schema: type[BaseModel] | None,
    target_schema: type[BaseModel],
) -> ParameterMapping:
    """Return what becomes of ``parameters`` when a model of one family takes the place of one of another.

    Between models of one family everything is kept, also what no schema knows. Else a setting is kept if the target
    takes it, mapped if it is the reasoning dial by another name or with a word that has a stand-in, and dropped if not.

    :param parameters: the settings as they are stored: any JSON values under any names.
    :param source_schema: the settings that the old model takes; None if that is not known.
    :param target_schema: the settings that the replacement takes.
    """
    if source_schema is target_schema:
        return _sorted_by_fate([_keep(name, value) for name, value in parameters.items()])
    taken = {name: _keep(name, value) for name, value in parameters.items() if takes(target_schema, name, value)}
    for name, value in parameters.items():
        if name not in taken:
            taken[name] = _map(name, value, parameters, target_schema, occupied={c.new_name for c in taken.values()})
    _drop_conflicts(taken, target_schema)
    return _sorted_by_fate([taken[name] for name in parameters])


def _sorted_by_fate(changes: list[ParameterChange]) -> ParameterMapping:
    return ParameterMapping(
        kept=tuple(change for change in changes if change.is_same),
        mapped=tuple(change for change in changes if not change.is_same and change.new_name is not None),
        dropped=tuple(change for change in changes if change.new_name is None),
    )


def _keep(name: str, value: Any) -> ParameterChange:
    return ParameterChange(name, value, name, value)


def _drop(name: str, value: Any, reason: str) -> ParameterChange:
    return ParameterChange(name, value, None, None, reason)


def _map(
    name: str,
    value: Any,
    parameters: Mapping[str, Any],
    target_schema: type[BaseModel],
    *,
    occupied: set[str | None],
) -> ParameterChange:
    """Return what becomes of a setting that the target does not take as it is."""
    if name == "budget_tokens" and parameters.get("thinking") is not True:
        return _drop(name, value, NO_EFFECT)
    for dial, equivalent in _equivalents(name, value):
        if dial not in occupied and takes(target_schema, dial, equivalent):
            return ParameterChange(name, value, dial, equivalent)
    return _drop(name, value, OUT_OF_RANGE if name in setting_classes.names(target_schema) else NOT_TAKEN)


def _equivalents(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the dials and values that mean the same as ``value`` of the dial ``name``, the nearest first."""
    word = _word(name, value)
    if word is None:
        return
    if name in TOKEN_DIALS:
        yield from ((dial, value) for dial in TOKEN_DIALS if dial != name)
    for equivalent in (word, *STAND_INS.get(word, ())):
        yield from ((dial, equivalent) for dial in WORD_DIALS)
        if name in WORD_DIALS and equivalent in TOKENS:
            yield from ((dial, TOKENS[equivalent]) for dial in TOKEN_DIALS)


def _word(name: str, value: Any) -> str | None:
    """Return how much the dial makes a model reason, as a word; None for no dial, or a value that says nothing."""
    if name in WORD_DIALS and isinstance(value, str) and (value in TOKENS or value in STAND_INS):
        return value
    if name in TOKEN_DIALS and type(value) is int and value >= 0:
        return next((word for word in ("none", "low", "medium") if value <= TOKENS[word]), "high")
    return None


def _drop_conflicts(taken: dict[str, ParameterChange], target_schema: type[BaseModel]) -> None:
    """Drop from ``taken`` the settings that the target refuses beside the others."""
    while True:
        stay = {str(change.new_name): change for change in taken.values() if change.new_name is not None}
        conflicts = setting_classes.conflicts(target_schema, {name: change.new_value for name, change in stay.items()})
        if not conflicts:
            return
        for name, reason in conflicts.items():
            taken[stay[name].name] = _drop(stay[name].name, stay[name].old_value, reason)
