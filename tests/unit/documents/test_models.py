"""Collections and the model that writes their contexts."""

from __future__ import annotations

import pytest

from apps.documents.models import Collection
from apps.service_providers.models import LlmProviderModel
from tests.factories.documents import CollectionFactory

pytestmark = pytest.mark.django_db


def test_a_collection_outlives_its_model(unguarded):
    """Rule 19: the key sets null."""
    collection = CollectionFactory.create(name="Manuals")
    assert collection.contextualizer_llm_model is not None
    assert [use.where for use in collection.model_uses()] == ["Contextualizer model"]
    collection.contextualizer_llm_model.delete()
    assert Collection.objects.get().contextualizer_llm_model is None
    assert str(collection) == "Manuals"


def test_no_reverse_accessor_leads_from_a_model_to_its_collections():
    """Rule 4: hidden relations are references too, and only ``include_hidden`` shows them."""
    names = {field.name for field in LlmProviderModel._meta.get_fields()}
    hidden = {field.name for field in LlmProviderModel._meta.get_fields(include_hidden=True)} - names
    assert "+" in hidden
    assert not [name for name in names if "collection" in name]
