"""Models: which there are, where they stand, who uses them, and what their removal would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.data_migrations import neutral
from apps.data_migrations.admin.pages import Pages
from apps.data_migrations.admin.words import badge
from apps.service_providers.admin import deprecated, exports, model_pages
from apps.service_providers.admin.links import Links, removed_model
from apps.service_providers.admin.model_list import (
    CustomFilter,
    InUseFilter,
    ModelChangeList,
    ProviderFilter,
    RemovalListFilter,
    StateFilter,
)
from apps.service_providers.llm_service.lifecycle import Lifecycle, State
from apps.service_providers.models import LlmProviderModel
from apps.teams.plain_admin import PlainAdmin, asking_team, asks_for_choices

if TYPE_CHECKING:
    from django.db.models import ForeignKey, QuerySet
    from django.forms import ModelChoiceField
    from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

TONES = {State.ACTIVE: "good", State.LEGACY: "busy", State.DEPRECATED: "warn", State.RETIRED: "bad"}
EXPORTS = {"csv": exports.as_csv, "json": exports.as_json}


def lifecycle_badge(lifecycle: Lifecycle) -> SafeString:
    """Return where a model stands, for people: its state, and when it retires if that is known."""
    pill = badge(TONES[lifecycle.state], lifecycle.state.value.capitalize())
    words = lifecycle.words
    return format_html('{} <span class="when">{}</span>', pill, words) if words else pill


@admin.register(LlmProviderModel)
class LlmProviderModelAdmin(Pages, PlainAdmin):
    """Models. Global ones come from the catalogue and are read here; custom ones can be added and deprecated.

    None is deleted here: a removal moves what points at the model, a deletion by hand would leave ids in JSON behind.
    """

    fields = ["team", "type", "name", "max_token_limit", "deprecated", "created_at"]
    list_display = ["visible_name", "state", "references", "teams", "replacement", "provider", "whose", "tokens"]
    list_filter = [StateFilter, ("type", ProviderFilter), CustomFilter, InUseFilter, RemovalListFilter]
    list_select_related = ["team"]
    search_fields = ["name", "type", "team__name", "team__slug"]
    autocomplete_fields = ["team"]
    ordering = ["type", "name", "pk"]

    def get_changelist(self, *_args: Any, **_kwargs: Any) -> type[ChangeList]:
        return ModelChangeList

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("deprecated/", view(self.deprecated), name=self.url_name("deprecated")),
            path("export.<str:suffix>", view(self.export), name=self.url_name("export")),
            path("<int:object_id>/use/", view(self.use), name=self.url_name("use")),
            path("<int:object_id>/removal/", view(self.removal), name=self.url_name("removal")),
            *super().get_urls(),
        ]

    @admin.display(ordering="type")
    def provider(self, model: LlmProviderModel) -> str:
        """Return the name of the provider."""
        return model.get_type_display()

    @admin.display(description="scope", ordering="team__name")
    def whose(self, model: LlmProviderModel) -> str:
        """Return the name of the team, or that the model is everybody's."""
        return str(model.team) if model.team else "global"

    @admin.display(description="token limit", ordering="max_token_limit")
    def tokens(self, model: LlmProviderModel) -> str:
        """Return the context window in tokens."""
        return f"{model.max_token_limit:,}"

    @admin.display(ordering="deprecated")
    def state(self, model: Any) -> SafeString:
        """Return where the model stands."""
        return lifecycle_badge(model.lifecycle)

    @admin.display()
    def replacement(self, model: Any) -> str:
        """Return the model that takes over, with a link to it."""
        if model.replacement_id is None:
            return str(model.lifecycle.replacement)
        return format_html(
            '<a href="{}">{}</a>', self.link("change", model.replacement_id), model.lifecycle.replacement
        )

    @admin.display(ordering="reference_count")
    def references(self, model: Any) -> str:
        """Return how many rows point at the model."""
        return f"{model.reference_count:,}"

    @admin.display(ordering="team_count")
    def teams(self, model: Any) -> str:
        """Return how many teams use the model."""
        return f"{model.team_count:,}"

    def get_fields(self, _request: HttpRequest, obj: LlmProviderModel | None = None) -> list[Any]:
        """Return the fields; the token limit of a global model is there to be read."""
        is_global = obj is not None and obj.team_id is None
        return ["tokens" if is_global and name == "max_token_limit" else name for name in self.fields]

    def get_readonly_fields(self, _request: HttpRequest, obj: LlmProviderModel | None = None) -> list[str]:
        if obj is None:
            return ["created_at"]
        identity = ["team", "type", "name", "created_at"]
        return identity if obj.team_id is not None else [*identity, "tokens", "deprecated"]

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        # The only key is the team: without one a model is global, and those are declared in the catalogue.
        return super().formfield_for_foreignkey(db_field, request, **{**kwargs, "required": True})

    def has_change_permission(self, request: HttpRequest, obj: LlmProviderModel | None = None) -> bool:
        # Nothing of a global one can be changed here: without the permission its page has no button that would do nothing.
        return super().has_change_permission(request, obj) and (obj is None or obj.team_id is not None)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search; a form is offered what its team may choose, and before its team is known what every team may."""
        if asks_for_choices(request):
            offered = LlmProviderModel.objects.offered_to(asking_team(request))
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
        removed = removed_model(object_id) if Links(request).may_open("service_providers.RemovalRun") else None
        if removed is not None and self.has_view_permission(request) and self.get_object(request, object_id) is None:
            messages.info(request, f"The model {removed} was removed; this is its removal.")
            return redirect("admin:service_providers_removalrun_change", removed.run_id)
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
        return self.page(request, "admin/service_providers/deprecated.html", context, title="Deprecated models")

    def export(self, request: HttpRequest, suffix: str) -> HttpResponse | StreamingHttpResponse:
        """Return the list, filtered and sorted as the page is, as a file; lead to the list if the filters make no sense."""
        self._require_view(request)
        if suffix not in EXPORTS:
            raise Http404(f"There is no export as {suffix}, only as {' and '.join(EXPORTS)}.")
        try:
            models = self.get_changelist_instance(request).queryset
        except (IncorrectLookupParameters, DisallowedModelAdminLookup):
            messages.error(request, "Nothing was exported: its address filters by what the list does not know.")
            return redirect(self.link("changelist"))
        return EXPORTS[suffix](models)

    def use(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show where one model is used, resource by resource."""
        model: Any = self.record(request, object_id)
        context = {**model_pages.use(request, model), "tab": "use", **self._tabs(model)}
        return self.page(
            request,
            "admin/service_providers/use.html",
            context,
            title=f"Where {neutral.name(model.name)} is used",
            record=model,
        )

    def removal(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show what the removal of one model would do."""
        model: Any = self.record(request, object_id)
        context = {**model_pages.removal(request, model), "tab": "removal", **self._tabs(model)}
        title = f"What the removal of {neutral.name(model.name)} would do"
        return self.page(request, "admin/service_providers/removal.html", context, title=title, record=model)

    def _tabs(self, model: LlmProviderModel) -> dict[str, str]:
        return {"use_path": self.link("use", model.pk), "removal_path": self.link("removal", model.pk)}

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied
