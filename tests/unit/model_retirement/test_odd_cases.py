"""Cases that meet nobody every day, each of which ends well."""

from __future__ import annotations

import pytest

from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, Node
from model_retirement import dangling
from model_retirement.management.presenters import failed as failed_words
from model_retirement.models import RemovalRun
from model_retirement.references import ForeignKeyReference, JsonIdReference, Resource, ResourcePath, registry
from model_retirement.references.changes import Change, Others
from model_retirement.references.lists import undone_list
from model_retirement.references.odd_rows import names_of
from model_retirement.removal import summaries
from model_retirement.removal.failures import FailedReport
from tests.factories.assistants import AssistantFactory
from tests.factories.pipelines import PipelineFactory
from tests.factories.service_providers import TeamMessageFactory
from tests.statements import before_statement


@pytest.mark.django_db
def test_a_row_of_a_host_without_teams_has_a_name_and_no_team():
    assistant = AssistantFactory.create(name="Helper")
    resource = Resource("assistant", "assistants.Assistant", team="")
    reference = ForeignKeyReference("assistants.Assistant", "llm_provider_model", "", ResourcePath(resource))
    (named,) = names_of(reference, [assistant.pk], using="default").values()
    assert (named.team, named.kind, named.name) == ("", "assistant", "Helper")


def test_an_id_beside_which_no_settings_are_kept_needs_no_second_key():
    resource_path = ResourcePath(Resource("pipeline", "pipelines.Pipeline"), path="pipeline")
    reference = JsonIdReference(
        "pipelines.Node", "params", "pipeline__team", resource_path, key="model", mirror="mirror"
    )
    assert reference.parameters_key == ""


def test_a_model_that_stays_for_a_reason_of_its_own_is_told_with_it():
    report = FailedReport("openai", "old", "references keep coming in", rows=())
    said = list(failed_words.lines([report], dry_run=False))
    assert said[:2] == ["", "openai/old was not removed: references keep coming in"]


@pytest.mark.django_db
def test_messages_of_a_removal_are_counted_by_what_became_of_them():
    TeamMessageFactory.create(run=RemovalRun.objects.create(triggered_by="a test"))
    (summary,) = summaries.summarise(registry=registry, using="default")
    assert summary.messages == {"queued": 1}


@pytest.mark.django_db
def test_a_row_that_goes_while_dangling_ids_are_read_is_passed_over():
    node = Node(pipeline=PipelineFactory.create(), flow_id="1", params={FALLBACK_MODEL_IDS_KEY: [9_999_999]})
    Node.objects.bulk_create([node])

    with before_statement("SELECT r.r_id", node.delete):
        assert list(dangling.stream(registry=registry, using="default")) == []


def test_a_model_that_somebody_has_chosen_again_does_not_come_back_twice():
    change = Change(model_id=1, old_value=[1, 2], new_value=[2], row_ids=[7])
    assert undone_list([2, 1], change=change, others=Others(), main=None) == [2, 1]


def test_what_a_person_took_out_of_a_list_is_in_no_way_of_another_element():
    """The later removal's element is gone: nothing of that removal is to be taken back, and the other one comes back."""
    change = Change(model_id=1, old_value=[1, 5], new_value=[2, 5], row_ids=[7], replacement_id=2)
    later = Change(model_id=5, old_value=[2, 5], new_value=[2, 6], row_ids=[7], replacement_id=6)
    assert undone_list([2], change=change, others=Others(later=[later]), main=None) == [1]


def test_what_an_earlier_undo_had_nothing_to_do_with_comes_back_as_it_was():
    """A person had taken out what the earlier removal wrote, before this one began."""
    change = Change(model_id=1, old_value=[1], new_value=[2], row_ids=[7], replacement_id=2)
    earlier = Change(model_id=3, old_value=[3], new_value=[4], row_ids=[7], replacement_id=4)
    assert undone_list([2], change=change, others=Others(undone=[earlier]), main=None) == [1]
