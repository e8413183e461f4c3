"""What the engine expects of the table of LLM models. A host's model has these fields, or inherits from this class."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from model_retirement import conf


def usable_by(rows: models.QuerySet[Any, Any], *, team: Any) -> models.QuerySet[Any, Any]:
    """Return the models that a team may keep using: every global one and its own, deprecated or not.

    :param team: the team or its key
    """
    return rows.filter(Q(team=None) | Q(team=team))


def offered_to(rows: models.QuerySet[Any, Any], *, team: Any) -> models.QuerySet[Any, Any]:
    """Return the models that a team may choose newly: deprecated ones are not among them.

    :param team: the team or its key; None where it is not known yet: then what every team may choose
    """
    return (rows.filter(team=None) if team is None else usable_by(rows, team=team)).filter(deprecated=False)


class AbstractLlmModel(models.Model):
    """One model of one provider: global (no team, declared in the catalogue) or custom (made by a team)."""

    team = models.ForeignKey(
        conf.team_model_label(),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="custom_llm_provider_models",
        verbose_name=_("team"),
    )
    type = models.CharField(_("type"), max_length=64)
    name = models.CharField(_("name"), max_length=128)
    max_token_limit = models.PositiveIntegerField(_("max token limit"))
    deprecated = models.BooleanField(_("deprecated"), default=False)

    team_id: Any

    class Meta:
        abstract = True
        verbose_name = _("LLM model")
        verbose_name_plural = _("LLM models")
        ordering = ["type", "name"]

    def __str__(self) -> str:
        return f"{self.type}/{self.name}"
