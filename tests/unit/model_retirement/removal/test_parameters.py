"""Settings that the replacement does not take are mapped or dropped on the move, and said (rule 13)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DataError, connection, transaction
from django.urls import reverse

from apps.pipelines.models import MODEL_ID_KEY, MODEL_PARAMETERS_KEY, Node
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.parameters import Gemini25FlashParameters, GPT5Parameters
from model_retirement.models import ReferenceChange, TeamNotice
from model_retirement.references import registry
from model_retirement.removal import report
from model_retirement.removal.parameters import SettingChange, setting_changes
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.unit.model_retirement.removal.removals import plan_of, run_of

pytestmark = pytest.mark.django_db

NEW = Model("new", 16_000, parameters=GPT5Parameters)


@pytest.fixture
def models(db) -> tuple[LlmProviderModel, LlmProviderModel]:
    delete_all_models()
    return LlmProviderModelFactory.create(name="old"), LlmProviderModelFactory.create(name="new")


def node_with(model: LlmProviderModel, settings: Any, **more: Any) -> Node:
    return NodeFactory.create(params={MODEL_ID_KEY: model.pk, MODEL_PARAMETERS_KEY: settings, "prompt": "Hi"}, **more)


def settings_of(node: Node) -> Any:
    node.refresh_from_db()
    assert node.params["prompt"] == "Hi"
    return node.params[MODEL_PARAMETERS_KEY]


def test_settings_are_kept_mapped_or_dropped_and_the_journal_can_put_them_back(models):
    """Rule 13."""
    old, new = models
    before = {"temperature": 0.7, "thinking_budget": 8192, "max_tokens": 500}
    nodes = [node_with(old, before), node_with(old, before), node_with(old, {"max_tokens": 9}), node_with(old, {})]
    beside = node_with(new, before)

    run_of(plan_of(("old", "new"), active=[NEW]))

    after = {"effort": "medium", "max_tokens": 500}
    assert [settings_of(node) for node in nodes] == [after, after, {"max_tokens": 9}, {}]
    assert [node.params[MODEL_ID_KEY] for node in nodes] == [new.pk] * 4
    assert settings_of(beside) == before
    change = ReferenceChange.objects.get(reference="pipelines.Node.params.llm_model_parameters")
    assert (change.old_value, change.new_value, change.object_ids) == (before, after, [nodes[0].pk, nodes[1].pk])


@pytest.mark.parametrize("odd", [None, True, "text", "", '{"temperature": 0.7}', 3, ["list"]])
def test_what_is_no_set_of_settings_stays_and_nothing_else_is_announced(odd, models):
    """Rule 17: a preview always previews."""
    node = node_with(models[0], odd)
    plan = plan_of(("old", "new"), active=[NEW])
    (previewed,) = report.preview(plan=plan, registry=registry, using="default").models
    assert not previewed.parameters
    run_of(plan)
    assert settings_of(node) == odd


def test_a_cleared_reference_keeps_its_settings(models):
    node = node_with(models[0], {"temperature": 0.7})
    run_of(plan_of("old"))
    assert settings_of(node) == {"temperature": 0.7}


def test_plan_report_and_notice_say_which_settings_change(models):
    """Rule 13: the team is told which."""
    old, _ = models
    node = node_with(old, {"temperature": 0.7, "thinking_budget": 8192})
    node_with(old, {"temperature": 1}, pipeline=node.pipeline)
    other_team = node_with(old, {"max_tokens": 5})
    plan = plan_of(("old", "new"), active=[NEW])
    expected = {SettingChange("temperature", ""): 2, SettingChange("thinking_budget", "effort"): 1}

    assert report.preview(plan=plan, registry=registry, using="default").models[0].parameters == expected
    done = report.result(run=run_of(plan), plan=plan, registry=registry, using="default")

    assert done.models[0].parameters == expected
    assert done.references == 3
    settings_told = {notice.team_id: notice.payload["settings"] for notice in TeamNotice.objects.all()}
    assert settings_told == {
        node.pipeline.team_id: [["temperature", ""], ["thinking_budget", "effort"]],
        other_team.pipeline.team_id: [],
    }


@pytest.mark.parametrize("name", ["\ud800", "a\0b", "1", '{"x": 1}', '["x", ""]', "", "null", "%s", "é"])
def test_a_setting_is_told_of_whatever_people_have_called_it(models, name):
    """Rule 8: half a character among one team's settings, and nobody's notices could be read any more."""
    if connection.vendor == "postgresql" and name in ("\ud800", "a\0b"):
        with pytest.raises(DataError), transaction.atomic():
            node_with(models[0], {name: 1})
        return
    node_with(models[0], {name: 1, "temperature": 2})
    run_of(plan_of(("old", "new"), active=[NEW]))
    assert sorted(TeamNotice.objects.get().payload["settings"]) == sorted(
        [[name.replace("\ud800", "?"), ""], ["temperature", ""]]
    )


def test_pages_show_a_setting_whatever_people_have_called_it(models, admin_client):
    node_with(models[0], {"\ud800" if connection.vendor == "sqlite" else "\u2028": 1})
    run = run_of(plan_of(("old", "new"), active=[NEW]))
    change = ReferenceChange.objects.get(reference__endswith=MODEL_PARAMETERS_KEY)
    removal = "admin:model_retirement_removalrun"
    for name, args in (
        (f"{removal}_change", [run.pk]),
        (f"{removal}_journal", [run.pk]),
        (f"{removal}_entry", [run.pk, change.pk]),
    ):
        assert admin_client.get(reverse(name, args=args)).status_code == 200, name


def test_a_setting_whose_value_changes_under_its_name_is_said(models):
    node = node_with(models[0], {"effort": "xhigh"})
    plan = plan_of(("old", "new"), active=[NEW])
    done = report.result(run=run_of(plan), plan=plan, registry=registry, using="default")
    assert settings_of(node) == {"effort": "high"}
    assert {str(change): rows for change, rows in done.models[0].parameters.items()} == {"effort changes": 1}


def test_the_words_for_a_setting_that_changes():
    old, new = {"temperature": 1, "effort": "low", "top_p": 1}, {"thinking_budget": 1024, "top_p": 1}
    assert [str(change) for change in setting_changes(old, new)] == [
        "temperature is dropped",
        "effort becomes thinking_budget",
    ]


def test_settings_between_families_of_one_provider_map_both_ways(models):
    node = node_with(models[0], {"effort": "high", "verbosity": "low"})
    run_of(plan_of(("old", "new"), active=[Model("new", 1, parameters=Gemini25FlashParameters)]))
    assert settings_of(node) == {"thinking_budget": 24576}


def test_many_different_settings_move_with_a_constant_number_of_queries(models, django_assert_max_num_queries):
    old, _ = models
    nodes = [node_with(old, {"temperature": number / 100}) for number in range(20)]
    plan = plan_of(("old", "new"), active=[NEW])
    reference = registry["pipelines.Node.params.llm_provider_model_id"]
    with django_assert_max_num_queries(3):
        reference.move(row_ids=[node.pk for node in nodes], moves=plan.moves, using="default")
    assert [settings_of(node) for node in nodes] == [{}] * 20
