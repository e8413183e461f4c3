"""What is known of an environment's removals."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.pruning.evidence import BrokenEvidence, EntryRecord, of_file, of_this_environment
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory

REQUEST = "remove_deprecated_models"
HOW = "Make it there with `python manage.py custom_migrations list --format json`."
GOOD = {"name": REQUEST, "status": "applied", "applied_at": "2026-08-18T12:00:00.123Z", "requested_by": "x", "runs": 1}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "staging.json"


def refusal(file: Path) -> str:
    with pytest.raises(BrokenEvidence) as refused:
        of_file(file)
    return str(refused.value)


def test_a_file_holds_the_records_that_it_names(file: Path):
    file.write_text(json.dumps([GOOD]))

    environment = of_file(file)

    assert environment.name == str(file)
    moment = dt.datetime(2026, 8, 18, 12, 0, 0, 123000, tzinfo=dt.UTC)
    assert environment.records == {REQUEST: EntryRecord(REQUEST, CustomMigration.Status.APPLIED, moment, "x")}
    assert (environment.rows, environment.migrations) == ((), None)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "Invalid JSON: EOF while parsing a value at line 1 column 0"),
        ("hello", "Invalid JSON: expected value at line 1 column 1"),
        ("[" * 100_000, "Invalid JSON: recursion limit exceeded at line 1 column 202"),
        ('{"name": "x"}', "Input should be a valid array"),
        (json.dumps([GOOD, GOOD | {"name": None}]), "[1]['name']: Input should be a valid string"),
        (
            json.dumps([GOOD | {"status": "done"}]),
            "[0]['status']: Input should be 'pending', 'running', 'applied', 'failed' or 'faked'",
        ),
        (
            json.dumps([GOOD | {"applied_at": "2026-08-18T12:00:00"}]),
            "[0]['applied_at']: Input should have timezone info",
        ),
        (json.dumps([{"provider": "openai", "name": "gpt-4"}]), "[0]['status']: Field required"),
    ],
)
def test_a_file_of_something_else_is_refused_in_one_line(file: Path, text: str, wrong: str):
    file.write_text(text)

    assert refusal(file) == f"{file} is not a list of records. {wrong}. {HOW}"


@pytest.mark.parametrize(
    "records", [[], [GOOD | {"name": "label_nodes"}], [GOOD | {"name": f"{REQUEST}:openai/gpt-4"}]]
)
def test_a_file_without_the_request_is_no_evidence(file: Path, records: list[dict[str, Any]]):
    file.write_text(json.dumps(records))

    assert refusal(file) == f"{file} has no record of remove_deprecated_models. {HOW}"


def test_a_file_that_is_not_there_is_refused(file: Path):
    assert refusal(file) == f"{file} cannot be read: No such file or directory. {HOW}"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*GOOD, "x"]), inner),
    )
)
def test_whatever_json_is_in_a_file_is_read_or_refused_in_one_line(tmp_path_factory, document):
    file = tmp_path_factory.getbasetemp() / "odd.json"
    for content in (document, [document], [GOOD, document], [GOOD | {"status": document}]):
        file.write_text(json.dumps(content))
        try:
            assert REQUEST in of_file(file).records
        except BrokenEvidence as refused:
            assert "\n" not in str(refused)  # noqa: PT017  # either is right


@pytest.mark.django_db
def test_this_environment_is_asked_itself(file: Path):
    delete_all_models()
    LlmProviderModelFactory.create(type="openai", name="gpt-4")
    LlmProviderModelFactory.create(type="openai", name="own", team=TeamFactory.create())
    CustomMigration.objects.all().delete()
    run_once.request(name=REQUEST, requested_by="service_providers.0002_x", repeatable=True)
    run_once.record_units(
        names=[f"{REQUEST}:openai/gpt-4"], status=CustomMigration.Status.FAKED, triggered_by="migrate", using="default"
    )
    run_once.request(name="label_nodes", requested_by="x", repeatable=False)

    environment = of_this_environment(using="default")

    assert {name: record.status for name, record in environment.records.items()} == {
        REQUEST: "pending",
        f"{REQUEST}:openai/gpt-4": "faked",
    }
    assert environment.records[REQUEST].requested_by == "service_providers.0002_x"
    assert environment.rows == {("openai", "gpt-4")}
    assert environment.migrations is not None
    assert "service_providers.0001_initial" in environment.migrations


@pytest.mark.django_db
def test_what_the_list_command_prints_is_what_is_known_here(file: Path):
    out = io.StringIO()
    call_command("custom_migrations", "list", format="json", stdout=out)
    file.write_text(out.getvalue())

    printed, known = of_file(file).records, of_this_environment(using="default").records

    assert {name: record for name, record in printed.items() if name in known} == {
        # JSON has milliseconds.
        name: EntryRecord(
            record.name,
            record.status,
            record.applied_at and record.applied_at.replace(microsecond=record.applied_at.microsecond // 1000 * 1000),
            record.requested_by,
        )
        for name, record in known.items()
    }
