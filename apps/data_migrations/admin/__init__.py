"""The admin of data migrations, and what the admin pages of all apps have in common."""

from apps.data_migrations.admin import records

__all__ = ["records"]
