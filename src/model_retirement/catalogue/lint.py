"""Rules about entries that can be read but do not fit together. Ids and levels are in ``findings.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_retirement import conf
from model_retirement.catalogue import lifecycle
from model_retirement.catalogue.declarations import Deleted
from model_retirement.catalogue.findings import Finding, Rule
from model_retirement.catalogue.lifecycle import State
from model_retirement.wording import english_count

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from model_retirement.catalogue.entries import CatalogueModel
    from model_retirement.catalogue.view import Catalogue

DAYS_BETWEEN_RETIREMENTS = 90
"""A replacement that retires sooner than that after what it replaces moves the same references again."""


def find_all(catalogue: Catalogue, *, today: dt.date) -> Iterator[Finding]:
    """Yield what is wrong between the entries of ``catalogue``; a cycle is found at each of its members."""
    for removal in catalogue.removals:
        yield from find_in_replacement(catalogue, removal, today=today)
        yield from _find_early(removal, today=today)
        yield from find_dearer(catalogue, removal, today=today)
    for model in catalogue.models:
        yield from find_in_replacement(catalogue, model, today=today)
        yield from _find_in_dates(model, today=today)
        yield from _find_contradictions(catalogue, model)
        if model.deprecated:
            yield from find_dearer(catalogue, model, today=today)
    translates = any(model.is_translation_default for model in catalogue.models)
    for provider in dict.fromkeys(model.provider for model in catalogue.models):
        models = [model for model in catalogue.models if model.provider == provider]
        yield from _find_in_defaults(provider, models, translates=translates)
        yield from _find_without_replacement(provider, models)


def find_in_replacement(catalogue: Catalogue, entry: CatalogueModel | Deleted, *, today: dt.date) -> Iterator[Finding]:
    """Yield what is wrong with the replacement that ``entry`` itself names."""
    if entry.replacement is None:
        return
    if end := _end_of_chain(catalogue, entry):
        yield from _find_in_move(catalogue, entry, end, today=today)
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
        yield from _find_in_life(model, of=entry, today=today)
    else:
        message = f"{where} is replaced by {target}, which is not in the catalogue."
        hint = f"Name a model of DEFAULT_LLM_PROVIDER_MODELS[{provider!r}], or none."
        yield Finding(Rule.REPLACEMENT_MISSING, message, hint, provider, name, blocks_removal=blocks)


def find_dearer(catalogue: Catalogue, entry: CatalogueModel | Deleted, *, today: dt.date) -> Iterator[Finding]:
    """Yield that the model at the end of the chain is dearer than the platform allows, unless the entry accepts that.

    It is a warning, for prices change after a removal was done; what is still to be done it stops.
    """
    percent = conf.max_price_increase()
    effect = catalogue.move_of(entry.provider, entry.name, today=today)
    if percent is None or effect is None or entry.accept_price_increase or not effect.is_dearer_by_more_than(percent):
        return
    where, target = effect.model, f"{entry.provider}/{effect.replacement}"
    message = (
        f"{where} is replaced by {target}, which is more than the {percent.normalize():f} % dearer that the platform "
        f"allows. {effect.price_words}."
    )
    hint = f"Name a cheaper replacement, or write accept_price_increase=True in the entry of {where}."
    blocks = isinstance(entry, Deleted)
    yield Finding(Rule.DEARER, message, hint, entry.provider, entry.name, blocks_removal=blocks)


def _find_in_life(replacement: CatalogueModel, *, of: CatalogueModel | Deleted, today: dt.date) -> Iterator[Finding]:
    """Yield what is wrong with where a replacement stands in its life."""
    provider, name, day = of.provider, of.name, replacement.retires_on
    where, target = f"{provider}/{name}", f"{provider}/{replacement.name}"
    state = lifecycle.state(replacement, today=today)
    if state is State.RETIRED:
        message = f"{where} is replaced by {target}, which the provider switched off on {day}."
        hint = f"Name a model that is not deprecated as the replacement of {where}."
        blocks = isinstance(of, Deleted)
        yield Finding(Rule.REPLACEMENT_RETIRED, message, hint, provider, name, blocks_removal=blocks)
        return
    if state is State.DEPRECATED:
        message = f"{where} is replaced by {target}, which is deprecated."
        hint = f"Name a model that is not deprecated as the replacement of {where}."
        yield Finding(Rule.REPLACEMENT_DEPRECATED, message, hint, provider, name)


def _find_in_move(
    catalogue: Catalogue, of: CatalogueModel | Deleted, to: CatalogueModel, *, today: dt.date
) -> Iterator[Finding]:
    """Yield what is wrong with a model as the one that references move to in the end."""
    provider, name, blocks = of.provider, of.name, isinstance(of, Deleted)
    where, target = f"{provider}/{name}", f"{provider}/{to.name}"
    kind, other = catalogue.kind_of(provider, name), catalogue.kind_of(provider, to.name)
    if kind is not None and other is not None and kind is not other:
        message = f"{where} is for {kind}, and its replacement {target} for {other}."
        hint = f"Name a model for {kind} as the replacement of {where}, or none to clear the references."
        yield Finding(Rule.REPLACEMENT_OF_OTHER_KIND, message, hint, provider, name, blocks_removal=blocks)
    if of.retires_on is None or to.retires_on is None or to.retires_on_is_earliest:
        return
    if lifecycle.state(to, today=today) is State.RETIRED:
        return  # which is worse, and told of it
    days = (to.retires_on - of.retires_on).days
    dates = f"{where} retires on {of.retires_on}, and its replacement {target}"
    hint = f"Name a model that stays longer as the replacement of {where}."
    if days < 0:
        message = f"{dates} before that, on {to.retires_on}."
        yield Finding(Rule.REPLACEMENT_RETIRES_FIRST, message, hint, provider, name, blocks_removal=blocks)
    elif days <= DAYS_BETWEEN_RETIREMENTS:
        later = f"{english_count('day', days)} later, on {to.retires_on}" if days else "on the same day"
        message = f"{dates} {later}."
        yield Finding(Rule.REPLACEMENT_RETIRES_SOON, message, hint, provider, name)


def _end_of_chain(catalogue: Catalogue, entry: CatalogueModel | Deleted) -> CatalogueModel | None:
    """Return the model of the catalogue that takes over in the end; None if the replacements lead to none."""
    passed = {entry.name}
    name = entry.replacement
    while name is not None and name not in passed:
        passed.add(name)
        removal = catalogue.find_removal(entry.provider, name)
        if removal is None:
            return catalogue.find(entry.provider, name)
        name = removal.replacement
    return None


def _find_contradictions(catalogue: Catalogue, model: CatalogueModel) -> Iterator[Finding]:
    """Yield where a model's entry and the facts contradict each other. The entry counts."""
    where = f"{model.provider}/{model.name}"
    facts = catalogue.facts_of(model.provider, model.name)
    declared = catalogue.declared_kind(model.provider, model.name)
    source = f"the facts ({facts.source})" if facts.source else "the facts"
    if declared is not None and facts.kind is not None and declared is not facts.kind:
        message = f"{where} is declared to be for {declared}, and {source} say that it is for {facts.kind}."
        hint = "Fix the one that is wrong: kind or parameters of its entry, or its line of model_facts.json."
        yield Finding(Rule.KIND_CONTRADICTED, message, hint, model.provider, model.name)


def _find_early(removal: Deleted, *, today: dt.date) -> Iterator[Finding]:
    """Yield a removal that takes a model away which the provider still serves. That may be meant, so it is a warning."""
    if removal.retires_on is not None and removal.retires_on > today:
        where = f"{removal.provider}/{removal.name}"
        message = f"{where} is on the removal list, but {lifecycle.retirement_words(removal.retires_on, today=today)}."
        hint = "Release the removal on that day or later, or leave it if teams are to move before."
        yield Finding(Rule.REMOVED_EARLY, message, hint, removal.provider, removal.name)


def _find_in_dates(model: CatalogueModel, *, today: dt.date) -> Iterator[Finding]:
    """Yield where a model's dates contradict each other, its flag or the list that it is in."""
    where = f"{model.provider}/{model.name}"
    announced, retires_on = model.deprecated_on, model.retires_on
    if announced is not None and retires_on is not None and retires_on < announced:
        message = f"{where} retires on {retires_on}, before it is deprecated on {announced}."
        hint = "Mend the date that is wrong; the provider's announcement has both."
        yield Finding(Rule.RETIRED_BEFORE_DEPRECATED, message, hint, model.provider, model.name)
    life = lifecycle.of(model, today=today)
    if life.state is State.RETIRED:
        message = f"{where} {life.words}, and is still {'in the catalogue' if model.deprecated else 'offered'}."
        hint = "Move it to DELETED_MODELS: what uses it does not work any more."
        yield Finding(Rule.RETIRED_BUT_THERE, message, hint, model.provider, model.name)
    elif life.state is State.DEPRECATED and not model.deprecated:
        message = f"{where} is deprecated since {announced}, but can still be chosen."
        hint = "Give it deprecated=True and a replacement."
        yield Finding(Rule.DEPRECATION_NOT_MARKED, message, hint, model.provider, model.name)


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


def _find_in_defaults(provider: str, models: list[CatalogueModel], *, translates: bool) -> Iterator[Finding]:
    """Yield what is wrong with the defaults of a provider.

    :param translates: whether a platform has translation defaults at all
    """
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
        if not defaults and (flag == "is_default" or translates):
            message = f"{provider} has no {what}."
            yield Finding(Rule.NO_DEFAULT, message, f"Set {flag} on one of its models.", provider)


def _find_without_replacement(provider: str, models: list[CatalogueModel]) -> Iterator[Finding]:
    names = [model.name for model in models if model.deprecated and model.replacement is None]
    if names:
        message = f"{provider} has deprecated models without a replacement: {', '.join(names)}."
        hint = "Give each a replacement, or its removal will clear the references."
        yield Finding(Rule.NO_REPLACEMENT, message, hint, provider)
