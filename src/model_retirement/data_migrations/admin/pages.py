"""What admin pages have in common: records that are only read, and actions that are confirmed, logged and permitted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext

from model_retirement.data_migrations.admin.lists import PlainList
from model_retirement.data_migrations.code_words import with_code

if TYPE_CHECKING:
    from django.db.models import Model

LOG_ENTRIES_SHOWN = 10


class Refused(Exception):
    """An action cannot be carried out now; nothing has been changed. The message says why and what to do."""


@dataclasses.dataclass(frozen=True)
class Action:
    """Something that staff may do to one record: shown first, confirmed by a POST, kept in the admin's log.

    :param name: the last part of its path
    :param label: what its button says
    :param permission: who may, such as ``model_retirement.restore_removalrun``
    :param possible: tells whether a record is in a state for it; the button is left out if not
    :param template: shows what would happen
    :param preview: gives the template's context; it raises ``Refused``
    :param carry_out: does it and returns what was done, for the log and the page; it raises ``Refused``
    """

    name: str
    label: str | Promise
    permission: str
    possible: Callable[[Any], bool]
    template: str
    preview: Callable[[Any], Mapping[str, Any]]
    carry_out: Callable[[Any, str], str]


class ReadOnly:
    """Nothing is added, changed or deleted here: the records are what the work wrote."""

    def has_add_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        return False

    def has_change_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        return False

    def has_delete_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        return False


class Pages(PlainList):
    """An admin with pages beside Django's: views of one record, and actions on it."""

    page_actions: tuple[Action, ...] = ()

    class Media:
        css = {"all": ["model_retirement_data_migrations/admin.css"]}

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<int:object_id>/{action.name}/",
                self.admin_site.admin_view(partial(self.act, action=action)),
                name=self.url_name(action.name),
            )
            for action in self.page_actions
        ]
        return [*own, *super().get_urls()]

    def url_name(self, name: str) -> str:
        """Return the name of the URL of a page of this model."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def link(self, name: str, *args: Any) -> str:
        """Return the path of a page of this model."""
        return reverse(f"admin:{self.url_name(name)}", args=args)

    def record(self, request: HttpRequest, object_id: Any) -> Model:
        """Return the record that a page is about.

        :raises Http404: if there is none
        :raises PermissionDenied: if the user may not see it
        """
        record: Model | None = self.get_object(request, str(object_id))
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        if record is None:
            facts = {"kind": self.opts.verbose_name, "number": object_id}
            raise Http404(gettext("There is no %(kind)s %(number)s.") % facts)
        return record

    def page(
        self,
        request: HttpRequest,
        template: str,
        context: Mapping[str, Any],
        *,
        title: str | Promise,
        record: Model | None = None,
    ) -> TemplateResponse:
        """Return a page of this model, within the frame of the admin."""
        return TemplateResponse(
            request,
            template,
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": title,
                "original": record,
                "media": self.media,
                **context,
            },
        )

    def act(self, request: HttpRequest, object_id: int, action: Action) -> HttpResponse:
        """Show what an action would do, and do it when that was confirmed."""
        if not request.user.has_perm(action.permission):
            raise PermissionDenied
        record = self.record(request, object_id)
        if request.method not in {"GET", "HEAD", "POST"}:
            return HttpResponseNotAllowed(["GET", "POST"])
        if request.method == "POST":
            return self._carry_out(request, record, action)
        refusal, preview = "", {}
        try:
            preview = dict(action.preview(record))
        except Refused as error:
            refusal = str(error)
        context = {"action": action, "refusal": refusal, **preview}
        return self.page(
            request, "model_retirement_data_migrations/confirm_action.html", context, title=action.label, record=record
        )

    def _carry_out(self, request: HttpRequest, record: Model, action: Action) -> HttpResponse:
        try:
            # Commands print it as well.
            done = action.carry_out(record, f"{request.user.get_username()} in the admin")
        except Refused as error:
            messages.error(request, with_code(str(error)))
        else:
            self.log_change(request, record, done)
            messages.success(request, done)
        return redirect(self.link("change", record.pk))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        record = context.get("original")
        if record is not None:
            context |= {
                "page_actions": [
                    (action.label, self.link(action.name, record.pk))
                    for action in self.page_actions
                    if request.user.has_perm(action.permission) and action.possible(record)
                ],
                "log_entries": self._log(record),
                **self.more_context(request, record),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def more_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """Return what the page of a record shows beside its fields."""
        return {}

    def _log(self, record: Model) -> list[LogEntry]:
        """Return what staff did to the record, newest first."""
        entries = LogEntry.objects.filter(content_type=get_content_type_for_model(record), object_id=record.pk)
        return list(entries.select_related("user").order_by("-action_time")[:LOG_ENTRIES_SHOWN])
