"""Admin of pipelines and their nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import OuterRef, Subquery

from apps.pipelines.models import Node, Pipeline
from apps.service_providers.models import LlmProviderModel
from apps.teams.versioned_admin import VersionedAdmin
from model_retirement.admin.plain import PlainAdmin, ReadOnlyInline

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


def _with_model_names(nodes: QuerySet[Any]) -> QuerySet[Any]:
    name = LlmProviderModel.objects.filter(pk=OuterRef("llm_provider_model_ref")).values("name")
    named: QuerySet[Any] = nodes.annotate(model_name=Subquery(name))
    return named


@admin.display(description="LLM model", ordering="model_name")
def _llm_model(node: Any) -> Any:
    """Return the name of the model that the node calls, or the stored id if there is no such model."""
    return node.model_name or node.llm_provider_model_ref


class NodeInline(ReadOnlyInline):
    """The steps, in the order in which they were made."""

    model = Node
    fields = ["type", "flow_id", "llm_model"]
    readonly_fields = ["llm_model"]
    ordering = ["pk"]
    show_change_link = True
    llm_model = staticmethod(_llm_model)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return _with_model_names(super().get_queryset(request))


@admin.register(Pipeline)
class PipelineAdmin(VersionedAdmin):
    """Pipelines with their nodes."""

    inlines = [NodeInline]


@admin.register(Node)
class NodeAdmin(PlainAdmin):
    """Nodes, with the model that each one calls."""

    list_display = ["__str__", "type", "pipeline", "llm_model"]
    list_filter = ["type"]
    list_select_related = ["pipeline"]
    search_fields = ["label", "flow_id", "pipeline__name", "pipeline__team__name"]
    autocomplete_fields = ["pipeline"]
    llm_model = staticmethod(_llm_model)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return _with_model_names(super().get_queryset(request))
