"""What the engine asks of this platform."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings

from model_retirement.catalogue.facts import Capability
from model_retirement.platform import Platform as BasePlatform


class Platform(BasePlatform):
    """Teams hear through their admins, and see what is theirs."""

    def recipients(self, *, team_ids: Sequence[Any] | None, using: str) -> Iterator[tuple[Any, str]]:
        """Yield the addresses of each team's active admins."""
        from apps.teams.models import Membership  # noqa: PLC0415  (settings name this module before there are models)

        admins = Membership.objects.using(using).filter(role=Membership.Role.ADMIN, user__is_active=True)
        if team_ids is not None:
            admins = admins.filter(team_id__in=team_ids)
        yield from admins.order_by("team_id", "user_id").values_list("team_id", "user__email").iterator()

    def resource_url(self, *, obj: Any) -> str:
        """Return the address of the page where a team sees one of its objects."""
        return f"{settings.SITE_URL}{obj.get_absolute_url()}"

    def used_capabilities(
        self, *, team_ids: Sequence[Any], model_ids: Sequence[Any], using: str
    ) -> Iterator[tuple[Any, Any, str]]:
        """Yield the teams and models whose pipelines have nodes that ask for data in a structure, which no other does."""
        from apps.pipelines.models import Node  # noqa: PLC0415  (the same)

        nodes = Node.objects.using(using).filter(
            type="ExtractStructuredData", llm_provider_model_ref__in=model_ids, pipeline__team__in=team_ids
        )
        pairs = nodes.order_by().values_list("pipeline__team", "llm_provider_model_ref").distinct()
        for team_id, model_id in pairs.iterator():
            yield team_id, model_id, Capability.STRUCTURED_OUTPUT

    def team_of_request(self, *, request: Any, slug: str) -> Any:
        """Return the team of the caller of the API, if it is the caller's."""
        from apps.teams.api import team_of_caller  # noqa: PLC0415  (the same)

        return team_of_caller(request.auth, slug=slug)
