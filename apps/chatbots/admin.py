"""Admin of chatbots."""

from __future__ import annotations

from django.contrib import admin

from apps.chatbots.models import Chatbot
from apps.teams.versioned_admin import VersionedAdmin


@admin.register(Chatbot)
class ChatbotAdmin(VersionedAdmin):
    """Chatbots, their published versions and which of these people talk to."""

    list_display = [*VersionedAdmin.list_display, "is_default_version"]
    list_filter = [*VersionedAdmin.list_filter, "is_default_version"]
    autocomplete_fields = [*VersionedAdmin.autocomplete_fields, "pipeline"]
