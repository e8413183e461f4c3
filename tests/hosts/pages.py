"""Opens every page of a host's admin as its superuser, and prints each with what it answered: imported in the host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in
from django.test import Client, RequestFactory
from django.urls import reverse

ROWS_PER_MODEL = 3
STYLESHEET = b"model_retirement_data_migrations/admin.css"
WITHOUT_STYLE = ("/history/", "/password/", "/mail/")
"""Ends of paths of Django's own pages about a model, and of mails, which are no pages of the admin."""


def paths(user: Any) -> Iterator[str]:
    """Yield the paths of all pages that a superuser may open."""
    request = RequestFactory().get("/")
    request.user = user
    yield reverse("admin:index")
    yield reverse("admin:password_change")
    yield from (reverse("admin:app_list", args=[app["app_label"]]) for app in admin.site.get_app_list(request))
    for model, pages in admin.site._registry.items():
        rows = list(model._base_manager.order_by("-pk")[:ROWS_PER_MODEL])
        for pattern in pages.get_urls():
            if pattern.name and _may_open(pages, pattern.name, request=request):
                for args in _arguments(list(pattern.pattern.converters), rows=rows):
                    yield reverse(f"admin:{pattern.name}", args=args)


def _may_open(pages: Any, name: str, *, request: Any) -> bool:
    kind = name.rpartition("_")[2]
    if kind in ("add", "delete"):
        return bool(getattr(pages, f"has_{kind}_permission")(request))
    return True


def _arguments(names: list[str], *, rows: list[Any]) -> Iterator[list[Any]]:
    """Yield what fills the places of a path."""
    if names == ["suffix"]:
        yield from (["csv"], ["json"])
    elif not names:
        yield []
    elif names == ["object_id", "change_id"]:
        changes = apps.get_model("model_retirement", "ReferenceChange").objects
        yield from ([row.pk, change.pk] for row in rows for change in changes.filter(removed_model__run=row))
    else:
        yield from ([row.pk] for row in rows)


def styled() -> list[str]:
    """Return the beginnings of the paths of models whose pages bring the engine's style with them."""
    models = [model for model, pages in admin.site._registry.items() if STYLESHEET.decode() in str(pages.media)]
    return [reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in models]


def opened() -> Iterator[str]:
    """Yield each path after what it answered."""
    user = get_user_model().objects.filter(is_superuser=True).get()
    user_logged_in.disconnect(dispatch_uid="update_last_login")  # rows stay as they are
    client = Client(raise_request_exception=False)
    client.force_login(user)
    with_style = tuple(styled())
    for path in paths(user):
        response = client.get(path)
        body = b"".join(response) if response.streaming else response.content
        page = response.headers.get("Content-Type", "").startswith("text/html") and not path.endswith(WITHOUT_STYLE)
        answer = response.status_code if body else "empty"
        lacks_style = page and path.startswith(with_style) and STYLESHEET not in body
        yield f"{'unstyled' if lacks_style else answer} {path}"


print("\n".join(opened()))  # noqa: T201  (the process that imports this has nothing else to say)
