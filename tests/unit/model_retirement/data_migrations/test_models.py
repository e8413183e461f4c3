"""The records themselves."""

from __future__ import annotations

import pytest

from model_retirement.data_migrations.models import CustomMigration


@pytest.mark.django_db
def test_names():
    row = CustomMigration.objects.create(name="sample")
    run = row.runs.create(triggered_by="migrate")
    assert str(row) == "sample"
    assert str(run) == f"sample, attempt {run.pk}"
