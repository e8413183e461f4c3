"""Rules about entries that can be read but do not fit together. Ids and levels are in ``findings.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.service_providers.llm_service.declarations import Deleted
from apps.service_providers.llm_service.findings import Finding, Rule

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from apps.service_providers.llm_service.catalogue import Catalogue
    from apps.service_providers.llm_service.entries import CatalogueModel


def find_all(catalogue: Catalogue, *, today: dt.date) -> Iterator[Finding]:
    """Yield what is wrong between the entries of ``catalogue``; a cycle is found at each of its members."""
    for removal in catalogue.removals:
        yield from find_in_replacement(catalogue, removal, today=today)
    for model in catalogue.models:
        yield from find_in_replacement(catalogue, model, today=today)
    for provider in dict.fromkeys(model.provider for model in catalogue.models):
        models = [model for model in catalogue.models if model.provider == provider]
        yield from _find_in_defaults(provider, models)
        yield from _find_without_replacement(provider, models)


def find_in_replacement(catalogue: Catalogue, entry: CatalogueModel | Deleted, *, today: dt.date) -> Iterator[Finding]:
    """Yield what is wrong with the replacement that ``entry`` itself names."""
    if entry.replacement is None:
        return
    provider, name, blocks = entry.provider, entry.name, isinstance(entry, Deleted)
    where = f"{provider}/{name}"
    target = f"{provider}/{entry.replacement}"
    if cycle := _cycle_through(catalogue, provider, name):
        text = " -> ".join([*cycle, cycle[0]])
        hint = "Give one of them another replacement, or none."
        message = f"The replacements of {provider} run in a circle: {text}."
        yield Finding(Rule.CYCLE, message, hint, provider, cycle[0], blocks_removal=blocks)
    elif successor := catalogue.find_removal(provider, entry.replacement):
        if successor.replacement is None:
            message = f"{where} is replaced by {target}, which is removed without a successor."
            hint = "Name a replacement that stays, or none to clear the references."
            yield Finding(Rule.REPLACEMENT_REMOVED, message, hint, provider, name, blocks_removal=blocks)
        else:
            message = (
                f"{where} is replaced by {target}, which is itself replaced by {provider}/{successor.replacement}."
            )
            hint = f"Name the model at the end of the chain as the replacement of {where}."
            yield Finding(Rule.CHAIN, message, hint, provider, name)
    elif model := catalogue.find(provider, entry.replacement):
        yield from _find_in_deprecated(model, where=where, name=name, blocks=blocks, today=today)
    else:
        message = f"{where} is replaced by {target}, which is not in the catalogue."
        hint = f"Name a model of DEFAULT_LLM_PROVIDER_MODELS[{provider!r}], or none."
        yield Finding(Rule.REPLACEMENT_MISSING, message, hint, provider, name, blocks_removal=blocks)


def _find_in_deprecated(
    model: CatalogueModel, *, where: str, name: str, blocks: bool, today: dt.date
) -> Iterator[Finding]:
    if not model.deprecated:
        return
    target = f"{model.provider}/{model.name}"
    hint = f"Name a model that is not deprecated as the replacement of {where}."
    if model.retires_on is not None and model.retires_on < today and not model.retires_on_is_earliest:
        message = f"{where} is replaced by {target}, which the provider switched off on {model.retires_on}."
        yield Finding(Rule.REPLACEMENT_RETIRED, message, hint, model.provider, name, blocks_removal=blocks)
    else:
        message = f"{where} is replaced by {target}, which is deprecated."
        yield Finding(Rule.REPLACEMENT_DEPRECATED, message, hint, model.provider, name)


def _cycle_through(catalogue: Catalogue, provider: str, name: str) -> list[str]:
    """Return the circle of replacements that ``name`` is part of, from its first name in the alphabet, or []."""
    path: list[str] = []
    current: str | None = name
    while current is not None and current not in path:
        path.append(current)
        entry = catalogue.find_removal(provider, current) or catalogue.find(provider, current)
        current = entry.replacement if entry else None
    if current != name:
        return []
    start = path.index(min(path))
    return path[start:] + path[:start]


def _find_in_defaults(provider: str, models: list[CatalogueModel]) -> Iterator[Finding]:
    for flag, what in (("is_default", "default"), ("is_translation_default", "translation default")):
        defaults = [model for model in models if getattr(model, flag)]
        for model in defaults:
            if model.deprecated:
                message = f"{provider}/{model.name} is the {what} of its provider and is deprecated."
                hint = f"Move {flag} to a model that is not deprecated."
                yield Finding(Rule.DEFAULT_DEPRECATED, message, hint, provider, model.name)
        if len(defaults) > 1:
            names = ", ".join(model.name for model in defaults)
            message = f"{provider} has more than one {what}: {names}."
            yield Finding(Rule.SEVERAL_DEFAULTS, message, f"Leave {flag} on one of them.", provider)
        if not defaults:
            message = f"{provider} has no {what}."
            yield Finding(Rule.NO_DEFAULT, message, f"Set {flag} on one of its models.", provider)


def _find_without_replacement(provider: str, models: list[CatalogueModel]) -> Iterator[Finding]:
    names = [model.name for model in models if model.deprecated and model.replacement is None]
    if names:
        message = f"{provider} has deprecated models without a replacement: {', '.join(names)}."
        hint = "Give each a replacement, or its removal will clear the references."
        yield Finding(Rule.NO_REPLACEMENT, message, hint, provider)
