"""Versions and archives: what chatbots, pipelines and assistants have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.db.models import F

from apps.teams.borders import refuse_foreign, refuse_move
from apps.teams.models import Team
from model_retirement.data_migrations import neutral

if TYPE_CHECKING:
    from collections.abc import Sequence


BATCH = 500


class PublishingError(ValueError):
    """A version was asked of something that is itself a version, archived, or not saved."""


class WorkingVersionManager(models.Manager[Any]):
    """What people work on: neither archived rows nor the frozen versions that were published."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(is_archived=False, working_version__isnull=True)


class Versioned(models.Model):
    """A thing of a team that is archived instead of deleted and frozen into versions when it is published.

    The working version has ``working_version`` None and carries the number that the next version will get. A
    published version points at its working version and keeps its number. ``objects`` hides archives and versions, as
    most of the platform wants it; ``all_objects`` does not.
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
        constraints = [
            models.UniqueConstraint(
                fields=["working_version", "version_number"], name="%(app_label)s_%(class)s_version_number_once"
            )
        ]

    def __str__(self) -> str:
        if self.working_version_id is not None:
            return f"{neutral.name(self.name)} v{self.version_number}"
        return neutral.name(self.name)

    def create_new_version(self) -> Self:
        """Freeze a copy of this working version and return it.

        :raises PublishingError: if this is a version itself, archived, or not saved.
        """
        return type(self).create_new_versions([self])[0]

    def clean(self) -> None:
        """Refuse links to another team's objects, and a move to another team that would leave some behind.

        :raises ValidationError: on the field that leads there, or on ``team``
        """
        super().clean()
        team_id: int | None = self.team_id
        if team_id is None:
            return  # a missing team is told on its own field
        refuse_foreign(team_id=team_id, linked=self._linked())
        if self.pk is not None:
            refuse_move(team_id=team_id, left_behind=self._linked_here())

    def _linked(self) -> dict[str, Any]:
        """Return what this links to of what teams have, by field."""
        return {"working_version": self.working_version}

    def _linked_here(self) -> list[models.QuerySet[Any]]:
        """Return queries for what of teams is linked to this."""
        return [type(self).all_objects.filter(working_version=self.pk)]

    @classmethod
    def create_new_versions(cls, working_versions: Sequence[Self]) -> list[Self]:
        """Freeze a copy of each working version, with a number of queries that does not grow with them.

        :returns: the copies, in the order of ``working_versions``.
        :raises PublishingError: if one of them is a version itself, archived, or not saved; then nothing is frozen.
        """
        with transaction.atomic():
            rows = cls.all_objects.select_for_update().order_by("pk").in_bulk([row.pk for row in working_versions])
            for row in working_versions:
                _check_publishable(rows.get(row.pk), asked_for=row)
            versions = [cls._frozen_copy(rows[row.pk]) for row in working_versions]
            cls.all_objects.bulk_create(versions, batch_size=BATCH)
            cls.all_objects.filter(pk__in=rows).update(version_number=F("version_number") + 1)
            for row in working_versions:
                row.version_number = rows[row.pk].version_number + 1
        return versions

    @classmethod
    def _frozen_copy(cls, working: Self) -> Self:
        values = {
            field.attname: getattr(working, field.attname)
            for field in cls._meta.concrete_fields
            if not field.primary_key
        }
        return cls(**{**values, "working_version_id": working.pk})


def _check_publishable(row: Versioned | None, *, asked_for: Versioned) -> None:
    if row is None:
        raise PublishingError(f"{asked_for} is not in the database: save it before it is published.")
    if row.working_version_id is not None:
        raise PublishingError(f"{row} is a published version: publish its working version instead.")
    if row.is_archived:
        raise PublishingError(f"{row} is archived: take it out of the archive before it is published.")
