"""Teams: the tenants of the platform."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Team(models.Model):
    """One tenant. Everything that it builds belongs to it."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=200, unique=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="teams")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One user in one team. Admins get the team's e-mails."""

    class Role(models.TextChoices):
        ADMIN = "admin", "Admin"
        MEMBER = "member", "Member"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "team"], name="teams_membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team} ({self.role})"
