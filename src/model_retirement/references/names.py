"""What keeps names of models that are gone out of a host's rows, as far as that can be done without a foreign key."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS
from django.utils.deconstruct import deconstructible

from model_retirement.host_models import llm_models
from model_retirement.selection import hold


@deconstructible
class ModelNameValidator:
    """Refuses the name of a model that is not there; a validator for a field, or to be called with a name.

    Inside a transaction it holds the model, so that a removal waits until the row is saved, and then finds it. What does not
    validate, such as ``update()``, goes past it; a removal sweeps at its end for late writes.

    :param provider: the provider of every name; of any if left out
    :param with_provider: the provider stands before the name, as in ``openai/gpt-4``
    """

    def __init__(self, *, provider: str = "", with_provider: bool = False) -> None:
        self.provider = provider
        self.with_provider = with_provider

    def __call__(self, value: Any) -> None:
        """Return if there is such a model.

        :raises ValidationError: if there is none
        """
        provider, name = self.provider, str(value)
        if self.with_provider:
            provider, _, name = name.partition("/")
        rows = llm_models(using=DEFAULT_DB_ALIAS).filter(name=name)
        if provider or self.with_provider:
            rows = rows.filter(type=provider)
        ids = set(rows.values_list("pk", flat=True))
        if not ids - hold(model_ids=ids, using=DEFAULT_DB_ALIAS):
            raise ValidationError(f"There is no LLM model called {value}: choose another one.", code="no_model")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ModelNameValidator):
            return (self.provider, self.with_provider) == (other.provider, other.with_provider)
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.provider, self.with_provider))
