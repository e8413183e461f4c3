"""App configuration."""

from django.apps import AppConfig


class AssistantsConfig(AppConfig):
    name = "apps.assistants"
    verbose_name = "Assistants"
