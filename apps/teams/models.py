"""Teams: the tenants of the platform."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from model_retirement.data_migrations import neutral


class Team(models.Model):
    """One tenant. Everything that it builds belongs to it."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=200, unique=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="teams")

    def __str__(self) -> str:
        return neutral.name(self.name)


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


class TeamApiToken(models.Model):
    """A key with which a team's own programs read what is theirs over HTTP. To delete it is to revoke it.

    Only a digest of the secret is stored. The secret is 256 random bits, which nobody finds by trying, so a fast digest
    does; a slow one, as for passwords, would cost every request.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=200, help_text="what it is for, such as the program that uses it")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    secret = ""
    """Known to whoever has just issued the token, and to nobody afterwards."""

    class Meta:
        verbose_name = "API token"
        ordering = ["team", "name"]

    def __str__(self) -> str:
        return neutral.name(self.name)
