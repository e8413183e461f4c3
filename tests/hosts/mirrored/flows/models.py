from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models

from model_retirement.references.schema import ModelReferenceIndex  # host:


class Team(models.Model):
    name = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Who is in a team. What they may do there, their groups say."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    groups = models.ManyToManyField(Group)

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class LlmModel(models.Model):
    """A model that everybody may use, or one team. Nothing keeps two of them from having one name."""

    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE)
    type = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    max_token_limit = models.PositiveIntegerField()
    deprecated = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class LiveManager(models.Manager["Flow"]):
    def get_queryset(self) -> models.QuerySet["Flow"]:
        return super().get_queryset().filter(is_archived=False, working_version=None)


class Flow(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    name = models.CharField(max_length=80)
    is_archived = models.BooleanField(default=False)
    working_version = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="versions"
    )
    version_number = models.PositiveIntegerField(default=1)

    objects = LiveManager()
    all_objects = models.Manager["Flow"]()

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/flows/{self.working_version_id or self.pk}/v{self.version_number}/"


class Step(models.Model):
    """One step of a flow. Editors write the id of its model into the settings, and joins go by the foreign key."""

    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="steps")
    label = models.CharField(max_length=80)
    settings = models.JSONField(default=dict)
    llm = models.ForeignKey(LlmModel, null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        indexes = [ModelReferenceIndex(field="settings", path="llm_model_id", name="flows_step_model")]  # host:

    def __str__(self) -> str:
        return self.label


class DataMigration(models.Model):
    """What the framework of this platform has run, once each."""

    name = models.CharField(max_length=200, unique=True)
    applied_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
