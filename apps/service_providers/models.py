"""The models that the platform's teams choose from."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from apps.service_providers.providers import LlmProviderType
from apps.teams.models import Team
from model_retirement.abstract import AbstractLlmModel, offered_to, usable_by
from model_retirement.token_limits import with_token_limit


class LlmProviderModelQuerySet(models.QuerySet["LlmProviderModel"]):
    """Which models a team sees, and with which token limits."""

    def usable_by(self, team: Team | int) -> LlmProviderModelQuerySet:
        """Models that the team may keep using: every global one and its own, deprecated or not."""
        return self._these(usable_by(self, team=team))

    def offered_to(self, team: Team | int | None) -> LlmProviderModelQuerySet:
        """Models that the team may choose newly: deprecated ones are not among them.

        :param team: None where it is not known yet: then what every team may choose
        """
        return self._these(offered_to(self, team=team))

    def with_token_limit(self, team: Team | int) -> LlmProviderModelQuerySet:
        """Add ``token_limit``: the context window in tokens that applies to the team."""
        return self._these(with_token_limit(self, team=team))

    def _these(self, rows: Any) -> LlmProviderModelQuerySet:
        return rows  # type: ignore[no-any-return]  # the engine's functions return a query of the class that they got


class LlmProviderModel(AbstractLlmModel):
    """One model of one provider: global (no team, declared in the catalogue) or custom (made by a team)."""

    type = models.CharField(max_length=64, choices=LlmProviderType)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[LlmProviderModelQuerySet] = LlmProviderModelQuerySet.as_manager()  # type: ignore[assignment]  # as_manager() is typed as a bare Manager

    class Meta(AbstractLlmModel.Meta):
        constraints = [
            # Two, because a NULL team is not equal to another one in a plain unique key.
            models.UniqueConstraint(
                fields=["type", "name"], condition=Q(team=None), name="service_providers_one_global_model"
            ),
            models.UniqueConstraint(
                fields=["team", "type", "name"], condition=~Q(team=None), name="service_providers_one_custom_model"
            ),
        ]

    def token_limit_for(self, team: Team) -> int:
        """Return the context window in tokens that applies to ``team``: the limit it chose, else the model's own."""
        limited = LlmProviderModel.objects.using(self._state.db).with_token_limit(team)
        row: Any = limited.get(pk=self.pk)
        return int(row.token_limit)
