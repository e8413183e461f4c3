"""Versions and archives: what chatbots, pipelines and assistants have in common."""

from __future__ import annotations

from typing import Any

from django.db import models

from apps.teams.models import Team


class WorkingVersionManager(models.Manager[Any]):
    """What people work on: neither archived rows nor the frozen versions that were published."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(is_archived=False, working_version__isnull=True)


class Versioned(models.Model):
    """A thing of a team that is archived instead of deleted and frozen into versions when it is published.

    The working version has ``working_version`` None. A published version points at its working version and carries
    its number. ``objects`` hides archives and versions, as most of the platform wants it; ``all_objects`` does not.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="%(class)ss")
    name = models.CharField(max_length=200)
    is_archived = models.BooleanField(default=False)
    working_version = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="versions"
    )
    working_version_id: int | None
    version_number = models.PositiveIntegerField(default=1)

    objects = WorkingVersionManager()
    all_objects: models.Manager[Any] = models.Manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        if self.working_version_id is not None:
            return f"{self.name} v{self.version_number}"
        return self.name
