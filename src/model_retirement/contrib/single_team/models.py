"""The one team of a host without teams."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Team(models.Model):
    """Everybody. `migrate` makes its one row."""

    name = models.CharField(_("name"), max_length=128)
    slug = models.SlugField(_("slug"), unique=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        swappable = "MODEL_RETIREMENT_TEAM_MODEL"

    def __str__(self) -> str:
        return self.name
