"""App configuration."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SingleTeamConfig(AppConfig):
    name = "model_retirement.contrib.single_team"
    label = "model_retirement_single_team"
    verbose_name = _("Team")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Not in a migration: `flush`, which tests use, would take the row away for good.
        post_migrate.connect(make_the_team, sender=self, dispatch_uid="model_retirement.single_team")


def make_the_team(*, using: str, **_kwargs: Any) -> None:
    """Make the one team, where it is missing: a receiver of ``post_migrate``."""
    from django.db import router  # noqa: PLC0415  (models are not loaded when this module is imported)

    from model_retirement.contrib.single_team.models import Team  # noqa: PLC0415  (the same)

    teams = Team._default_manager.using(using)  # noqa: SLF001  (documented by Django)
    if router.allow_migrate_model(using, Team) and not teams.exists():
        teams.create(name="Everybody", slug="everybody")
