"""Where the host shows its resources: addresses of their pages, asked with the stored rows, many at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db.models import BinaryField, JSONField, Model, Q

from model_retirement import answers, sql
from model_retirement.references.registry import Registry, Resource
from model_retirement.references.usage import AffectedResource

ROWS_AT_ONCE = 1_000


class Shown(NamedTuple):
    """A resource that somebody is told of.

    :param model: label of its Django model
    :param team_id: the team that is told
    :param version: the number of its published version, if it is that one which is meant; None for the resource itself
    """

    model: str
    id: Any
    team_id: Any
    version: int | None = None


def urls(resources: Iterable[Shown], *, registry: Registry, using: str) -> dict[Shown, str]:
    """Return the address of the page of each resource; one query per model.

    The host is asked with the stored row, so that a published version can lead to where it shows versions. Its team, and
    what it is a version of, are there without a query of their own. What has no page has no entry here: what was deleted
    since, what belongs to another team by now, or a model that the code does not have any more.
    """
    by_model: dict[str, list[Shown]] = {}
    for item in resources:
        by_model.setdefault(item.model, []).append(item)
    declared = {resource.model: resource for resource in registry.resources}
    url_by_item: dict[Shown, str] = {}
    for label, shown in by_model.items():
        # Nobody may declare any more what a notice of years ago names, and a model may be gone.
        resource = declared.get(label) or Resource("", label, team="", version_of="")
        try:
            rows = _stored(shown, resource=resource, using=using)
        except LookupError:
            continue
        for item, row in rows.items():
            if _belongs(row, resource=resource, team_id=item.team_id) and (url := answers.resource_url(obj=row)):
                url_by_item[item] = url
    return url_by_item


def with_urls(
    resources: Iterable[AffectedResource], *, registry: Registry, using: str
) -> Iterator[tuple[AffectedResource, str]]:
    """Yield each resource with the address of its page, or nothing, without holding all of them."""
    left = iter(resources)
    while chunk := list(itertools.islice(left, ROWS_AT_ONCE)):
        shown = [Shown(resource.resource.model, resource.id, resource.team_id) for resource in chunk]
        url_by_key = urls(shown, registry=registry, using=using)
        yield from ((resource, url_by_key.get(key, "")) for resource, key in zip(chunk, shown, strict=True))


def _stored(shown: Sequence[Shown], *, resource: Resource, using: str) -> dict[Shown, Any]:
    """Return the stored row of each, with its team and what it is a version of, those that managers hide included.

    :raises LookupError: if there is no such model
    """
    model: Any = resource.model_class
    key = model._meta.pk  # noqa: SLF001  (the documented Meta API)
    paths = resource.paths()
    of, number = paths.get("version_of", ""), paths.get("version_number", "")
    versions = [item for item in shown if of and number and item.version is not None]
    itself = [item for item in shown if not (of and number) or item.version is None]
    wanted = Q(pk__in=[item.id for item in itself])
    if versions:
        wanted |= Q(
            **{f"{of}__in": [item.id for item in versions], f"{number}__in": {item.version for item in versions}}
        )
    related = _related(resource)
    # No address is made of these, and one odd value would make the row unreadable.
    heavy = [*_heavy(model), *(f"{path}__{name}" for path, other in related.items() for name in _heavy(other))]
    rows = model._base_manager.using(using).filter(wanted).defer(*heavy)  # noqa: SLF001  (documented by Django)
    with sql.dialect(using).text_for_people():
        stored = list(rows.select_related(*related) if related else rows)
    by_key = {row.pk: row for row in stored}
    by_version = {(_value(row, of), _value(row, number)): row for row in stored} if versions else {}
    row_by_item = {item: by_key.get(key.to_python(item.id)) for item in itself}
    row_by_item |= {item: by_version.get((key.to_python(item.id), item.version)) for item in versions}
    return {item: row for item, row in row_by_item.items() if row is not None}


def _value(row: Model, path: str) -> Any:
    """Return what a path leads to; of another row its key."""
    value: Any = row
    for name in path.split("__"):
        value = getattr(value, name, None)
    return value.pk if isinstance(value, Model) else value


def _related(resource: Resource) -> dict[str, type[Model]]:
    """Return the models on the paths from a resource to its team and to what it is a version of, by path."""
    models: dict[str, Any] = {}
    for path in filter(None, (resource.team, resource.paths().get("version_of"))):
        if resource.field_at(path).is_relation:
            parts = path.split("__")
            steps = ("__".join(parts[:number]) for number in range(1, len(parts) + 1))
            models |= {step: resource.field_at(step).related_model for step in steps}
    return models


def _heavy(model: type[Model]) -> list[str]:
    fields = model._meta.concrete_fields  # noqa: SLF001  (the documented Meta API)
    return [field.name for field in fields if isinstance(field, JSONField | BinaryField)]


def _belongs(row: Model, *, resource: Resource, team_id: Any) -> bool:
    """Return whether a row is of this team; one that moved to another team is none of theirs."""
    return not resource.team or _value(row, resource.team) == team_id
