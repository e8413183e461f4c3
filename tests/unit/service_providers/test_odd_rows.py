"""One odd row never stops a removal (rule 23)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, MODEL_PARAMETERS_KEY, Node
from apps.service_providers.llm_service.declarations import Model
from apps.service_providers.llm_service.parameters import GPT5Parameters
from apps.service_providers.models import LlmProviderModel, ReferenceChange
from apps.service_providers.references import registry
from apps.service_providers.references.stored_json import Literal, loads
from apps.service_providers.removal import report
from apps.service_providers.removal.restore import preview, restore
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.unit.service_providers.removals import FreeLease, plan_of, run_of

pytestmark = pytest.mark.django_db

NEW = Model("new", 16_000, parameters=GPT5Parameters)
ODD = {
    "text of 5,000 digits": f'"{"9" * 5000}"',
    "number of 5,000 digits": "9" * 5000,
    "nest of 990": f"{'[' * 990}{']' * 990}",
    "nest of 975 objects": '{"a":' * 975 + "1" + "}" * 975,
    "1e400": "1e400",
    "half a character": '"\\ud800"',
    "12.50": "12.50",
}


@pytest.fixture(autouse=True)
def models(db) -> dict[str, LlmProviderModel]:
    delete_all_models()
    return {name: LlmProviderModelFactory.create(name=name) for name in ("old", "new")}


@pytest.fixture(params=ODD)
def odd(request) -> str:
    text = ODD[request.param]
    # PostgreSQL takes whole ones only.
    return text.replace("d800", "20ac") if connection.vendor == "postgresql" else text


def store(text: str) -> Node:
    """Store params as SQL can, past Python."""
    node = NodeFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pipelines_node SET params = %s WHERE id = %s", [text, node.pk])
    return node


def stored(node: Node, key: str) -> str:
    with connection.cursor() as cursor:
        operator = f"-> '{key}'" if connection.vendor == "postgresql" else f"-> '$.{key}'"
        cursor.execute(f"SELECT CAST(params {operator} AS text) FROM pipelines_node WHERE id = %s", [node.pk])
        return str(cursor.fetchone()[0])


def everything() -> list[Any]:
    return list(Node.objects.order_by("pk").values_list("pk", "params", "llm_provider_model_ref"))


def test_an_odd_element_of_a_list_stays_and_the_ids_beside_it_move(odd, models):
    """Rule 23."""
    old, new = models["old"].pk, models["new"].pk
    node = store(f'{{"{FALLBACK_MODEL_IDS_KEY}": [{odd}, {old}, "x", "{old}"]}}')
    before = everything()
    (first, *_) = loads(stored(node, FALLBACK_MODEL_IDS_KEY))
    plan = plan_of(("old", "new"), active=[NEW])
    assert report.preview(plan=plan, registry=registry, using="default").references == 1

    run = run_of(plan)

    assert loads(stored(node, FALLBACK_MODEL_IDS_KEY)) == [first, new, "x", new]
    assert preview(run_id=run.pk, registry=registry, using="default").restored == 1
    assert restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default").restored == 1
    assert everything() == before


def test_an_odd_element_keeps_its_text(models):
    """Rule 23: it stays as it is stored."""
    odd = "9" * 5000
    node = store(f'{{"{FALLBACK_MODEL_IDS_KEY}": [{odd}, {models["old"].pk}]}}')
    run_of(plan_of("old"))
    assert stored(node, FALLBACK_MODEL_IDS_KEY) == f"[{odd}]"


def test_odd_settings_stop_neither_move_nor_restore(odd, models):
    """Rule 23: settings of a model that has a replacement, which takes other settings."""
    old, new = models["old"].pk, models["new"].pk
    node = store(f'{{"{MODEL_ID_KEY}": {old}, "{MODEL_PARAMETERS_KEY}": {{"temperature": {odd}, "effort": "low"}}}}')
    before = everything()
    plan = plan_of(("old", "new"), active=[NEW])
    (planned,) = report.preview(plan=plan, registry=registry, using="default").models
    assert [str(change) for change in planned.parameters] == ["temperature is dropped"]

    run = run_of(plan)

    assert Node.objects.get().params == {MODEL_ID_KEY: new, MODEL_PARAMETERS_KEY: {"effort": "low"}}
    assert restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default").left_alone == 0
    assert everything() == before
    assert node.pk == before[0][0]


def test_settings_that_are_odd_as_a_whole_stay(odd, models):
    """Rule 23."""
    node = store(f'{{"{MODEL_ID_KEY}": {models["old"].pk}, "{MODEL_PARAMETERS_KEY}": [{odd}]}}')
    before = stored(node, MODEL_PARAMETERS_KEY)
    run_of(plan_of(("old", "new"), active=[NEW]))
    assert stored(node, MODEL_PARAMETERS_KEY) == before
    assert Node.objects.get().llm_provider_model_ref == models["new"].pk


def test_the_pages_show_a_journal_with_odd_values(odd, models, admin_client: Client):
    """Rule 23."""
    store(f'{{"{FALLBACK_MODEL_IDS_KEY}": [{odd}, {models["old"].pk}]}}')
    run = run_of(plan_of(("old", "new"), active=[NEW]))
    for page in (f"/admin/service_providers/removalrun/{run.pk}/journal/", "/admin/pipelines/node/"):
        assert admin_client.get(page).status_code == 200, page
    node = Node.objects.get()
    assert admin_client.get(f"/admin/pipelines/node/{node.pk}/change/").status_code == 200
    old_value: Any = ReferenceChange.objects.get().old_value
    assert old_value[1] == models["old"].pk


def test_a_person_edits_a_node_beside_an_odd_value(odd, models):
    """Rule 23: what Python cannot hold is written back as it was."""
    node = store(f'{{"{MODEL_ID_KEY}": {models["old"].pk}, "{MODEL_PARAMETERS_KEY}": {{"x": {odd}}}}}')
    before = loads(stored(node, MODEL_PARAMETERS_KEY))
    node.refresh_from_db()
    node.params["prompt"] = "Changed"
    node.full_clean()
    node.save()
    assert loads(stored(node, MODEL_PARAMETERS_KEY)) == before
    assert json.loads(stored(node, "prompt")) == "Changed"


def test_a_list_with_an_odd_element_cannot_be_saved_by_a_form(models):
    node = NodeFactory.build(params={FALLBACK_MODEL_IDS_KEY: [Literal("1e400")]})
    with pytest.raises(ValueError, match="which is no model id"):
        node.save()
