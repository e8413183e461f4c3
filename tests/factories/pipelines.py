"""Pipelines and nodes for tests."""

from __future__ import annotations

from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from apps.pipelines.models import MODEL_ID_KEY, Node, Pipeline
from tests.factories.teams import TeamFactory


class PipelineFactory(DjangoModelFactory[Pipeline]):
    """A working version without nodes."""

    class Meta:
        model = Pipeline

    team = SubFactory(TeamFactory)
    name = Sequence("Pipeline {}".format)


class NodeFactory(DjangoModelFactory[Node]):
    """A node that calls no model, or the one given as ``llm_provider_model=``; ``params=`` wins over it.

    Saving normalises ids: for ids as strings write with ``Node.objects.filter(pk=…).update(params=…)`` or in bulk.
    """

    class Meta:
        model = Node

    class Params:
        llm_provider_model = None

    pipeline = SubFactory(PipelineFactory)
    flow_id = Sequence("node-{}".format)
    type = "LLMResponseWithPrompt"
    label = Sequence("Step {}".format)
    params = LazyAttribute(lambda node: {MODEL_ID_KEY: node.llm_provider_model.pk} if node.llm_provider_model else {})
