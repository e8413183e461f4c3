"""A host's app with tables that live as long as a test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from django.db.models import Model

from tests.factories.service_providers import LlmProviderModelFactory
from tests.short_lived_tables import tables_of


def forgetful_tables() -> Sequence[type[Model]]:
    """Return the models of the app that get a table, which can be imported only where it is installed."""
    from tests.forgetful_app.models import TABLES

    return TABLES


@pytest.fixture
def forgetful(db: None) -> Iterator[None]:
    """The app is installed, and its tables are there, but for one."""
    with tables_of("tests.forgetful_app", forgetful_tables):
        yield


@pytest.fixture
def model_id(forgetful: None) -> int:
    """The key of a model that is in the table."""
    return LlmProviderModelFactory.create(name="test-model").pk
