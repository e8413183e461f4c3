"""The pages that a team sees, to read only: where people land, what a team has and uses, and one page per object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import DEFAULT_DB_ALIAS
from django.shortcuts import redirect
from django.views.generic import DetailView, ListView

from apps.teams.access import readable_teams
from apps.teams.models import Team
from model_retirement import team_models
from model_retirement.catalogue import view as catalogue
from model_retirement.catalogue.lifecycle import utc_today
from model_retirement.data_migrations import neutral
from model_retirement.references import registry

if TYPE_CHECKING:
    from django.db.models import Manager, QuerySet
    from django.http import HttpRequest, HttpResponse

THINGS_SHOWN = 50
"""Things of one kind that a team's page lists; the others are counted."""


class HomeView(LoginRequiredMixin, ListView):  # type: ignore[type-arg]  # not subscriptable at run time
    """Where a person lands: staff in the admin, if anything there is theirs to see, a member on the team's page."""

    template_name = "teams/home.html"
    context_object_name = "teams"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead on if there is one place to go to, else list the teams."""
        if admin.site.has_permission(request) and admin.site.get_app_list(request):
            return redirect("admin:index")
        teams = self.get_queryset()[:2]
        if len(teams) == 1:
            return redirect("team", team_slug=teams[0].slug)
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Team]:
        return Team.objects.filter(memberships__user=self.request.user.pk).order_by("name", "pk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {**context, "teams": [(team.slug, neutral.name(team.name)) for team in context["teams"]]}


class TeamView(LoginRequiredMixin, DetailView):  # type: ignore[type-arg]  # not subscriptable at run time
    """One team: the models that it uses, and what it has, for those who may read the team."""

    template_name = "teams/team.html"
    slug_url_kwarg = "team_slug"

    def get_queryset(self) -> QuerySet[Team]:
        user: Any = self.request.user  # who is not logged in has been sent to do so
        return readable_teams(user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        used = team_models.used_by(
            self.object, registry=registry, catalogue=catalogue.read(), today=utc_today(), using=DEFAULT_DB_ALIAS
        )
        return {
            **super().get_context_data(**kwargs),
            "name": neutral.name(self.object.name),
            "used": used,
            "kinds": _things_of(self.object),
        }


class TeamObjectView(LoginRequiredMixin, DetailView):  # type: ignore[type-arg]  # not subscriptable at run time
    """One object of a team, archived or not, for those who may read the team; for others it does not exist."""

    template_name = "teams/object.html"

    def get_queryset(self) -> QuerySet[Any]:
        every_row: Manager[Any] = self.model._base_manager  # noqa: SLF001  # default managers hide archives and versions
        user: Any = self.request.user  # who is not logged in has been sent to do so
        teams = readable_teams(user).filter(slug=self.kwargs["team_slug"])
        return every_row.filter(team__in=teams).select_related("team")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {
            **context,
            "name": neutral.name(self.object.name),
            "kind": self.model._meta.verbose_name,  # noqa: SLF001  # Django documents _meta
            "uses": self.object.model_uses(),
        }


def _things_of(team: Team) -> list[dict[str, Any]]:
    """Return what a team works on, by kind: neither archives nor published versions."""
    kinds = []
    for resource in registry.resources:
        things = resource.model_class._default_manager.filter(team=team).select_related("team")  # noqa: SLF001  # it hides archives
        first: list[Any] = list(things.order_by("name", "pk")[: THINGS_SHOWN + 1])
        if first:
            more = things.count() - THINGS_SHOWN if len(first) > THINGS_SHOWN else 0
            named = [(thing.get_absolute_url(), neutral.name(thing.name)) for thing in first[:THINGS_SHOWN]]
            kinds.append({"kind": resource.kind, "first": named, "more": more})
    return kinds
