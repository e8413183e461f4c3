"""The registry of references: every place where the platform points at an LLM model.

Each app declares its own in ``llm_model_references.py``, which Django's ``autodiscover_modules`` finds. Nothing else
knows where models are used: plan, removal, restore, usage reports, the admin and the guard against deletion all ask here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import IntegerField
from django.utils.module_loading import autodiscover_modules

from model_retirement import sql
from model_retirement.keys import kind_of
from model_retirement.references.ignoring import Ignored
from model_retirement.references.lookups import model_fault, team_faults

if TYPE_CHECKING:
    from django.db.models import Model

    from model_retirement.references.kinds import Reference

MODULE_NAME = "llm_model_references"


USUAL_FIELDS = {
    "archived": "is_archived",
    "version_of": "working_version",
    "version_number": "version_number",
    "in_use": "is_default_version",
}
"""The fields that a resource is taken to have for what it names none for, if its model has one of that name."""


@dataclasses.dataclass(frozen=True)
class Resource:
    """A kind of thing that a person recognises, such as a chatbot.

    Fields are look-up paths from the thing. None stands for the usual name, if the model has such a field, and the empty
    string says that there is none, whatever fields the model has.

    :param kind: the word for one of them, in lower case
    :param model: label of its Django model, such as ``chatbots.Chatbot``
    :param team: path to its team: ``pk`` if it is one, empty where things belong to no team of their own
    :param name: its field that people know it by
    :param archived: its field that says that it is put away: true, or anything but null where it is no boolean
    :param version_of: a published version's key to the thing that people edit; null on that thing itself
    :param version_number: the number of a published version
    :param in_use: true on the published version that answers people now
    """

    kind: str
    model: str
    team: str = "team"
    name: str = "name"
    archived: str | None = None
    version_of: str | None = None
    version_number: str | None = None
    in_use: str | None = None

    @property
    def model_class(self) -> type[Model]:
        """The Django model of the thing."""
        return apps.get_model(self.model)

    def paths(self) -> dict[str, str]:
        """Return the paths of ``archived``, ``version_of``, ``version_number`` and ``in_use``, of those that it has."""
        names = {field.name for field in self.model_class._meta.get_fields()}  # noqa: SLF001  (the documented Meta API)
        usual = {role: name if name in names else "" for role, name in USUAL_FIELDS.items()}
        paths = {role: usual[role] if getattr(self, role) is None else getattr(self, role) for role in usual}
        return {role: path for role, path in paths.items() if path}

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with the declaration, one clause each: a check reports it, and no command runs with it."""
        if fault := model_fault(self.model):
            yield fault
            return
        yield from team_faults(self.model_class, self.team)
        for role, path in {"name": self.name, **self.paths()}.items():
            try:
                field = self.field_at(str(path))
            except FieldDoesNotExist:
                field = None
            if field is None or not field.concrete:
                yield f"{role} is {path}, and the model has no such field"
            elif role == "version_number" and not isinstance(field, IntegerField):
                yield f"{role} is {path}, which is no integer"

    def field_at(self, path: str) -> Any:
        """Return the field that a path leads to.

        :raises FieldDoesNotExist: if there is none
        """
        model: Any = self.model_class
        field: Any = None
        for name in path.split("__"):
            if model is None:
                raise FieldDoesNotExist(f"{self.model} has no field {path}")
            field = model._meta.pk if name == "pk" else model._meta.get_field(name)  # noqa: SLF001  (the documented Meta API)
            model = field.related_model
        return field


@dataclasses.dataclass(frozen=True)
class ResourcePath:
    """How to get from a referencing row to a resource that it concerns.

    :param resource: what is concerned
    :param path: the row's foreign key to the resource, empty when the row is the resource; for an owner the look-up path
        from the resource below
    :param detail: the row's field that says which part of the resource it is, such as a node's label
    """

    resource: Resource
    path: str = ""
    detail: str = ""

    def lookup(self, field: str) -> str:
        """Return the look-up path from the referencing row to a field of the resource."""
        return f"{self.path}__{field}" if self.path else field


class Registry:
    """References by label, and the resources that are concerned from above."""

    def __init__(self) -> None:
        self._references: dict[str, Reference] = {}
        self._owners: dict[str, list[ResourcePath]] = {}
        self._ignored: dict[str, Ignored] = {}

    def register(self, *references: Reference) -> None:
        """Declare references; a list that stands beside a main model after that model.

        :raises ValueError: if a label is taken or ignored, or if the main model of a list is not declared
        :raises TypeError: if one of them is no reference
        """
        for reference in references:
            if not isinstance(getattr(reference, "label", None), str):
                raise TypeError(f"{reference!r} is no reference: register objects such as ForeignKeyReference(...).")
            if reference.label in self._references:
                raise ValueError(f"The reference {reference.label} is declared twice: drop one of the declarations.")
            if reference.label in self._ignored:
                raise ValueError(f"{reference.label} is declared as a reference and ignored: drop one of the two.")
            if main := reference.main_label:
                if main not in self._references:
                    raise ValueError(
                        f"{main}, the main model of {reference.label}, is not declared: declare it before."
                    )
                self._references[main] = self._references[main].beside(reference)
            self._references[reference.label] = reference

    def register_owner(self, *, of: str, owner: ResourcePath) -> None:
        """Declare that whatever concerns a resource concerns another one too, as a pipeline its chatbots.

        :param of: model label of the resource below, such as ``pipelines.Pipeline``
        :param owner: the resource above; its path is the name of its foreign key's reverse, so each has one below
        """
        self._owners.setdefault(of, []).append(owner)

    def ignore(self, place: str, *, why: str) -> None:
        """Declare that a place holds models and is no reference, such as a record of the past: a scan leaves it out.

        :param place: ``app.Model.field``, with the path inside a JSON field, or ``app.Model`` for all its fields
        :param why: the reason, which `llm_models references` shows
        :raises ValueError: if there is no such place, no reason, or a reference there
        """
        ignored = Ignored(place, why)
        if place in self:
            raise ValueError(f"{place} is declared as a reference and ignored: drop one of the two.")
        self._ignored[place] = ignored

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with what is declared: which declaration, and one clause."""
        for reference in self:
            yield from ((f"{type(reference).__name__} {reference.label}", fault) for fault in reference.faults())
        for model, owners in self._owners.items():
            for owner in owners:
                yield from ((f"The owner {owner.path} of {model}", fault) for fault in _owner_faults(model, owner))

    @property
    def is_sound(self) -> bool:
        """Whether all that is declared is there, so that it can be asked."""
        return not any(self.faults()) and not any(fault for resource in self.resources for fault in resource.faults())

    @property
    def ignored(self) -> tuple[Ignored, ...]:
        """What is ignored, by place."""
        return tuple(sorted(self._ignored.values(), key=lambda ignored: ignored.place))

    def __iter__(self) -> Iterator[Reference]:
        # Lists first: what a removal makes of one depends on the main model beside it, as it was before.
        return iter(sorted(self._references.values(), key=lambda reference: not reference.main_label))

    def __getitem__(self, label: str) -> Reference:
        return self._references[label]

    def __contains__(self, label: object) -> bool:
        return label in self._references

    def by_journal_label(self, label: str) -> Reference | None:
        """Return the reference that writes this label into the journal, for itself or for the settings beside it."""
        return next((reference for reference in self if label in reference.journal_labels), None)

    def resource_paths(self, reference: Reference) -> tuple[ResourcePath, ...]:
        """Return the resources that a reference concerns, seen from its rows: its own, then those above it.

        Rows that go with a model concern nobody.
        """
        if reference.goes_with_model:
            return ()
        own = reference.resource_path
        above = (
            ResourcePath(owner.resource, path=own.lookup(owner.path))
            for owner in self._owners.get(own.resource.model, ())
        )
        return (own, *above)

    def owners(self, resource: Resource) -> tuple[ResourcePath, ...]:
        """Return what is concerned above a resource, seen from it."""
        return tuple(self._owners.get(resource.model, ()))

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Every kind of resource that references concern, by kind."""
        resources = {resource_path.resource for reference in self for resource_path in self.resource_paths(reference)}
        return tuple(sorted(resources, key=lambda resource: resource.kind))

    def shared_id(self, column: str, *, using: str) -> str:
        """Return the key of a resource as queries have it that are about several kinds of them.

        :param column: expression for the key
        """
        kinds = {kind_of(resource.model_class) for resource in self.resources}
        return sql.dialect(using).shared_key(column, kinds=kinds)

    def shared_row_id(self, column: str, *, using: str) -> str:
        """Return the same of the keys of rows that point."""
        kinds = {reference.row_kind for reference in self}
        return sql.dialect(using).shared_key(column, kinds=kinds)


def _owner_faults(model: str, owner: ResourcePath) -> Iterator[str]:
    """Yield what is wrong with the declaration of a resource above others."""
    if fault := model_fault(model):
        yield fault
        return
    if model_fault(owner.resource.model):
        return  # told of the resource itself
    try:
        relation: Any = apps.get_model(model)._meta.get_field(owner.path)  # noqa: SLF001  (the documented Meta API)
    except FieldDoesNotExist:
        relation = None
    if relation is None or not relation.one_to_many or relation.related_model is not owner.resource.model_class:
        yield f"{owner.resource.model} has no foreign key to {model} whose reverse is called so"


registry = Registry()


def autodiscover() -> None:
    """Import ``llm_model_references`` of every installed app."""
    autodiscover_modules(MODULE_NAME)
