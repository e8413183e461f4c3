"""What this platform tells the engine of itself."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.retirement import Platform
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory

pytestmark = pytest.mark.django_db


def test_nodes_that_ask_for_data_in_a_structure_use_structured_output():
    used, other = LlmProviderModelFactory.create_batch(2)
    node = NodeFactory.create(type="ExtractStructuredData", llm_provider_model=used)
    NodeFactory.create(type="ExtractStructuredData", llm_provider_model=used, pipeline=node.pipeline)
    plain = NodeFactory.create(type="LLMResponseWithPrompt", llm_provider_model=used)
    NodeFactory.create(type="ExtractStructuredData", llm_provider_model=other, pipeline__team=plain.pipeline.team)
    teams = [node.pipeline.team_id, plain.pipeline.team_id]
    with CaptureQueriesContext(connection) as captured:
        uses = list(Platform().used_capabilities(team_ids=teams, model_ids=[used.pk], using="default"))
    assert uses == [(node.pipeline.team_id, used.pk, "structured_output")]
    assert len(captured) == 1
