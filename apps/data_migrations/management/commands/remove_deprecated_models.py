"""``remove_deprecated_models``, which is the engine's."""

from model_retirement.management.commands.remove_deprecated_models import Command

__all__ = ["Command"]
