"""Where the host shows its resources: addresses of their pages, asked with the stored rows, many at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import BinaryField, JSONField, Model

from model_retirement import sql
from model_retirement.platform import host
from model_retirement.references.registry import Registry, Resource
from model_retirement.references.usage import AffectedResource

ROWS_AT_ONCE = 1_000


class Shown(NamedTuple):
    """A resource that somebody is told of.

    :param model: label of its Django model
    :param team_id: the team that is told
    """

    model: str
    id: Any
    team_id: Any


def urls(resources: Iterable[Shown], *, registry: Registry, using: str) -> dict[Shown, str]:
    """Return the address of the page of each resource; one query per model.

    The host is asked with the stored row, so that a published version can lead to where it shows versions. Its team, and
    what it is a version of, are there without a query of their own. What has no page has no entry here: what was deleted
    since, what belongs to another team by now, or a model that the code does not have any more.
    """
    by_model: dict[str, list[Shown]] = {}
    for one in resources:
        by_model.setdefault(one.model, []).append(one)
    declared = {resource.model: resource for resource in registry.resources}
    found: dict[Shown, str] = {}
    for label, shown in by_model.items():
        try:
            model = apps.get_model(label)
        except LookupError:
            continue
        resource = declared.get(label)
        key: Any = model._meta.pk  # noqa: SLF001  (the documented Meta API)
        rows = _stored(model, resource=resource, ids={key.to_python(one.id) for one in shown}, using=using)
        for one in shown:
            row = rows.get(key.to_python(one.id))
            if row is None or not _belongs(row, resource=resource, team_id=one.team_id):
                continue
            if url := host().resource_url(obj=row):
                found[one] = url
    return found


def with_urls(
    resources: Iterable[AffectedResource], *, registry: Registry, using: str
) -> Iterator[tuple[AffectedResource, str]]:
    """Yield each resource with the address of its page, or nothing, without holding all of them."""
    left = iter(resources)
    while chunk := list(itertools.islice(left, ROWS_AT_ONCE)):
        shown = [Shown(one.resource.model, one.id, one.team_id) for one in chunk]
        found = urls(shown, registry=registry, using=using)
        yield from ((one, found.get(key, "")) for one, key in zip(chunk, shown, strict=True))


def _stored(model: type[Model], *, resource: Resource | None, ids: set[Any], using: str) -> dict[Any, Any]:
    """Return the stored rows by key, with their teams and what they are versions of, those that managers hide included."""
    related = _related(resource) if resource else {}
    rows = model._base_manager.using(using)  # noqa: SLF001  (documented by Django)
    if related:
        rows = rows.select_related(*related)
    # No address is made of these, and one odd value would make the row unreadable.
    heavy = [*_heavy(model), *(f"{path}__{name}" for path, other in related.items() for name in _heavy(other))]
    with sql.dialect(using).text_for_people():
        return rows.defer(*heavy).in_bulk(list(ids))


def _related(resource: Resource) -> dict[str, type[Model]]:
    """Return the models on the paths from a resource to its team and to what it is a version of, by path."""
    found: dict[str, Any] = {}
    for path in filter(None, (resource.team, *resource.paths("version_of").values())):
        if resource.field_at(path).is_relation:
            parts = path.split("__")
            steps = ("__".join(parts[:number]) for number in range(1, len(parts) + 1))
            found |= {step: resource.field_at(step).related_model for step in steps}
    return found


def _heavy(model: type[Model]) -> list[str]:
    fields = model._meta.concrete_fields  # noqa: SLF001  (the documented Meta API)
    return [field.name for field in fields if isinstance(field, JSONField | BinaryField)]


def _belongs(row: Model, *, resource: Resource | None, team_id: Any) -> bool:
    """Return whether a row is of this team; one that moved to another team is none of theirs."""
    if resource is None or not resource.team:
        return True
    team: Any = row
    for name in resource.team.split("__"):
        team = getattr(team, name, None)
    return team is not None and team.pk == team_id
