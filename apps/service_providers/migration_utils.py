"""The operation that makes the table of models match the catalogue."""

from model_retirement.operations import llm_model_migration

__all__ = ["llm_model_migration"]
