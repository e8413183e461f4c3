"""Admin of teams and memberships."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count
from django.template.response import TemplateResponse

from apps.teams import api_tokens
from apps.teams.models import Membership, Team, TeamApiToken
from model_retirement.admin.plain import PlainAdmin, ReadOnlyInline

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


class MembershipInline(ReadOnlyInline):
    """Who is in the team."""

    model = Membership
    fields = ["user", "role"]
    ordering = ["role", "user__email"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "team")


@admin.register(Team)
class TeamAdmin(PlainAdmin):
    """Teams. None is deleted here: what a team was told about its models outlives a click."""

    list_display = ["visible_name", "slug", "member_count"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        teams: QuerySet[Any] = super().get_queryset(request).annotate(member_count=Count("memberships"))
        return teams

    def has_delete_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        return False

    @admin.display(description="members", ordering="member_count")
    def member_count(self, team: Any) -> int:
        """Return how many people are in the team."""
        return int(team.member_count)


@admin.register(Membership)
class MembershipAdmin(PlainAdmin):
    """Who is in which team, and as what."""

    list_display = ["user", "team", "role"]
    list_filter = ["role"]
    list_select_related = ["user", "team"]
    search_fields = ["user__email", "team__name", "team__slug"]
    autocomplete_fields = ["user", "team"]


@admin.register(TeamApiToken)
class TeamApiTokenAdmin(PlainAdmin):
    """Teams' API tokens: made here, shown once, deleted to revoke them."""

    fields = ["team", "name"]
    list_display = ["visible_name", "team", "created_at"]
    list_select_related = ["team"]
    search_fields = ["name", "team__name", "team__slug"]
    autocomplete_fields = ["team"]

    def has_change_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: TeamApiToken, *_args: Any) -> None:
        api_tokens.issue(obj)

    def response_add(self, request: HttpRequest, obj: TeamApiToken, *_args: Any) -> HttpResponse:
        """Show the secret on this one answer: in a message it would travel on in a cookie."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "New API token",
            "original": obj,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/teams/token_made.html", context)
