"""The journal of a removal, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.db import DEFAULT_DB_ALIAS
from django.http import Http404, HttpRequest
from django.utils.translation import gettext

from model_retirement.admin.links import Links
from model_retirement.keys import Key, KeyKind, parse_key
from model_retirement.models import ReferenceChange, RemovalRun
from model_retirement.numbers import whole_number
from model_retirement.references import registry
from model_retirement.removal import overview
from model_retirement.stored_json import StoredJSONEncoder

ENTRIES_PER_PAGE = 50
ROWS_PER_PAGE = 200
ROWS_SHOWN = 10
VALUE_SHOWN = 200
"""Characters of a stored value that a list shows; the entry's page has them all."""


def journal(request: HttpRequest, run: RemovalRun, *, entry_path: Callable[[int], str]) -> dict[str, Any]:
    """Return the context of a page of the journal; filters that make no sense are those that match nothing.

    :param entry_path: gives the path of an entry's own page
    """
    asked = {name: request.GET.get(name, "") for name in ("model", "reference", "object")}
    changes = overview.changes_of(
        run=run,
        model=_number(asked["model"]),
        reference=asked["reference"],
        object_id=_key(asked["object"]),
        using=DEFAULT_DB_ALIAS,
    )
    page = Paginator(changes, ENTRIES_PER_PAGE).get_page(request.GET.get("p"))
    links = Links(request)
    labels = sorted({label for reference in registry for label in reference.journal_labels})
    return {
        "asked": asked,
        "models": list(run.models.order_by("provider", "name")),
        "labels": labels,
        "page": page,
        "entries": [
            {
                "change": change,
                "path": entry_path(change.pk),
                "reference": change.reference.split("."),
                "old": shortened(_as_json(change, change.old_value)),
                "new": shortened(_as_json(change, change.new_value)),
                "rows": _links(change, change.object_ids[:ROWS_SHOWN], links),
                "more": max(change.object_count - ROWS_SHOWN, 0),
                "left_alone": len(change.left_alone_ids or ()),
            }
            for change in page
        ],
    }


def entry(request: HttpRequest, run: RemovalRun, change_id: int) -> dict[str, Any]:
    """Return the context of the page of one entry.

    :raises Http404: if the run's journal has no such entry
    """
    change = overview.changes_of(run=run, using=DEFAULT_DB_ALIAS).filter(pk=change_id).first()
    if change is None:
        facts = {"run": run.pk, "entry": change_id}
        raise Http404(gettext("The journal of removal %(run)s has no entry %(entry)s.") % facts)
    page = Paginator(change.object_ids, ROWS_PER_PAGE).get_page(request.GET.get("p"))
    left_alone = set(change.left_alone_ids or ())
    return {
        "change": change,
        "old": _as_json(change, change.old_value),
        "new": _as_json(change, change.new_value),
        "page": page,
        "rows": [
            (row, row_id in left_alone)
            for row_id, row in zip(page, _links(change, list(page), Links(request)), strict=True)
        ],
    }


def _as_json(change: ReferenceChange, value: Any) -> str:
    """Return a value of an entry as it was stored."""
    reference = registry.by_journal_label(change.reference)
    stored = reference.stored_value(value) if reference else value
    return StoredJSONEncoder(ensure_ascii=False).encode(stored)


def shortened(text: str) -> str:
    """Return the beginning of a text as a list shows it."""
    return text if len(text) <= VALUE_SHOWN else f"{text[: VALUE_SHOWN - 1]}…"


def _links(change: ReferenceChange, ids: list[Key], links: Links) -> list[str]:
    reference = registry.by_journal_label(change.reference)
    return [links.to(reference.model, row_id, str(row_id)) if reference else str(row_id) for row_id in ids]


def _key(text: str) -> Key | None:
    """Return the key of a row that somebody typed: a UUID, or else a number."""
    return parse_key(text.strip(), kind=KeyKind.UUID) or _number(text)


def _number(text: str) -> int | None:
    """Return the number that somebody typed; what is none matches nothing, and nothing matches all."""
    typed = text.strip()
    if not typed:
        return None
    number = whole_number(typed)
    return -1 if number is None else number
