"""Pipelines: graphs of nodes, some of which call a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import ValidationError
from django.db import models, router, transaction
from django.urls import reverse

from apps.service_providers.models import LlmProviderModel
from apps.teams.borders import refuse_move
from apps.teams.versions import BATCH, Versioned
from model_retirement.data_migrations import neutral
from model_retirement.fields import ModelMirror
from model_retirement.ids import stored_id
from model_retirement.references.schema import JsonIdListIndex, MirrorForeignKey
from model_retirement.selection import ModelGoneError, ModelUse, hold, look_up_uses, refuse_new_use
from model_retirement.stored_json import StoredJSONDecoder, StoredJSONEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

MODEL_ID_KEY = "llm_provider_model_id"
FALLBACK_MODEL_IDS_KEY = "fallback_llm_provider_model_ids"
MODEL_PARAMETERS_KEY = "llm_model_parameters"


class Pipeline(Versioned):
    """What a chatbot does with a message, as a graph of nodes."""

    def get_absolute_url(self) -> str:
        """Return the path of the page that the team sees."""
        return reverse("pipelines:pipeline", args=[self.team.slug, self.pk])

    def model_uses(self) -> list[ModelUse]:
        """Return the model and the fallbacks of every node, also of nodes without one."""
        chosen = (use for node in self.nodes.order_by("pk") for use in node.chosen_models())
        return look_up_uses(chosen, team_id=self.team_id)

    def clean(self) -> None:
        """Refuse, too, a move to another team while nodes use custom models of the present one.

        :raises ValidationError: on ``team``
        """
        super().clean()
        if self.team_id is not None and Pipeline.all_objects.filter(pk=self.pk).exclude(team=self.team_id).exists():
            chosen = {pk for params in self.nodes.values_list("params", flat=True) for pk in model_ids(params)}
            custom = LlmProviderModel.objects.filter(pk__in=chosen, team__isnull=False)
            refuse_move(team_id=self.team_id, left_behind=[custom])

    def _linked_here(self) -> list[models.QuerySet[Any]]:
        chatbots: Any = self._meta.get_field("chatbots").related_model  # the app above
        return [*super()._linked_here(), chatbots.all_objects.filter(pipeline=self.pk)]

    @classmethod
    def create_new_versions(cls, working_versions: Sequence[Self]) -> list[Self]:
        """Freeze a copy of each pipeline with its nodes, whose ``params`` are copied as they are stored.

        :raises PublishingError: if a pipeline is a version itself, archived, or not saved.
        """
        with transaction.atomic():
            versions = super().create_new_versions(working_versions)
            frozen = {version.working_version_id: version.pk for version in versions}
            nodes = Node.objects.filter(pipeline__in=frozen).order_by("pk")
            Node.objects.bulk_create(
                [
                    Node(pipeline_id=frozen[node.pipeline_id], **{name: getattr(node, name) for name in COPIED})
                    for node in nodes
                ],
                batch_size=BATCH,
            )
        return versions


class Node(models.Model):
    """One step of a pipeline.

    ``params`` is what the pipeline editor stores. Three of its keys matter to the life of a model:
    ``llm_provider_model_id`` (the model that the step calls), ``fallback_llm_provider_model_ids`` (models to try
    next, in order) and ``llm_model_parameters`` (settings for the model). Editors of the past stored ids as strings,
    so readers accept both; :meth:`save` writes integers. What Python cannot hold of the rest stays as it is stored.
    """

    # The unique key begins with it; an index of its own would only be one more to write when a model is removed.
    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="nodes", db_index=False)
    flow_id = models.CharField(max_length=128)
    type = models.CharField(max_length=64)
    label = models.CharField(max_length=200, blank=True)
    params = models.JSONField(default=dict, blank=True, encoder=StoredJSONEncoder, decoder=StoredJSONDecoder)
    llm_provider_model_ref = ModelMirror("params", key=MODEL_ID_KEY)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "flow_id"], name="pipelines_node_flow_id_once"),
            MirrorForeignKey(
                mirror="llm_provider_model_ref",
                to="service_providers.LlmProviderModel",
                name="pipelines_node_model_exists",
            ),
        ]
        indexes = [
            # Partial: most nodes call no model, and one value for most rows misleads SQLite's planner.
            models.Index(
                fields=["llm_provider_model_ref"],
                condition=models.Q(llm_provider_model_ref__isnull=False),
                name="pipelines_node_model",
            ),
            JsonIdListIndex(field="params", key=FALLBACK_MODEL_IDS_KEY, name="pipelines_node_fallbacks"),
        ]

    def __str__(self) -> str:
        return neutral.name(self.label or self.flow_id)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the node with the model ids of ``params`` as integers.

        :raises ValueError: if a model id is neither a positive integer, a string of digits, empty nor null
        :raises ModelGoneError: if it newly points at a model that does not exist, or is just being removed
        """
        self.params = normalise_model_ids(self.params)
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using):
            if gone := hold(model_ids=set(model_ids(self.params)), using=using):
                self._refuse_new(gone, using=using)
            super().save(*args, **kwargs)

    def _refuse_new(self, gone: set[int], *, using: str) -> None:
        """Let a dangling id of the past stay where it is, so that the rest of the node can be edited."""
        stored = Node.objects.using(using).filter(pk=self.pk).values_list("params", flat=True).first() or {}
        if new := gone - set(model_ids(stored)):
            raise ModelGoneError(new)

    def chosen_models(self) -> list[tuple[str, int | None]]:
        """Return the model's id, None without one, and those of the fallbacks, each with the place in words."""
        main = model_ids({MODEL_ID_KEY: self.params.get(MODEL_ID_KEY)})
        fallbacks = model_ids({FALLBACK_MODEL_IDS_KEY: self.params.get(FALLBACK_MODEL_IDS_KEY)})
        return [(str(self), main[0] if main else None), *((f"{self} (fallback)", pk) for pk in fallbacks)]

    def clean(self) -> None:
        """Normalise the model ids, and refuse models that the stored node does not use and its team may not choose.

        :raises ValidationError: on ``params``.
        """
        super().clean()
        try:
            self.params = normalise_model_ids(self.params)
        except ValueError as error:
            raise ValidationError({"params": str(error)}) from error
        team_id = Pipeline.all_objects.filter(pk=self.pipeline_id).values_list("team_id", flat=True).first()
        if team_id is None:
            return  # a missing pipeline is told on its own field
        stored = Node.objects.filter(pk=self.pk, pipeline__team=team_id).first()
        refuse_new_use(
            team_id=team_id,
            chosen={"params": model_ids(self.params)},
            kept=model_ids(stored.params) if stored else [],
        )


COPIED = ("flow_id", "type", "label", "params")


def model_ids(params: dict[str, Any]) -> list[int]:
    """Return the ids of the models that ``params`` names, the main one first; what is no id is passed over."""
    fallbacks = params.get(FALLBACK_MODEL_IDS_KEY)
    values = [params.get(MODEL_ID_KEY), *(fallbacks if isinstance(fallbacks, list) else [])]
    return [model_id for value in values if (model_id := stored_id(value)) is not None]


def normalise_model_ids(params: Any) -> dict[str, Any]:
    """Return ``params`` with every model id as an integer; empty strings become null, empty list items vanish.

    :raises ValueError: if an id is something else than a positive integer, a string of digits, empty or null, if the
        list of fallbacks is not a list, or if ``params`` is no JSON object.
    """
    if not isinstance(params, dict):
        raise ValueError(f"params is {params!r}: give a JSON object.")  # noqa: TRY004  # one exception for all bad input
    normal = dict(params)
    if MODEL_ID_KEY in params:
        normal[MODEL_ID_KEY] = _as_id(params[MODEL_ID_KEY], MODEL_ID_KEY)
    if params.get(FALLBACK_MODEL_IDS_KEY) is not None:
        normal[FALLBACK_MODEL_IDS_KEY] = _as_ids(params[FALLBACK_MODEL_IDS_KEY])
    return normal


def _as_ids(values: Any) -> list[int]:
    if not isinstance(values, list):
        raise ValueError(  # noqa: TRY004  # as above
            f"params[{FALLBACK_MODEL_IDS_KEY!r}] holds {values!r}, which is not a list: give a list of ids."
        )
    ids = [_as_id(value, FALLBACK_MODEL_IDS_KEY) for value in values]
    return [model_id for model_id in ids if model_id is not None]


def _as_id(value: Any, key: str) -> int | None:
    """Return the id as an integer. What readers take besides, a number with a point, no editor is to write any more."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    model_id = None if isinstance(value, float) or (isinstance(value, str) and "." in value) else stored_id(value)
    if model_id is None:
        raise ValueError(f"params[{key!r}] holds {value!r}, which is not a model id: give an integer or null.")
    return model_id
