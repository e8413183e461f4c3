"""The pages that a team sees: one per object, to read only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.views.generic import DetailView

from apps.data_migrations import neutral
from apps.users.models import User

if TYPE_CHECKING:
    from django.db.models import Manager, QuerySet


class TeamObjectView(LoginRequiredMixin, DetailView):  # type: ignore[type-arg]  # not subscriptable at run time
    """One object of a team, archived or not, for members of the team and for staff; for others it does not exist."""

    template_name = "teams/object.html"

    def get_queryset(self) -> QuerySet[Any]:
        every_row: Manager[Any] = self.model._base_manager  # noqa: SLF001  # default managers hide archives and versions
        rows = every_row.filter(team__slug=self.kwargs["team_slug"]).select_related("team")
        user = self.request.user
        if isinstance(user, User) and user.is_staff:
            return rows
        return rows.filter(team__memberships__user=user.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {
            **context,
            "name": neutral.name(self.object.name),
            "kind": self.model._meta.verbose_name,  # noqa: SLF001  # Django documents _meta
            "uses": self.object.model_uses(),
        }
