"""The typed, frozen view of the lists in ``default_models.py``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from model_retirement import conf
from model_retirement.catalogue import entries, facts_file, lifecycle, lint
from model_retirement.catalogue.facts import Facts, ModelFacts, ModelKind
from model_retirement.catalogue.facts_file import FactsRead
from model_retirement.catalogue.findings import Finding, Rule
from model_retirement.catalogue.lifecycle import State, utc_today
from model_retirement.catalogue.moves import effect_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection
    from pathlib import Path

    from model_retirement.catalogue.declarations import Deleted
    from model_retirement.catalogue.entries import CatalogueModel, Entries
    from model_retirement.catalogue.moves import MoveEffect


class CatalogueError(Exception):
    """The catalogue cannot be used as it is written; the message is one line: what is wrong, where, what to do."""


NOTHING_KNOWN = ModelFacts()


@dataclass(frozen=True)
class Catalogue:
    """The models that the platform offers and the removals that it has declared.

    :param models: the models of all providers, in the order in which they are written.
    :param removals: the removals, each as a ``Deleted`` whichever way it is written.
    :param unreadable: a finding for each entry that is in neither, or stands there more than once, and for what of the
        facts cannot be read.
    :param facts: what sources say of models, of these and of others.
    """

    models: tuple[CatalogueModel, ...]
    removals: tuple[Deleted, ...]
    unreadable: tuple[Finding, ...] = ()
    facts: Facts = field(default_factory=dict)

    @cached_property
    def _models_by_key(self) -> dict[tuple[str, str], CatalogueModel]:
        return {(model.provider, model.name): model for model in self.models}

    @cached_property
    def _removals_by_key(self) -> dict[tuple[str, str], Deleted]:
        return {(removal.provider, removal.name): removal for removal in self.removals}

    def find(self, provider: str, name: str) -> CatalogueModel | None:
        """Return the declared model, or None."""
        return self._models_by_key.get((provider, name))

    def find_removal(self, provider: str, name: str) -> Deleted | None:
        """Return the declared removal of the model, or None."""
        return self._removals_by_key.get((provider, name))

    def facts_of(self, provider: str, name: str) -> ModelFacts:
        """Return what sources say of the model; of one that none knows, that nothing is known."""
        return self.facts.get((provider, name), NOTHING_KNOWN)

    def kind_of(self, provider: str, name: str) -> ModelKind | None:
        """Return what the model is for: what is declared, else what sources say; None if nobody says it."""
        return self.declared_kind(provider, name) or self.facts_of(provider, name).kind

    def declared_kind(self, provider: str, name: str) -> ModelKind | None:
        """Return what the model's entry says that it is for, itself or through the class of its settings; None if neither."""
        model = self.find(provider, name)
        if model is None:
            return None
        if model.kind is not None:
            return ModelKind(model.kind)
        of_class = getattr(model.parameters, "kind", None)
        return ModelKind(of_class) if isinstance(of_class, str) and of_class in list(ModelKind) else None

    def resolve_replacement(self, provider: str, name: str) -> str | None:
        """Return the name of the model that takes over, at the end of the chain of removals; None for nothing.

        :raises CatalogueError: if the model is in neither list, or its chain ends nowhere.
        """
        entry: CatalogueModel | Deleted | None = self.find_removal(provider, name) or self.find(provider, name)
        if entry is None:
            raise CatalogueError(f"{provider}/{name} is neither in the catalogue nor in DELETED_MODELS. Add it to one.")
        if entry.replacement is None:
            return None
        passed = [name]
        replacement: str | None = entry.replacement
        while replacement is not None and replacement not in passed:
            passed.append(replacement)
            removal = self.find_removal(provider, replacement)
            if removal is None and self.find(provider, replacement):
                return replacement
            replacement = removal.replacement if removal else None
        raise CatalogueError(
            f"The replacement of {provider}/{name} leads to no model of the catalogue: {' -> '.join(passed)}."
        )

    def move_of(self, provider: str, name: str, *, today: dt.date) -> MoveEffect | None:
        """Return what the move of a model to its replacement means; None if nothing replaces it, or nothing that is there.

        :param today: the day in UTC
        """
        try:
            replacement = self.resolve_replacement(provider, name)
        except CatalogueError:
            return None
        successor = self.find(provider, replacement) if replacement else None
        if successor is None:
            return None
        declared, facts = self.find(provider, name), self.facts_of(provider, name)
        if facts.successor and self._is_leaving(provider, facts.successor, today=today):
            facts = replace(facts, successor=None)
        return effect_of(
            f"{provider}/{name}",
            before=facts,
            after=self.facts_of(provider, successor.name),
            family=declared.parameters if declared else None,
            replacement=successor,
            today=today,
        )

    def _is_leaving(self, provider: str, name: str, *, today: dt.date) -> bool:
        """Return whether a model is deprecated, retired or removed here."""
        declared = self.find(provider, name)
        if declared is None:
            return self.find_removal(provider, name) is not None
        return lifecycle.state(declared, today=today) in (State.DEPRECATED, State.RETIRED)

    def require_readable(self, *, only: Collection[str] = ()) -> None:
        """Return if every entry can be read and stands there once, or if those can that some removals depend on.

        :param only: names (``provider/name``) of the removals; empty means all
        :raises CatalogueError: if not. What is wrong with other entries is no reason.
        """
        wrong = [finding for finding in self.unreadable if not only or self._is_about(finding, only)]
        if wrong:
            first, *others = wrong
            more = f" ({len(others)} more: run `python manage.py llm_models check`.)" if others else ""
            raise CatalogueError(f"{first}{more}")

    def _is_about(self, finding: Finding, names: Collection[str]) -> bool:
        if finding.rule is Rule.FACTS_MALFORMED and not finding.name:
            return True  # what stands in such a file may be what forbids the removal
        if not finding.name:
            # Nobody can tell which entry it was, unless all that are asked for can be read.
            return not set(names) <= {f"{removal.provider}/{removal.name}" for removal in self.removals}
        return any((finding.provider, finding.name) in self._chain(name) for name in names)

    def _chain(self, name: str) -> set[tuple[str, str]]:
        """Return a model (``provider/name``) and all that follow it as replacements."""
        chain: set[tuple[str, str]] = set()
        following: str | None
        provider, _, following = name.partition("/")
        while following is not None and (provider, following) not in chain:
            chain.add((provider, following))
            removal = self.find_removal(provider, following)
            following = removal.replacement if removal else None
        return chain

    def problems(self, *, today: dt.date | None = None) -> tuple[Finding, ...]:
        """Return everything that is wrong with the catalogue, each thing once.

        :param today: the day to compare retirement dates with; the present day when left out.
        """
        findings = lint.find_all(self, today=today or utc_today())
        return tuple(dict.fromkeys((*self.unreadable, *findings)))

    def problems_of(self, removal: Deleted, *, today: dt.date | None = None) -> tuple[Finding, ...]:
        """Return what is wrong with the replacement of ``removal`` and with those that follow it in its chain.


        :param today: the day to compare retirement dates with; the present day when left out.
        """
        day = today or utc_today()
        findings: dict[Finding, None] = {}
        passed: set[str] = set()
        entry: Deleted | None = removal
        while entry is not None and entry.name not in passed:
            passed.add(entry.name)
            findings |= dict.fromkeys(lint.find_in_replacement(self, entry, today=day))
            entry = self.find_removal(entry.provider, entry.replacement) if entry.replacement else None
        return tuple(findings)


def read(*, models: object = None, removals: object = None, facts: object = None) -> Catalogue:
    """Return the catalogue as far as it can be read; the rest is in ``unreadable``.

    :param models: a list to read in place of ``conf.catalogue().DEFAULT_LLM_PROVIDER_MODELS``.
    :param removals: a list to read in place of ``conf.catalogue().DELETED_MODELS``.
    :param facts: facts to read in place of the catalogue's own, which belong to its own lists: beside another list
        there are none but those that are given
    """
    has_own_lists = models is None and removals is None
    declared = entries.read(
        models=conf.catalogue().DEFAULT_LLM_PROVIDER_MODELS if models is None else models,
        removals=conf.catalogue().DELETED_MODELS if removals is None else removals,
    )
    known = FactsRead()
    if facts is not None:
        known = facts_file.read(facts, where="the facts")
    elif has_own_lists:
        known = facts_file.read_of_module(
            conf.declared_facts(), module_file=getattr(conf.catalogue(), "__file__", None)
        )
    return _catalogue(declared, known)


def load(*, models: object = None, removals: object = None, facts: object = None) -> Catalogue:
    """Return the catalogue.

    :param models: a list to read in place of ``conf.catalogue().DEFAULT_LLM_PROVIDER_MODELS``.
    :param removals: a list to read in place of ``conf.catalogue().DELETED_MODELS``.
    :param facts: facts to read in place of the catalogue's own, see :func:`read`
    :raises CatalogueError: if an entry or the facts cannot be read, or an entry stands there more than once.
    """
    catalogue = read(models=models, removals=removals, facts=facts)
    catalogue.require_readable()
    return catalogue


def load_source(code: bytes, *, path: Path) -> Catalogue:
    """Return the catalogue that the code of a ``default_models.py`` declares, which is not that of the imported module.

    :param path: where the code is from, or is to go; its facts are beside it
    :raises CatalogueError: if it cannot be run, lacks a list, or has an entry or facts that cannot be read
    """
    names: dict[str, object] = {"__name__": conf.catalogue().__name__, "__file__": str(path)}
    try:
        exec(compile(code, path, "exec"), names)  # noqa: S102  # it is the code that Django imports when it starts
    except Exception as error:  # code may fail in any way
        raise CatalogueError(f"{path.name} cannot be imported: {type(error).__name__}: {error}.") from error
    lists = {name: names.get(name) for name in ("DEFAULT_LLM_PROVIDER_MODELS", "DELETED_MODELS")}
    if missing := [name for name, value in lists.items() if value is None]:
        raise CatalogueError(f"{path.name} does not define {' and '.join(missing)}.")
    known = facts_file.read_of_module(names.get(facts_file.DECLARED), module_file=path)
    declared = entries.read(models=lists["DEFAULT_LLM_PROVIDER_MODELS"], removals=lists["DELETED_MODELS"])
    catalogue = _catalogue(declared, known)
    catalogue.require_readable()
    return catalogue


def _catalogue(declared: Entries, known: FactsRead) -> Catalogue:
    return Catalogue(
        models=declared.models,
        removals=declared.removals,
        unreadable=(*declared.findings, *known.findings),
        facts=known.facts,
    )
