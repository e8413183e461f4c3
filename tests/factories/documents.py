"""Collections for tests."""

from __future__ import annotations

from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory

from apps.documents.models import Collection
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory


class CollectionFactory(DjangoModelFactory[Collection]):
    """A collection whose contexts a global model of its own writes."""

    class Meta:
        model = Collection

    team = SubFactory(TeamFactory)
    name = Sequence("Collection {}".format)
    contextualizer_llm_model = SubFactory(LlmProviderModelFactory)
