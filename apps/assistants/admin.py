"""Admin of assistants."""

from __future__ import annotations

from django.contrib import admin

from apps.assistants.models import Assistant
from apps.teams.versioned_admin import VersionedAdmin


@admin.register(Assistant)
class AssistantAdmin(VersionedAdmin):
    """Assistants and the model that each one uses."""

    list_display = [*VersionedAdmin.list_display, "llm_provider_model"]
    list_select_related = [*VersionedAdmin.list_select_related, "llm_provider_model"]
    autocomplete_fields = [*VersionedAdmin.autocomplete_fields, "llm_provider_model"]
