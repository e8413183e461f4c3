"""What migrate does when it has applied everything."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext

from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.after_migrate import faking, run_what_waits
from model_retirement.data_migrations.models import CustomMigration

Status = CustomMigration.Status
# The last one with models, to which alone the signal is sent last.
LAST = apps.get_app_config("documents")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_records")]


@pytest.fixture(autouse=True)
def asked(no_records: None) -> None:
    run_once.request(name="sample_atomic", requested_by="shop.0002", repeatable=False)


def signal(**kwargs: Any) -> str:
    out = io.StringIO()
    defaults: dict[str, Any] = {"app_config": LAST, "using": "default", "verbosity": 1, "plan": [], "stdout": out}
    run_what_waits(**defaults | kwargs)
    return out.getvalue()


def status() -> str:
    return CustomMigration.objects.get().status


def test_what_waits_runs_and_is_told():
    assert signal() == "Running data migrations: sample_atomic\nsample_atomic: applied: 1 teams.\n"
    assert status() == Status.APPLIED
    assert CustomMigration.objects.get().runs.get().triggered_by == "migrate"


def test_it_can_be_quiet(capsys: pytest.CaptureFixture[str]):
    assert signal(verbosity=0) == ""
    assert status() == Status.APPLIED


def test_it_prints_without_a_stream_of_its_own(capsys: pytest.CaptureFixture[str]):
    signal(stdout=None)
    assert "sample_atomic: applied" in capsys.readouterr().out


def test_other_apps_are_let_by():
    """A failure at an earlier app would keep other receivers from the apps behind it."""
    for config in apps.get_app_configs():
        if config is not LAST:
            assert signal(app_config=config) == ""
    assert status() == Status.PENDING


def test_flush_runs_nothing():
    """It sends the signal too, after it erased every record."""
    assert signal(plan=None) == ""
    assert status() == Status.PENDING


@pytest.mark.parametrize("verbosity", [0, 1])
def test_an_incomplete_schema_is_waited_for(verbosity: int):
    """Rule 11."""
    MigrationRecorder(connection).record_unapplied("documents", "0001_initial")
    output = signal(verbosity=verbosity)
    assert output == "Data migrations wait for a complete `migrate`: sample_atomic.\n" * verbosity
    assert status() == Status.PENDING


@pytest.mark.parametrize("verbosity", [0, 1])
def test_what_only_fakes_runs_nothing(verbosity: int):
    token = faking.set(True)
    output = signal(verbosity=verbosity)
    faking.reset(token)
    assert output == "Data migrations wait for a `migrate` without --fake: sample_atomic.\n" * verbosity
    assert status() == Status.PENDING


def test_a_failure_makes_migrate_fail(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAMPLE_ERROR", "no luck")
    with pytest.raises(CommandError, match="no luck"):
        signal()
    assert status() == Status.FAILED


def test_nothing_to_do_costs_two_queries():
    signal()
    with CaptureQueriesContext(connection) as queries:
        assert signal() == ""
    assert len(queries) == 2
