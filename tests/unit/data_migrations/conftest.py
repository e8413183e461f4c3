"""The sample app's commands, as if its app were installed."""

from __future__ import annotations

import pytest
from django.core import management

from model_retirement.data_migrations.models import CustomMigration

SAMPLES = ("sample_atomic", "sample_batched", "sample_repeatable", "sample_units")


@pytest.fixture(autouse=True)
def sample_commands(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Make the commands known; the returned dict may be changed."""
    known = dict(management.get_commands()) | dict.fromkeys(SAMPLES, "tests.sample_app")
    monkeypatch.setattr(management, "get_commands", lambda: known)
    return known


@pytest.fixture
def no_records(db: None) -> None:
    """Forget what migrations asked for when the test database was made."""
    CustomMigration.objects.all().delete()
