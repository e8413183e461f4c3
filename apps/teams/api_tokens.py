"""Secrets of teams' API tokens: made once, shown once, found again by their digest."""

from __future__ import annotations

import hashlib
import secrets

from apps.teams.models import Team, TeamApiToken

PREFIX = "llmteam_"
"""Begins every secret, so that those who search code for leaked keys can tell what they have found."""


def issue(token: TeamApiToken) -> str:
    """Save a new token and return its secret, which this object alone knows and nobody can have again."""
    token.secret = f"{PREFIX}{secrets.token_urlsafe(32)}"
    token.digest = _digest(token.secret)
    token.save()
    return token.secret


def team_of(secret: str) -> Team | None:
    """Return the team that a secret belongs to; None if no token has it."""
    token = TeamApiToken.objects.select_related("team").filter(digest=_digest(secret)).first()
    return token.team if token else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
