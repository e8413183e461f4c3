"""The admin of what has published versions and archives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_retirement.admin.plain import NullFilter, PlainAdmin, asking_team, asks_for_choices

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class VersionFilter(NullFilter):
    """Working or published versions."""

    title = "version"
    parameter_name = "published"
    field = "working_version"
    null = "Working version"
    not_null = "Published version"


class VersionedAdmin(PlainAdmin):
    """Working versions, published versions and archives of one kind; the name of a published one ends in its number."""

    list_display = ["__str__", "team", "is_archived"]
    list_filter = [VersionFilter, "is_archived"]
    list_select_related = ["team"]
    search_fields = ["name", "team__name", "team__slug"]
    autocomplete_fields = ["team", "working_version"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if asks_for_choices(request) and (team_id := asking_team(request)) is not None:
            queryset = queryset.filter(team=team_id)
        return super().get_search_results(request, queryset, search_term)
