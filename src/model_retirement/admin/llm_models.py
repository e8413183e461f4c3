"""Models: which there are, where they stand, who uses them, and what their removal would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS
from django.http import Http404
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from model_retirement import answers, conf
from model_retirement.abstract import AbstractLlmModel, offered_to
from model_retirement.admin import deprecated, exports, model_pages
from model_retirement.admin.links import Links, removed_model
from model_retirement.admin.model_list import (
    CustomFilter,
    InUseFilter,
    LifecycleFilter,
    ModelChangeList,
    ProviderFilter,
    RemovalListFilter,
    state_name,
)
from model_retirement.admin.plain import TEAM_SEARCH, PlainAdmin, asking_team, asks_for_choices
from model_retirement.catalogue.lifecycle import Lifecycle, State
from model_retirement.data_migrations import neutral
from model_retirement.data_migrations.admin.pages import Pages
from model_retirement.data_migrations.admin.words import badge
from model_retirement.host_models import llm_models, name_of
from model_retirement.keys import path_converter
from model_retirement.wording import translated

if TYPE_CHECKING:
    from django.db.models import ForeignKey, QuerySet
    from django.forms import ModelChoiceField
    from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

    from model_retirement.keys import Key

TONES = {State.ACTIVE: "good", State.LEGACY: "busy", State.DEPRECATED: "warn", State.RETIRED: "bad"}
EXPORTS = {"csv": exports.as_csv, "json": exports.as_json}


def lifecycle_badge(lifecycle: Lifecycle) -> SafeString:
    """Return where a model stands, for people: its state, and when it retires if that is known."""
    pill = badge(TONES[lifecycle.state], state_name(lifecycle.state))
    words = translated(lifecycle.words)
    return format_html('{} <span class="when">{}</span>', pill, words) if words else pill


class LlmModelAdmin(Pages, PlainAdmin):
    """Models. Global ones come from the catalogue and are read here; custom ones can be added and deprecated.

    None is deleted here: a removal moves what points at the model, a deletion by hand would leave ids in JSON behind.
    """

    change_form_template = "model_retirement/admin/llm_model/change_form.html"
    change_list_template = "model_retirement/admin/llm_model/change_list.html"
    fields = ["team", "type", "name", "max_token_limit", "deprecated"]
    list_display = ["visible_name", "state", "references", "teams", "replacement", "provider", "whose", "tokens"]
    list_filter = [LifecycleFilter, ("type", ProviderFilter), CustomFilter, InUseFilter, RemovalListFilter]
    list_select_related = ["team"]
    search_fields = ["name", "type", *TEAM_SEARCH]
    raw_id_fields = ["team"]
    ordering = ["type", "name", "pk"]

    def get_changelist(self, *_args: Any, **_kwargs: Any) -> type[ChangeList]:
        return ModelChangeList

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        row = f"<{path_converter(self.model)}:object_id>"
        return [
            path("deprecated/", view(self.deprecated), name=self.url_name("deprecated")),
            path("export.<str:suffix>", view(self.export), name=self.url_name("export")),
            path(f"{row}/use/", view(self.use), name=self.url_name("use")),
            path(f"{row}/removal/", view(self.removal), name=self.url_name("removal")),
            *super().get_urls(),
        ]

    @admin.display(description=_("provider"), ordering="type")
    def provider(self, model: AbstractLlmModel) -> str:
        """Return the name of the provider."""
        return str(dict(answers.providers()).get(model.type, model.type))

    @admin.display(description=_("scope"), ordering=f"team__{conf.team_name()}")
    def whose(self, model: AbstractLlmModel) -> str:
        """Return the name of the team, or that the model is everybody's."""
        return name_of(model.team) if model.team else gettext("global")

    @admin.display(description=_("token limit"), ordering="max_token_limit")
    def tokens(self, model: AbstractLlmModel) -> str:
        """Return the context window in tokens."""
        return "-" if model.max_token_limit is None else f"{model.max_token_limit:,}"

    @admin.display(description=_("state"), ordering="deprecated")
    def state(self, model: Any) -> SafeString:
        """Return where the model stands."""
        return lifecycle_badge(model.lifecycle)

    @admin.display(description=_("replacement"))
    def replacement(self, model: Any) -> str:
        """Return the model that takes over, with a link to it."""
        if model.replacement_id is None:
            return str(model.lifecycle.replacement)
        return format_html(
            '<a href="{}">{}</a>', self.link("change", model.replacement_id), model.lifecycle.replacement
        )

    @admin.display(description=_("references"), ordering="reference_count")
    def references(self, model: Any) -> str:
        """Return how many rows point at the model."""
        return f"{model.reference_count:,}"

    @admin.display(description=_("teams"), ordering="team_count")
    def teams(self, model: Any) -> str:
        """Return how many teams use the model."""
        return f"{model.team_count:,}"

    def get_fields(self, _request: HttpRequest, obj: AbstractLlmModel | None = None) -> list[Any]:
        """Return the fields; the token limit of a global model is there to be read."""
        is_global = obj is not None and obj.team_id is None
        names = [*self.fields, *(field.name for field in self._further_fields())]
        return ["tokens" if is_global and name == "max_token_limit" else name for name in names]

    def get_readonly_fields(self, _request: HttpRequest, obj: AbstractLlmModel | None = None) -> list[str]:
        further = self._further_fields()
        computed = [field.name for field in further if not field.editable]
        if obj is None:
            return computed
        if obj.team_id is not None:
            return ["team", "type", "name", *computed]
        return ["team", "type", "name", "tokens", "deprecated", *(field.name for field in further)]

    def _further_fields(self) -> list[Any]:
        """Return the fields that the host's table has besides those that the engine asks for."""
        return [field for field in self.opts.concrete_fields if not field.primary_key and field.name not in self.fields]

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        # The only key is the team: without one a model is global, and those are declared in the catalogue.
        return super().formfield_for_foreignkey(db_field, request, **{**kwargs, "required": True})

    def has_change_permission(self, request: HttpRequest, obj: AbstractLlmModel | None = None) -> bool:
        # Nothing of a global one can be changed here: without the permission its page has no button that would do nothing.
        return super().has_change_permission(request, obj) and (obj is None or obj.team_id is not None)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search; a form is offered what its team may choose, and before its team is known what every team may."""
        if asks_for_choices(request):
            offered = offered_to(llm_models(using=DEFAULT_DB_ALIAS), team=asking_team(request))
            queryset = queryset.filter(pk__in=offered.order_by().values("pk"))
        return super().get_search_results(request, queryset, search_term)

    def has_delete_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("team")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a model; of one that was removed, the removal, for links and bookmarks outlive the row."""
        removed = removed_model(object_id) if Links(request).may_open("model_retirement.RemovalRun") else None
        if removed is not None and self.has_view_permission(request) and self.get_object(request, object_id) is None:
            words = gettext("The model %(model)s was removed; this is its removal.")
            messages.info(request, words % {"model": removed})
            return redirect("admin:model_retirement_removalrun_change", removed.run_id)
        return super().change_view(request, object_id, form_url, extra_context)

    def more_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        context = model_pages.overview(record, links=Links(request))
        return {
            **context,
            "lifecycle_badge": lifecycle_badge(context["lifecycle"]),
            "use_path": self.link("use", record.pk),
            "removal_path": self.link("removal", record.pk),
            "tab": "change",
        }

    def deprecated(self, request: HttpRequest) -> HttpResponse:
        """Show the global models that are on their way out, by date."""
        self._require_view(request)
        context = deprecated.context()
        context["badges"] = {line.row.pk: lifecycle_badge(line.lifecycle) for line in context["lines"]}
        context["lines"] = [(line, context["badges"][line.row.pk]) for line in context["lines"]]
        return self.page(request, "model_retirement/admin/deprecated.html", context, title=gettext("Deprecated models"))

    def export(self, request: HttpRequest, suffix: str) -> HttpResponse | StreamingHttpResponse:
        """Return the list, filtered and sorted as the page is, as a file; lead to the list if the filters make no sense."""
        self._require_view(request)
        if suffix not in EXPORTS:
            raise Http404(gettext("There is no export as %(suffix)s, only as csv and json.") % {"suffix": suffix})
        try:
            models = self.get_changelist_instance(request).queryset
        except (IncorrectLookupParameters, DisallowedModelAdminLookup):
            messages.error(
                request, gettext("Nothing was exported: its address filters by what the list does not know.")
            )
            return redirect(self.link("changelist"))
        return EXPORTS[suffix](models)

    def use(self, request: HttpRequest, object_id: Key) -> HttpResponse:
        """Show where one model is used, resource by resource."""
        model: Any = self.record(request, object_id)
        context = {**model_pages.use(request, model), "tab": "use", **self._tabs(model)}
        return self.page(
            request,
            "model_retirement/admin/use.html",
            context,
            title=gettext("Where %(model)s is used") % {"model": translated(neutral.name(model.name))},
            record=model,
        )

    def removal(self, request: HttpRequest, object_id: Key) -> HttpResponse:
        """Show what the removal of one model would do."""
        model: Any = self.record(request, object_id)
        context = {**model_pages.removal(request, model), "tab": "removal", **self._tabs(model)}
        title = gettext("What the removal of %(model)s would do") % {"model": translated(neutral.name(model.name))}
        return self.page(request, "model_retirement/admin/removal.html", context, title=title, record=model)

    def _tabs(self, model: AbstractLlmModel) -> dict[str, str]:
        return {"use_path": self.link("use", model.pk), "removal_path": self.link("removal", model.pk)}

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied
