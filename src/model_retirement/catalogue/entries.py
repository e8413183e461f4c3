"""From the lists as they are written to entries that the rest can rely on; what cannot be read becomes a finding."""

from __future__ import annotations

import datetime as dt
import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from pydantic import BaseModel, RootModel

from model_retirement import answers
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.facts import ModelKind
from model_retirement.catalogue.findings import Finding, Rule
from model_retirement.catalogue.parameters import BasicParameters

# What the columns of the table hold.
LONGEST_NAME = 128
LARGEST_LIMIT = 2**31 - 1

KINDS = frozenset(kind.value for kind in ModelKind)

MODEL_HINT = "Write Model(name, token_limit, ...) in the list of its provider in DEFAULT_LLM_PROVIDER_MODELS."
REMOVAL_HINT = (
    "Write (provider, name), (provider, name, replacement) or Deleted(provider, name, replacement, retires_on)."
)


FLAGS = ("is_default", "is_translation_default", "deprecated", "retires_on_is_earliest", "accept_price_increase")


@dataclass(frozen=True, kw_only=True)
class CatalogueModel(Model):
    """A model of the catalogue with the provider that it belongs to.

    Two of them are equal whatever the class of their settings: a class that a host declares in the module of the
    catalogue is another one each time that module's source is run.
    """

    provider: str
    parameters: type[BaseModel] | None = field(default=BasicParameters, compare=False)


@dataclass(frozen=True)
class Entries:
    """What could be read, in the order in which it is written, and a finding for each entry that could not."""

    models: tuple[CatalogueModel, ...]
    removals: tuple[Deleted, ...]
    findings: tuple[Finding, ...]


def read(*, models: object, removals: object) -> Entries:
    """Return the entries of the two lists, whatever these hold.

    :param models: ``DEFAULT_LLM_PROVIDER_MODELS`` or something of its shape.
    :param removals: ``DELETED_MODELS`` or something of its shape.
    """
    entries = [*_read_models(models), *_read_removals(removals)]
    readable_models = [entry for entry in entries if isinstance(entry, CatalogueModel)]
    readable_removals = [entry for entry in entries if isinstance(entry, Deleted)]
    findings = [entry for entry in entries if isinstance(entry, Finding)]
    findings += _duplicates(readable_models, where="DEFAULT_LLM_PROVIDER_MODELS")
    findings += _duplicates(readable_removals, where="DELETED_MODELS")
    findings += _in_both_lists(readable_models, readable_removals)
    return Entries(models=tuple(readable_models), removals=tuple(readable_removals), findings=tuple(findings))


def _read_models(lists: object) -> Iterator[CatalogueModel | Finding]:
    if not isinstance(lists, Mapping):
        yield _malformed(f"DEFAULT_LLM_PROVIDER_MODELS is {_shown(lists)}, no dictionary of lists.", MODEL_HINT)
        return
    for provider, models in lists.items():
        where = f"DEFAULT_LLM_PROVIDER_MODELS[{_shown(provider)}]"
        if not isinstance(provider, str) or provider not in _providers():
            yield _unknown_provider(f"{where} is not a list of a provider that the platform knows.", provider=provider)
        elif not isinstance(models, list | tuple):
            yield _malformed(f"{where} is {_shown(models)}, no list of models.", MODEL_HINT, provider=provider)
        else:
            for position, model in enumerate(models):
                yield _read_model(provider, model, where=f"{where}[{position}]")


def _read_model(provider: str, model: object, *, where: str) -> CatalogueModel | Finding:
    values = _attributes(model)
    if "name" not in values or "token_limit" not in values:
        return _malformed(f"{where} is {_shown(model)}, no Model.", MODEL_HINT, provider=provider)
    wrong = _wrong_in_model(values)
    if wrong:
        return _malformed(f"{where}: {wrong}.", MODEL_HINT, provider=provider, name=values["name"])
    if not 0 < values["token_limit"] <= LARGEST_LIMIT:
        return Finding(
            Rule.LIMIT_OUT_OF_RANGE,
            f"{provider}/{values['name']} has a token limit of {_shown(values['token_limit'])}.",
            f"Give the model's context window in tokens, between 1 and {LARGEST_LIMIT}.",
            provider,
            values["name"],
            blocks_removal=True,
        )
    return CatalogueModel(provider=provider, **values)


def _attributes(model: object) -> dict[str, Any]:
    """Return what an entry declares: a ``Model``, or an object of the host's own class with those attributes that it has.

    Of settings that a class of the host's does not speak of nothing is known.
    """
    values = {field.name: getattr(model, field.name, field.default) for field in fields(Model)}
    if not hasattr(model, "parameters"):
        values["parameters"] = None
    return {name: value for name, value in values.items() if value is not MISSING}


def _wrong_in_model(values: Mapping[str, Any]) -> str:
    """Return what is wrong with the types of what a model declares, or ""."""
    wrong = (
        _wrong_in_name("name", values["name"])
        or (_wrong_in_name("replacement", values["replacement"]) if values["replacement"] is not None else "")
        or _wrong_in_date("deprecated_on", values["deprecated_on"])
        or _wrong_in_date("retires_on", values["retires_on"])
        or _wrong_in_parameters(values["parameters"])
    )
    if wrong:
        return wrong
    if type(values["token_limit"]) is not int:
        return f"token_limit is {_shown(values['token_limit'])}, no whole number of tokens"
    for flag in FLAGS:
        if wrong := _wrong_in_flag(flag, values[flag]):
            return wrong
    if values["kind"] is not None and not (isinstance(values["kind"], str) and values["kind"] in KINDS):
        return f"kind is {_shown(values['kind'])}, none of {', '.join(sorted(KINDS))}"
    return ""


def _wrong_in_parameters(parameters: object) -> str:
    if parameters is None:
        return ""
    if not (
        isinstance(parameters, type) and issubclass(parameters, BaseModel) and not issubclass(parameters, RootModel)
    ):
        return f"parameters is {_shown(parameters)}, no pydantic class with a field for each setting"
    if parameters.model_rebuild(raise_errors=False) is False:
        return f"parameters is {_shown(parameters)}, which names a type that is not defined"
    return ""


def _read_removals(removals: object) -> Iterator[Deleted | Finding]:
    if not isinstance(removals, list | tuple):
        yield _malformed(f"DELETED_MODELS is {_shown(removals)}, no list of removals.", REMOVAL_HINT)
        return
    for position, entry in enumerate(removals):
        yield _read_removal(entry, where=f"DELETED_MODELS[{position}]")


def _read_removal(entry: object, *, where: str) -> Deleted | Finding:
    if not isinstance(entry, Deleted) and not (isinstance(entry, tuple) and len(entry) in (2, 3)):
        return _malformed(f"{where} is {_shown(entry)}, no removal.", REMOVAL_HINT)
    removal = Deleted(*entry)
    wrong = (
        ("" if isinstance(removal.provider, str) else f"the provider is {_shown(removal.provider)}, no name")
        or _wrong_in_name("the name", removal.name)
        or (_wrong_in_name("the replacement", removal.replacement) if removal.replacement is not None else "")
        or _wrong_in_date("retires_on", removal.retires_on)
        or _wrong_in_flag("accept_price_increase", removal.accept_price_increase)
    )
    if wrong:
        return _malformed(f"{where}: {wrong}.", REMOVAL_HINT, provider=removal.provider, name=removal.name)
    if removal.provider not in _providers():
        message = f"{where} names the provider {_shown(removal.provider)}, which the platform does not know."
        return _unknown_provider(message, provider=removal.provider, name=removal.name)
    return removal


def _duplicates(entries: list[Any], *, where: str) -> Iterator[Finding]:
    seen: dict[tuple[str, str], int] = {}
    for entry in entries:
        key = (entry.provider, entry.name)
        seen[key] = seen.get(key, 0) + 1
    for (provider, name), times in seen.items():
        if times > 1:
            message = f"{provider}/{name} stands {times} times in {where}."
            yield Finding(Rule.DUPLICATE, message, "Keep one of the entries.", provider, name, blocks_removal=True)


def _in_both_lists(models: list[CatalogueModel], removals: list[Deleted]) -> Iterator[Finding]:
    removed = {(removal.provider, removal.name) for removal in removals}
    for model in models:
        if (model.provider, model.name) in removed:
            message = f"{model.provider}/{model.name} is both in DEFAULT_LLM_PROVIDER_MODELS and in DELETED_MODELS."
            hint = "Take it out of the first to remove the model, or out of the second to keep it."
            yield Finding(Rule.IN_BOTH_LISTS, message, hint, model.provider, model.name, blocks_removal=True)


def _providers() -> list[str]:
    return [key for key, _ in answers.providers()]


def _malformed(message: str, hint: str, *, provider: object = "", name: object = "") -> Finding:
    return Finding(Rule.MALFORMED, message, hint, _text(provider), _text(name), blocks_removal=True)


def _unknown_provider(message: str, *, provider: object, name: str = "") -> Finding:
    known = _providers()
    use = f"Use one of {', '.join(known)}, or add" if known else "The platform can call none: add"
    hint = f"{use} the provider to those that the platform can call."
    return Finding(Rule.UNKNOWN_PROVIDER, message, hint, _text(provider), name, blocks_removal=True)


def _text(value: object) -> str:
    """Return what a finding can say of a part of an entry, which may be anything."""
    return value if isinstance(value, str) else ""


def _wrong_in_name(what: str, name: object) -> str:
    if not isinstance(name, str) or not name or name != name.strip() or not name.isprintable():
        return f"{what} is {_shown(name)}, no name of a model"
    if len(name) > LONGEST_NAME:
        return f"{what} {_shown(name)} is longer than {LONGEST_NAME} characters"
    return ""


def _wrong_in_date(what: str, day: object) -> str:
    if day is None or (isinstance(day, dt.date) and not isinstance(day, dt.datetime)):
        return ""
    return f"{what} is {_shown(day)}, no date"


def _wrong_in_flag(what: str, value: object) -> str:
    return "" if isinstance(value, bool) else f"{what} is {_shown(value)}, neither True nor False"


def _shown(value: object) -> str:
    """Return ``value`` as one short line."""
    return " ".join(reprlib.repr(value).split())
