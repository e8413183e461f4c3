"""Chatbots: what a team publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from apps.pipelines.models import Pipeline
from apps.teams.versions import BATCH, Versioned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_retirement.selection import ModelUse


class Chatbot(Versioned):
    """A chatbot and its pipeline. People talk to the default version; editors change the working version."""

    pipeline = models.ForeignKey(Pipeline, on_delete=models.SET_NULL, null=True, blank=True, related_name="chatbots")
    is_default_version = models.BooleanField(default=False)

    class Meta(Versioned.Meta):
        constraints = [
            *Versioned.Meta.constraints,
            models.UniqueConstraint(
                fields=["working_version"], condition=Q(is_default_version=True), name="chatbots_one_default_version"
            ),
            models.CheckConstraint(
                condition=Q(is_default_version=False) | Q(working_version__isnull=False),
                name="chatbots_default_version_is_published",
                violation_error_message="Only a published version can be the default version.",
            ),
        ]

    def get_absolute_url(self) -> str:
        """Return the path of the page that the team sees."""
        return reverse("chatbots:chatbot", args=[self.team.slug, self.pk])

    def model_uses(self) -> list[ModelUse]:
        """Return the models of the nodes of its pipeline; another team's pipeline is none of its own."""
        return self.pipeline.model_uses() if self.pipeline and self.pipeline.team_id == self.team_id else []

    def _linked(self) -> dict[str, Any]:
        return {**super()._linked(), "pipeline": self.pipeline}

    def create_new_version(self, *, make_default: bool = False) -> Self:
        """Freeze a copy of this chatbot with its pipeline and nodes; see :meth:`create_new_versions`."""
        return type(self).create_new_versions([self], make_default=make_default)[0]

    @classmethod
    def create_new_versions(cls, working_versions: Sequence[Self], *, make_default: bool = False) -> list[Self]:
        """Freeze a copy of each chatbot with its pipeline and nodes.

        ``make_default`` puts the new versions in the place of the present default versions; the first version of a
        chatbot is its default in any case. Chatbots that share a pipeline share the frozen copy of it.

        :raises PublishingError: if a chatbot or its pipeline is a version itself, archived, or not saved.
        """
        with transaction.atomic():
            versions = super().create_new_versions(working_versions)
            frozen = _freeze_pipelines({pk for version in versions if (pk := version.pipeline_id) is not None})
            defaults = cls.all_objects.filter(working_version__in=working_versions, is_default_version=True)
            if make_default:
                defaults.update(is_default_version=False)
            have_one = set(defaults.values_list("working_version_id", flat=True))
            for version in versions:
                version.pipeline = frozen.get(version.pipeline_id)
                version.is_default_version = version.working_version_id not in have_one
            cls.all_objects.bulk_update(versions, ["pipeline", "is_default_version"], batch_size=BATCH)
        return versions


def _freeze_pipelines(ids: set[int]) -> dict[int | None, Pipeline]:
    versions = Pipeline.create_new_versions(list(Pipeline.all_objects.filter(pk__in=ids).order_by("pk")))
    return {version.working_version_id: version for version in versions}
