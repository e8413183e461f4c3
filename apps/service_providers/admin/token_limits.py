"""Token limits that teams chose for global models."""

from __future__ import annotations

from django.contrib import admin

from apps.data_migrations.admin.pages import Pages
from apps.service_providers.models import TeamTokenLimit
from apps.teams.plain_admin import PlainAdmin


@admin.register(TeamTokenLimit)
class TeamTokenLimitAdmin(Pages, PlainAdmin):
    """Token limits that teams chose for global models."""

    change_form_template = "admin/record_form.html"
    list_display = ["team", "type", "name", "max_token_limit"]
    list_filter = ["type"]
    list_select_related = ["team"]
    search_fields = ["name", "team__name", "team__slug"]
    autocomplete_fields = ["team"]
