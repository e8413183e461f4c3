"""App configuration."""

from django.apps import AppConfig


class ModelsConfig(AppConfig):
    name = "model_retirement.contrib.models"
    label = "model_retirement_models"
    verbose_name = "LLM models"
    default_auto_field = "django.db.models.BigAutoField"
