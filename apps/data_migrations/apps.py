"""App configuration."""

from django.apps import AppConfig


class DataMigrationsConfig(AppConfig):
    name = "apps.data_migrations"
