"""App configuration."""

from django.apps import AppConfig


class MigrateConfig(AppConfig):
    name = "model_retirement.contrib.migrate"
    label = "model_retirement_migrate"
    verbose_name = "Locked migrate"
