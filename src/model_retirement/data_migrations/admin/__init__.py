"""The admin of data migrations, and what the admin pages of all apps have in common."""

from model_retirement.data_migrations.admin import records

__all__ = ["records"]
