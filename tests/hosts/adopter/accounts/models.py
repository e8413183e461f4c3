from django.conf import settings
from django.db import models


class Team(models.Model):
    name = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    is_admin = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class Notification(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    key = models.CharField(max_length=64, unique=True)
    text = models.TextField()

    def __str__(self) -> str:
        return self.text


class TokenUsage(models.Model):
    """What a team has used of a model in a month; it stays when the model goes."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    model_id = models.BigIntegerField()
    tokens_in = models.BigIntegerField()
    tokens_out = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.team}: {self.tokens_in + self.tokens_out} tokens"


class DataMigration(models.Model):
    name = models.CharField(max_length=200, unique=True)
    applied_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
