"""A table of LLM models for hosts that have none."""

from django.db import models
from django.db.models import Q

from model_retirement.abstract import AbstractLlmModel


class LlmProviderModel(AbstractLlmModel):
    """One model of one provider: global (no team, declared in the catalogue) or custom (made by a team)."""

    class Meta(AbstractLlmModel.Meta):
        swappable = "MODEL_RETIREMENT_MODEL"
        constraints = [
            # Two, because a NULL team is not equal to another one in a plain unique key.
            models.UniqueConstraint(
                fields=["type", "name"], condition=Q(team=None), name="model_retirement_one_global"
            ),
            models.UniqueConstraint(
                fields=["team", "type", "name"], condition=~Q(team=None), name="model_retirement_one_custom"
            ),
        ]
