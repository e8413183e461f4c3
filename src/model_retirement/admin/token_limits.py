"""Token limits that teams chose for global models."""

from __future__ import annotations

from django.contrib import admin

from model_retirement.admin.plain import TEAM_SEARCH, PlainAdmin
from model_retirement.data_migrations.admin.pages import Pages
from model_retirement.models import TeamTokenLimit


@admin.register(TeamTokenLimit)
class TeamTokenLimitAdmin(Pages, PlainAdmin):
    """Token limits that teams chose for global models."""

    change_form_template = "model_retirement_data_migrations/record_form.html"
    list_display = ["team", "type", "name", "max_token_limit"]
    list_filter = ["type"]
    list_select_related = ["team"]
    search_fields = ["name", *TEAM_SEARCH]
    raw_id_fields = ["team"]
