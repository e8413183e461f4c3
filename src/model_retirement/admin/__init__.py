"""Admin of models, and the records of what removals did to them and what teams were told."""

from model_retirement.admin import llm_models, messages, notices, removals, token_limits

__all__ = ["llm_models", "messages", "notices", "removals", "token_limits"]
