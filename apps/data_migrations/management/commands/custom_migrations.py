"""``custom_migrations``, which is the engine's."""

from model_retirement.data_migrations.management.commands.custom_migrations import Command

__all__ = ["Command"]
