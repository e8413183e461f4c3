from accounts.models import Team
from django.db import models


class LlmModel(models.Model):
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE)
    type = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    max_token_limit = models.PositiveIntegerField()
    deprecated = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["type", "name"], condition=models.Q(team=None), name="assistants_one_global_model"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Assistant(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    name = models.CharField(max_length=80)
    llm = models.ForeignKey(LlmModel, null=True, blank=True, on_delete=models.SET_NULL)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/assistants/{self.pk}/"


class Channel(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    name = models.CharField(max_length=80)
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="channels")

    def __str__(self) -> str:
        return self.name
