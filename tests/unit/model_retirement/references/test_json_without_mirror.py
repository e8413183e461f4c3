"""An id in JSON that no generated column mirrors: found by an index on the expression, or by reading, which is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, models

from apps.service_providers.models import LlmProviderModel
from model_retirement.management.presenters import removal as presenter
from model_retirement.references import JsonIdReference, Resource, ResourcePath
from model_retirement.references.schema import ModelReferenceIndex
from model_retirement.removal import report
from model_retirement.testing import MakeRow, assert_reference_kind
from model_retirement.testing.trials import plan_for
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory
from tests.sample_app.pointing import Agent, Draft, OfTeam
from tests.unit.model_retirement.removal.removals import registry_of
from tests.unit.model_retirement.test_ids import IDS, NO_IDS

pytestmark = pytest.mark.usefixtures("pointing_tables")

SPELLINGS = ("ID", "ID.0", '"ID"', '"0ID"', '"ID.0"', '" \\tID\\n"')


def reference_of(model: type[models.Model]) -> JsonIdReference:
    label = model._meta.label
    return JsonIdReference(label, "data", "team", ResourcePath(Resource("thing", label)), key="model_id")


def pointing(model: type[OfTeam], text: str) -> MakeRow:
    """Return what makes a row with a model's id in the place of ``ID``."""
    return lambda llm: row(model, text.replace("ID", str(llm.pk)))


def odd(model: type[OfTeam], text: str | None) -> Callable[[], Any]:
    return lambda: row(model, text)


def row(model: type[OfTeam], text: str | None) -> Any:
    """Save a row with JSON as SQL stores it, past Python."""
    made = model._base_manager.create(team=TeamFactory.create())
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET data = %s WHERE id = %s", [text, made.pk])
    return made


@pytest.mark.parametrize("model", [Agent, Draft])
def test_it_keeps_to_what_is_asked_of_all_kinds(model: type[OfTeam]):
    assert_reference_kind(
        reference_of(model),
        rows=[pointing(model, f'{{"model_id": {spelling}, "n": 1.50}}') for spelling in SPELLINGS],
        odd_rows=[
            *(odd(model, json.dumps({"model_id": value})) for value in NO_IDS),
            *(odd(model, text) for text in (None, "[]", "7", '{"other": 7}', f'{{"model_id": {"9" * 5000}}}')),
        ],
    )


def test_without_an_index_it_says_that_the_whole_table_is_read_and_which_index_would_help():
    slow, quick = reference_of(Draft), reference_of(Agent)
    assert (slow.reads_whole_table, quick.reads_whole_table) == (True, False)
    assert slow.missing_index == 'ModelReferenceIndex(field="data", path="model_id", name="name_of_the_index")'
    (remark,) = slow.remarks(model_ids=[1], using="default")
    assert remark == (
        "No index finds it, so the whole table is read. Add to Meta.indexes of sample_app.Draft:"
        ' ModelReferenceIndex(field="data", path="model_id", name="name_of_the_index")'
    )
    assert quick.remarks(model_ids=[1], using="default") == []


def test_the_index_refuses_no_row():
    for text in (
        None,
        "7",
        "[]",
        *(json.dumps({"model_id": value}) for value in (*IDS, *NO_IDS)),
        f'{{"model_id": "{"9" * 5000}"}}',
    ):
        row(Agent, text)
    assert Agent._base_manager.count() == 4 + len(IDS) + len(NO_IDS)


def test_a_dangling_id_is_found():
    model = LlmProviderModelFactory.create()
    row(Draft, json.dumps({"model_id": model.pk}))
    dangling = row(Draft, '{"model_id": "987654321"}')
    statement = reference_of(Draft).ids_without_row(LlmProviderModel._meta.db_table, using="default")
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        assert cursor.fetchall() == [(dangling.pk, 987654321)]


@pytest.mark.parametrize("path", ["a b", "", "a.", "a..b", "it's", "steps[*].model"])
def test_the_index_is_offered_for_paths_of_plain_keys(path: str):
    with pytest.raises(ValueError, match="of the index an_index cannot be declared"):
        ModelReferenceIndex(field="data", path=path, name="an_index")


def test_the_index_survives_a_migration():
    index = ModelReferenceIndex(field="data", path="a.b", name="an_index")
    path, args, options = index.deconstruct()
    assert path == "model_retirement.references.schema.ModelReferenceIndex"
    assert ModelReferenceIndex(*args, **options).deconstruct() == index.deconstruct()
    assert index.clone() == index


def test_the_preview_says_which_table_is_read():
    old = LlmProviderModelFactory.create(name="old")
    row(Draft, json.dumps({"model_id": old.pk}))
    own = registry_of(reference_of(Draft), reference_of(Agent))
    preview = report.preview(plan=plan_for({old: None}), registry=own, using="default")
    (remark,) = preview.remarks
    assert remark.reference == "sample_app.Draft.data.model_id"
    said = list(presenter.summary_lines(preview, dry_run=True))
    heading = said.index("Worth knowing of the places where models are stored:")
    assert said[heading + 1] == f"  sample_app.Draft.data.model_id: {remark.text}"
    document = presenter.as_json(preview, using="default", dry_run=True, seconds={}, delivery=None, resources=None)
    assert document["remarks"] == [{"reference": remark.reference, "text": remark.text}]
