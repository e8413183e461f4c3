"""The base of commands that are data migrations."""

from model_retirement.data_migrations.commands import IdempotentCommand

__all__ = ["IdempotentCommand"]
