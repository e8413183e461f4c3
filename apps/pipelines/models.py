"""Pipelines: graphs of nodes, some of which call a model."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, NullIf

from apps.teams.versions import Versioned

MODEL_ID_KEY = "llm_provider_model_id"
FALLBACK_MODEL_IDS_KEY = "fallback_llm_provider_model_ids"
MODEL_PARAMETERS_KEY = "llm_model_parameters"


class Pipeline(Versioned):
    """What a chatbot does with a message, as a graph of nodes."""


class Node(models.Model):
    """One step of a pipeline.

    ``params`` is what the pipeline editor stores. Three of its keys matter to the life of a model:
    ``llm_provider_model_id`` (the model that the step calls), ``fallback_llm_provider_model_ids`` (models to try
    next, in order) and ``llm_model_parameters`` (settings for the model). Editors of the past stored ids as strings,
    so readers accept both; :meth:`save` writes integers.
    """

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="nodes")
    flow_id = models.CharField(max_length=128)
    type = models.CharField(max_length=64)
    label = models.CharField(max_length=200, blank=True)
    params = models.JSONField(default=dict, blank=True)
    llm_provider_model_ref = models.GeneratedField(
        # The inner NullIf is for editors that store an empty string. The outer one is for SQLite, where JSON null
        # reaches CAST as the text "null" and becomes 0.
        expression=NullIf(
            Cast(NullIf(KT(f"params__{MODEL_ID_KEY}"), models.Value("")), models.BigIntegerField()), models.Value(0)
        ),
        output_field=models.BigIntegerField(),
        db_persist=True,
        db_index=True,
        null=True,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pipeline", "flow_id"], name="pipelines_node_flow_id_once")]

    def __str__(self) -> str:
        return self.label or self.flow_id

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the node with the model ids of ``params`` as integers.

        :raises ValueError: if a model id is neither an integer, a string of digits, empty nor null.
        """
        self.params = normalise_model_ids(self.params)
        super().save(*args, **kwargs)


def normalise_model_ids(params: dict[str, Any]) -> dict[str, Any]:
    """Return ``params`` with every model id as an integer; empty strings become null, empty list items vanish.

    :raises ValueError: if an id is something else than an integer, a string of digits, empty or null.
    """
    normal = dict(params)
    if MODEL_ID_KEY in params:
        normal[MODEL_ID_KEY] = _as_id(params[MODEL_ID_KEY], MODEL_ID_KEY)
    if isinstance(params.get(FALLBACK_MODEL_IDS_KEY), list):
        ids = [_as_id(value, FALLBACK_MODEL_IDS_KEY) for value in params[FALLBACK_MODEL_IDS_KEY]]
        normal[FALLBACK_MODEL_IDS_KEY] = [value for value in ids if value is not None]
    return normal


def _as_id(value: Any, key: str) -> int | None:
    match value:
        case None:
            return None
        case bool() | float():
            pass
        case int():
            return value
        case str() if not value.strip():
            return None
        case str() if value.strip().isdecimal():
            return int(value)
    raise ValueError(f"params[{key!r}] holds {value!r}, which is no model id: give an integer or null.")
