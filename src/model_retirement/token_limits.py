"""The token limits that teams chose for global models."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from model_retirement.models import TeamTokenLimit


def with_token_limit(rows: QuerySet[Any, Any], *, team: Any) -> QuerySet[Any, Any]:
    """Add ``token_limit`` to LLM models: the context window in tokens that applies to a team.

    It is the limit that the team chose for a global model, else the model's own.

    :param team: the team or its key
    """
    chosen = TeamTokenLimit.objects.filter(team=team, type=OuterRef("type"), name=OuterRef("name"))
    own = F("max_token_limit")
    limited: QuerySet[Any, Any] = rows.annotate(
        token_limit=Case(
            When(team=None, then=Coalesce(Subquery(chosen.values("max_token_limit")[:1]), own)), default=own
        )
    )
    return limited
