"""The catalogue: what is declared, the typed view of it, its lint, and the life of a model."""

from model_retirement.catalogue.declarations import Deleted, Model, k

__all__ = ["Deleted", "Model", "k"]
