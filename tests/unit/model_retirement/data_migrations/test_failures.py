"""A data migration that did not come to its end is told of once with its name, and once with what to do next."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import DatabaseError

from model_retirement.data_migrations import pending, run_once
from model_retirement.data_migrations.failures import DataMigrationFailed, NotDone
from model_retirement.data_migrations.finding import CommandMissing
from model_retirement.data_migrations.operations import RecordsMissing
from model_retirement.data_migrations.options import OptionRefused
from tests.sample_app import work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_records")]


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no luck"),
        CommandError("no such replacement."),
        DatabaseError("deadlock detected"),
        run_once.LeaseLost("sample_atomic"),
        run_once.Interrupted(15),
        KeyboardInterrupt(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_failure_names_its_data_migration_once_and_says_once_what_to_do(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
):
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(work, "perform", fail)
    for name in ("sample_atomic", "sample_batched"):
        run_once.request(name=name, requested_by="shop.0002", repeatable=False)
    with pytest.raises(DataMigrationFailed) as failed:
        pending.run_pending(using="default", triggered_by="migrate", verbosity=0)
    message = re.sub(r"`custom_migrations show sample_atomic`", "SHOW", str(failed.value))
    assert message.startswith("Data migration sample_atomic ")
    assert message.count("sample_atomic") == 1
    assert message.count("Waiting behind it: sample_batched.") == 1
    next_steps = re.findall(r"tries again|does the rest|resumes it|The next run|the next run", message)
    assert len(next_steps) == 1, message
    assert message.endswith(".")
    assert ".." not in message


def test_a_refusal_is_called_what_people_know():
    """Django prints the name of an error's class before its words."""
    for refusal in (CommandMissing, NotDone, OptionRefused, RecordsMissing, pending.RecordedElsewhere):
        assert issubclass(refusal, CommandError)
        assert refusal.__name__ == "CommandError"
