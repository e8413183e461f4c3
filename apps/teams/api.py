"""The HTTP API of teams: who is asking, and for which team. What can be asked is told by the apps above, as routers.

A caller is a person with a session or a program with a team's token. What is not theirs does not exist for them.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer, SessionAuth

from apps.teams import api_tokens
from apps.teams.access import readable_teams
from apps.teams.models import Team
from apps.users.models import User


class TeamTokenAuth(HttpBearer):
    """``Authorization: Bearer SECRET`` with the secret of a team's token."""

    def authenticate(self, request: HttpRequest, token: str) -> Team:
        team = api_tokens.team_of(token)
        if team is None:
            # A caller who shows a token means that token, whatever cookies come along.
            raise AuthenticationError
        return team


def team_api() -> NinjaAPI:
    """Return the API, to which routers are added where the site is wired; its description is at ``openapi.json``."""
    api = NinjaAPI(
        title="Team API",
        version="1",
        urls_namespace="team-api",
        description="What a team can ask about itself. Read only. Authenticate with a session or a team's token.",
        auth=[TeamTokenAuth(), SessionAuth()],
        docs_url=None,  # its pages load scripts from other hosts
    )
    api.exception_handler(AuthenticationError)(_unauthorized)
    return api


def team_of_caller(caller: Team | User, *, slug: str) -> Team | None:
    """Return the team, if the caller may read what is its own: its token, a member, or staff with the permission to view
    teams.

    :param caller: whom the API has authenticated
    """
    if isinstance(caller, Team):
        return caller if caller.slug == slug else None
    return readable_teams(caller).filter(slug=slug).first()


def _unauthorized(_request: HttpRequest, _error: AuthenticationError | type[AuthenticationError]) -> HttpResponse:
    response = HttpResponse('{"detail": "Unauthorized"}', content_type="application/json", status=401)
    response["WWW-Authenticate"] = "Bearer"
    return response
