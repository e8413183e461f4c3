"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModelsConfig(AppConfig):
    name = "model_retirement.contrib.models"
    label = "model_retirement_models"
    verbose_name = _("LLM models")
    default_auto_field = "django.db.models.BigAutoField"
