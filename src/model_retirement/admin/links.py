"""Links to the admin's pages of whatever a page names, for those who may open them."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from model_retirement.data_migrations import neutral
from model_retirement.data_migrations.admin.words import link
from model_retirement.host_models import llm_model, llm_models
from model_retirement.keys import Key, kind_of, parse_key
from model_retirement.models import RemovedModel
from model_retirement.wording import translated


class Links:
    """Links for one user: names that lead somewhere if the user may go there, and plain names if not."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._open: dict[str, bool] = {}

    def to(self, model: str, pk: Key | None, words: str) -> str:
        """Return a link to the page of a row, or only the words.

        :param model: label of a Django model, such as ``pipelines.Node``
        :param pk: the row; None if it is gone
        :param words: what a tenant may have written; empty if nothing is named
        """
        if pk is None and not words:
            return ""
        words = translated(neutral.name(words))
        if pk is None or not self.may_open(model):
            return words
        app_label, _, name = model.lower().partition(".")
        return link(reverse(f"admin:{app_label}_{name}_change", args=[pk]), words)

    def list_of(self, model: str) -> str:
        """Return the path of the list of a model's rows, which the user may open."""
        return reverse(f"admin:{model.lower().replace('.', '_')}_changelist")

    def may_open(self, model: str) -> bool:
        """Return whether the admin has pages for rows of a model that the user may see."""
        if model not in self._open:
            rows = apps.get_model(model)
            self._open[model] = admin.site.is_registered(rows) and admin.site.get_model_admin(rows).has_view_permission(
                self._request
            )
        return self._open[model]


def llm_model_page(page: str, *args: Any) -> str:
    """Return the path of a page of the host's LLM models, such as ``changelist``."""
    opts = llm_model()._meta  # noqa: SLF001  (the documented Meta API)
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=args)


def list_of_models(*, page: str = "changelist", query: str = "") -> str:
    """Return the path of a page that lists LLM models; an admin of the host's own has but one, and none of our filters.

    :param query: what filters the list
    """
    try:
        llm_model_page("deprecated")
    except NoReverseMatch:
        return llm_model_page("changelist")
    return f"{llm_model_page(page)}{query}"


def existing_models(ids: set[Key]) -> set[Key]:
    """Return which of the ids have a row among the models."""
    return set(llm_models(using=DEFAULT_DB_ALIAS).filter(pk__in=ids).values_list("pk", flat=True))


def removed_model(object_id: str) -> RemovedModel | None:
    """Return the latest removal of the model that had a primary key, as it stands in a path; None if it never went."""
    model_id = parse_key(object_id, kind=kind_of(llm_model()))
    if model_id is None:
        return None
    gone = RemovedModel.objects.filter(model_id=model_id, removed_at__isnull=False)
    return gone.order_by("-run_id").first()
