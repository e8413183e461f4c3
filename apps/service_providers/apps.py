"""App configuration."""

from django.apps import AppConfig


class ServiceProvidersConfig(AppConfig):
    name = "apps.service_providers"
    verbose_name = "Service providers"
