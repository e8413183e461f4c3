"""The one team of a host without teams."""

from django.db import models


class Team(models.Model):
    """Everybody. `migrate` makes its one row."""

    name = models.CharField(max_length=128)
    slug = models.SlugField(unique=True)

    class Meta:
        swappable = "MODEL_RETIREMENT_TEAM_MODEL"

    def __str__(self) -> str:
        return self.name
