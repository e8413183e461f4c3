"""Admin of collections."""

from __future__ import annotations

from django.contrib import admin

from apps.documents.models import Collection
from model_retirement.admin.plain import PlainAdmin


@admin.register(Collection)
class CollectionAdmin(PlainAdmin):
    """Collections and the model that writes their contexts."""

    list_display = ["visible_name", "team", "contextualizer_llm_model"]
    list_select_related = ["team", "contextualizer_llm_model"]
    search_fields = ["name", "team__name", "team__slug"]
    autocomplete_fields = ["team", "contextualizer_llm_model"]
