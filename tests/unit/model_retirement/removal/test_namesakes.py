"""Several global rows of one name, which tables of hosts may allow, are one model: a removal takes them all (rule 16)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from apps.assistants.models import Assistant
from apps.pipelines.models import MODEL_ID_KEY, MODEL_PARAMETERS_KEY, Node
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.parameters import GPT5Parameters
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import TeamNotice
from model_retirement.notices.payload import Payload
from model_retirement.references import registry
from model_retirement.removal import execute as execution
from model_retirement.removal import report
from model_retirement.removal.restore import RestoreRefused, restore
from tests.factories.assistants import AssistantFactory
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import MembershipFactory
from tests.unit.model_retirement.frozen_rows import freeze
from tests.unit.model_retirement.notices.named import named_by
from tests.unit.model_retirement.removal.removals import FreeLease, plan_of, run_of

pytestmark = pytest.mark.django_db

NEW = Model("new", 16_000, parameters=GPT5Parameters)


@pytest.fixture
def rows(db) -> dict[str, LlmProviderModel]:
    """Two rows called ``old`` and two called ``new``, in a table without a unique key."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX service_providers_one_global_model")
    delete_all_models()
    made = {key: LlmProviderModelFactory.create(name=key.split("_")[0]) for key in ("old", "new", "old_2", "new_2")}
    LlmProviderModelFactory.create(name="between")
    return made


def planned() -> Any:
    return plan_of("between", ("old", "new"), active=[NEW])


def restored(run_id: int) -> Any:
    return restore(run_id=run_id, registry=registry, lease=FreeLease(), using="default")


def stored() -> list[Any]:
    tables: list[Any] = [Assistant, Node]
    return [list(table._base_manager.order_by("pk").values()) for table in tables]


def test_a_removal_takes_all_of_them_and_its_undo_brings_them_all_back(rows):
    """Rule 16: what points at either moves to the first row of the replacement."""
    team = MembershipFactory.create(role="admin").team
    settings = {"temperature": 0.7, "max_tokens": 5}
    for old in (rows["old"], rows["old_2"]):
        AssistantFactory.create(team=team, llm_provider_model=old)
        NodeFactory.create(pipeline__team=team, params={MODEL_ID_KEY: str(old.pk), MODEL_PARAMETERS_KEY: settings})
    before = stored()
    preview = report.preview(plan=planned(), registry=registry, using="default")
    assert [str(model) for model in preview.models] == ["openai/between", "openai/old", "openai/old"]
    assert (preview.references, preview.notices) == (4, 1)

    run = run_of(planned())

    left = LlmProviderModel.objects.order_by("pk")
    assert list(left) == [rows["new"], rows["new_2"]]
    assert set(Assistant.objects.values_list("llm_provider_model", flat=True)) == {rows["new"].pk}
    assert {node.params[MODEL_ID_KEY] for node in Node.objects.all()} == {rows["new"].pk}
    notice = TeamNotice.objects.get()
    assert {kind: len(resources) for kind, resources in named_by(notice).items()} == {"assistant": 2, "pipeline": 2}
    assert len(Payload.read(notice.payload).settings) == 1

    assert restored(run.pk).left_alone == 0
    assert LlmProviderModel.objects.filter(pk__in=[rows["old"].pk, rows["old_2"].pk]).count() == 2
    assert stored() == before
    back = TeamNotice.objects.get(event=TeamNotice.Event.RESTORED)
    assert {kind: len(resources) for kind, resources in named_by(back).items()} == {"assistant": 2, "pipeline": 2}


def test_they_end_in_one_transaction_however_few_end_together(rows, monkeypatch):
    """Teams hear of a name once per run, so all that is to be said of it is said at once."""
    monkeypatch.setattr(execution, "MODELS_PER_TRANSACTION", 1)
    team = MembershipFactory.create(role="admin").team
    for old in (rows["old"], rows["old_2"]):
        AssistantFactory.create(team=team, llm_provider_model=old)
    run_of(planned())
    assert len(named_by(TeamNotice.objects.get())["assistant"]) == 2


def test_a_name_that_somebody_has_made_anew_since_is_in_the_way_of_an_undo(rows):
    run = run_of(planned())
    LlmProviderModelFactory.create(name="old")
    with pytest.raises(RestoreRefused, match=r"openai/old \(id .*\) is in the table again"):
        restored(run.pk)


def test_a_row_that_cannot_be_changed_keeps_only_the_one_at_which_it_points(rows):
    """Rule 23: the other goes, and the record of the name says failed."""
    node = NodeFactory.create(llm_provider_model=rows["old_2"])
    freeze(f"OLD.id = {node.pk}")
    failed: list[Any] = []
    run_of(planned(), failure=failed.append)
    assert list(LlmProviderModel.objects.filter(name="old")) == [rows["old_2"]]
    assert [str(model) for model in failed] == ["openai/old"]
    assert CustomMigration.objects.get(name="remove_deprecated_models:openai/old").status == "failed"
