"""Chatbots: what a team publishes."""

from __future__ import annotations

from django.db import models

from apps.pipelines.models import Pipeline
from apps.teams.versions import Versioned


class Chatbot(Versioned):
    """A chatbot and its pipeline. People talk to the default version; editors change the working version."""

    pipeline = models.ForeignKey(Pipeline, on_delete=models.SET_NULL, null=True, blank=True, related_name="chatbots")
    is_default_version = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["working_version"],
                condition=models.Q(is_default_version=True),
                name="chatbots_one_default_version",
            )
        ]
