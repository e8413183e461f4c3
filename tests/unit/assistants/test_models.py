"""Assistants and the model that they use."""

from __future__ import annotations

import pytest

from tests.factories.assistants import AssistantFactory

pytestmark = pytest.mark.django_db


def test_an_assistant_outlives_its_model(unguarded):
    """Rule 19: the key sets null."""
    assistant = AssistantFactory.create(name="Desk")
    assert assistant.llm_provider_model is not None
    assert [(use.where, use.model, use.state) for use in assistant.model_uses()] == [
        ("Model", assistant.llm_provider_model, "active")
    ]
    assistant.llm_provider_model.delete()
    assistant.refresh_from_db()
    assert [(use.where, use.model, use.state) for use in assistant.model_uses()] == [("Model", None, "none")]
    assert str(assistant) == "Desk"
