"""Nodes in the admin: the model by name, and rule 14."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from apps.pipelines.models import Node
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory

pytestmark = pytest.mark.django_db


def test_the_list_names_the_model_that_a_node_calls(admin_client):
    model = LlmProviderModelFactory.create(name="sharp")
    NodeFactory.create(llm_provider_model=model)
    assert "sharp" in admin_client.get(reverse("admin:pipelines_node_changelist")).text


def test_new_use_of_a_deprecated_model_is_refused_in_the_form(admin_client):
    """Rule 14."""
    deprecated = LlmProviderModelFactory.create(name="gpt-old", deprecated=True)
    node = NodeFactory.create()
    path = reverse("admin:pipelines_node_change", args=[node.pk])
    form = {"pipeline": node.pipeline_id, "flow_id": "a", "type": "RouterNode", "label": "Route"}
    refused = admin_client.post(path, {**form, "params": json.dumps({"llm_provider_model_id": str(deprecated.pk)})})
    assert "openai/gpt-old is deprecated" in refused.context["adminform"].form.errors["params"][0]
    refused = admin_client.post(path, {**form, "params": '{"llm_provider_model_id": "gpt-4"}'})
    assert "which is not a model id" in refused.context["adminform"].form.errors["params"][0]
    active = LlmProviderModelFactory.create()
    assert (
        admin_client.post(path, {**form, "params": json.dumps({"llm_provider_model_id": str(active.pk)})}).status_code
        == 302
    )
    assert Node.objects.get().params == {"llm_provider_model_id": active.pk}
