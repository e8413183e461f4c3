"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MigrateConfig(AppConfig):
    name = "model_retirement.contrib.migrate"
    label = "model_retirement_migrate"
    verbose_name = _("Locked migrate")
