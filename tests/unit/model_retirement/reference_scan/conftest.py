"""A host's app with tables that live as long as a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection
from django.test import modify_settings


@pytest.fixture
def forgetful(db: None) -> Iterator[None]:
    """The app is installed, and its tables are there, but for one."""
    with modify_settings(INSTALLED_APPS={"append": "tests.forgetful_app"}):
        from tests.forgetful_app.models import TABLES

        apps.clear_cache()  # what models know of relations to them is from before
        # Within the test's transaction, which takes them away again; a schema editor that is entered would refuse that.
        editor = connection.schema_editor()
        editor.deferred_sql = []
        for model in TABLES:
            editor.create_model(model)
        for statement in editor.deferred_sql:
            editor.execute(statement, None)
        yield
