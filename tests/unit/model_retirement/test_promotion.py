"""Promotion: a team's custom model becomes one with the new global model of its name."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.evaluations.models import Evaluator
from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, Node
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from model_retirement import promotion
from model_retirement.models import ReferenceChange, TeamNotice, TeamTokenLimit
from model_retirement.promotion import PromotedModel, PromotionReport
from model_retirement.references import ForeignKeyReference, Registry, Resource, ResourcePath, registry
from model_retirement.references.moving import ReferencesRemain
from tests.factories.assistants import AssistantFactory
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory
from tests.integration.tenants import pointers, use_everywhere
from tests.unit.model_retirement.removal.removals import FreeLease, interrupted_at, registry_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_table(db):
    delete_all_models()


@pytest.fixture
def team() -> Team:
    return TeamFactory.create()


def custom_model(team: Team, **fields) -> LlmProviderModel:
    return LlmProviderModelFactory.create(team=team, **{"name": "new", **fields})


def promote(*, lease: FreeLease | None = None, registry: Registry = registry) -> PromotionReport:
    return promotion.promote(registry=registry, lease=lease or FreeLease(), using="default")


def test_every_kind_of_reference_moves_to_the_global_model(team):
    """Rules 4 and 15."""
    custom, beside = custom_model(team), LlmProviderModelFactory.create(name="beside")
    use_everywhere(team, custom, beside=beside)
    before = Counter(pointers())
    for reference in registry:
        with connection.cursor() as cursor:
            cursor.execute(*reference.pairs(model_ids=[custom.pk], using="default"))
            assert cursor.fetchall(), f"{reference.label} is missing from tests/integration/tenants.py"
    successor = LlmProviderModelFactory.create(name="new")

    report = promote()

    assert (report.models, report.token_limits) == (1, 0)
    assert Counter(pointers()) == {
        (team.pk, successor.pk): before[team.pk, custom.pk],
        (team.pk, beside.pk): before[team.pk, beside.pk],
    }
    assert not LlmProviderModel.objects.filter(pk=custom.pk).exists()


def test_a_promotion_is_no_removal(team):
    """Nothing is lost, so there is no journal and nobody is written to."""
    AssistantFactory.create(team=team, llm_provider_model=custom_model(team))
    LlmProviderModelFactory.create(name="new")
    promote()
    assert not ReferenceChange.objects.exists()
    assert not TeamNotice.objects.exists()


def test_rows_never_vanish_with_their_custom_model(team):
    """Rule 19: an evaluator restricts the deletion of its model; both keep each other's row."""
    evaluator = EvaluatorFactory.create(team=team, llm_provider_model=custom_model(team))
    successor = LlmProviderModelFactory.create(name="new")
    promote()
    assert Evaluator.objects.get(pk=evaluator.pk).llm_provider_model == successor


def test_only_that_teams_references_to_that_model_move(team):
    """Rule 15: the same name with another provider is another model."""
    custom_model(team)
    other = custom_model(team, type="groq")
    global_twin = LlmProviderModelFactory.create(name="new")
    bystander = AssistantFactory.create(llm_provider_model=other)
    promote()
    bystander.refresh_from_db()
    assert bystander.llm_provider_model == other
    assert set(LlmProviderModel.objects.all()) == {other, global_twin}


def test_a_token_limit_that_the_team_chose_stays(team):
    """Rule 15."""
    custom_model(team, max_token_limit=6_000)
    plain = TeamFactory.create()
    custom_model(plain, max_token_limit=8_192)
    successor = LlmProviderModelFactory.create(name="new", max_token_limit=8_192)

    report = promote()

    assert report == PromotionReport(models=2, references=0, token_limits=1)
    assert successor.token_limit_for(team) == 6_000
    assert successor.token_limit_for(plain) == 8_192
    assert successor.token_limit_for(TeamFactory.create()) == 8_192


def test_a_limit_that_nobody_chose_follows_the_global_model(team):
    custom_model(team, max_token_limit=8_192)
    successor = LlmProviderModelFactory.create(name="new", max_token_limit=8_192)
    promote()
    LlmProviderModel.objects.filter(pk=successor.pk).update(max_token_limit=16_000)
    successor.refresh_from_db()
    assert successor.token_limit_for(team) == 16_000


@pytest.mark.parametrize(("limit", "applies"), [(7_000, 7_000), (8_192, 8_192)], ids=["its own", "the global one"])
def test_what_the_team_chose_last_applies(team, limit, applies):
    """Rule 15: an older choice of the team does not come back."""
    TeamTokenLimit.objects.create(team=team, type="openai", name="new", max_token_limit=6_000)
    bystander = TeamTokenLimit.objects.create(team=team, type="groq", name="new", max_token_limit=6_000)
    custom_model(team, max_token_limit=limit)
    successor = LlmProviderModelFactory.create(name="new", max_token_limit=8_192)
    promote()
    assert successor.token_limit_for(team) == applies
    assert TeamTokenLimit.objects.filter(pk=bystander.pk).exists()


def test_a_deprecated_twin_leaves_the_custom_model_alone(team):
    """Rule 15: the team added it to go on using what the platform gives up."""
    custom = custom_model(team)
    assistant = AssistantFactory.create(team=team, llm_provider_model=custom)
    LlmProviderModelFactory.create(name="new", deprecated=True)
    assert promote() == PromotionReport(models=0, references=0, token_limits=0)
    assistant.refresh_from_db()
    assert assistant.llm_provider_model == custom


def test_a_custom_model_of_a_removed_name_is_left_alone(team):
    """Rule 15."""
    custom = custom_model(team)
    other_teams = custom_model(TeamFactory.create())
    assert promote().models == 0
    assert set(LlmProviderModel.objects.all()) == {custom, other_teams}


def test_custom_models_of_many_teams_become_one(team):
    other = TeamFactory.create()
    for owner in (team, other):
        node = NodeFactory.create(pipeline__team=owner, llm_provider_model=custom_model(owner))
        Node.objects.filter(pk=node.pk).update(params={MODEL_ID_KEY: str(node.params[MODEL_ID_KEY])})
    successor = LlmProviderModelFactory.create(name="new")
    assert promote() == PromotionReport(models=2, references=2, token_limits=0)
    assert [node.params for node in Node.objects.all()] == [{MODEL_ID_KEY: successor.pk}] * 2


def test_the_plan_says_what_becomes_of_each(team):
    custom = custom_model(team, max_token_limit=6_000)
    successor = LlmProviderModelFactory.create(name="new", max_token_limit=8_192)
    assert promotion.plan(using="default") == (
        PromotedModel(
            id=custom.pk, team_id=team.pk, type="openai", name="new", global_id=successor.pk, token_limit=6_000
        ),
    )


def test_nothing_to_do_takes_at_most_two_queries(team, django_assert_max_num_queries):
    """Rule 12: the synchronisation asks for it in every old migration."""
    custom_model(team, name="its own")
    for number in range(20):
        LlmProviderModelFactory.create(name=f"global-{number}")
    with django_assert_max_num_queries(2):
        assert promote().models == 0


def test_queries_do_not_grow_with_custom_models():
    counts = []
    for number, size in enumerate((10, 100)):
        name = f"new-{number}"
        LlmProviderModelFactory.create(name=name, max_token_limit=8_192)
        for team in TeamFactory.create_batch(size):
            custom = custom_model(team, name=name, max_token_limit=6_000)
            AssistantFactory.create(team=team, llm_provider_model=custom)
            NodeFactory.create(
                pipeline__team=team, params={MODEL_ID_KEY: custom.pk, FALLBACK_MODEL_IDS_KEY: [custom.pk]}
            )
        with CaptureQueriesContext(connection) as queries:
            assert promote() == PromotionReport(models=size, references=3 * size, token_limits=size)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_many_custom_models_go_in_several_short_transactions(team, monkeypatch):
    monkeypatch.setattr(promotion, "MODELS_PER_TRANSACTION", 2)
    for number in range(5):
        custom_model(team, name=f"new-{number}")
        LlmProviderModelFactory.create(name=f"new-{number}")
    lease = FreeLease()
    assert promotion.promote(registry=registry, lease=lease, using="default").models == 5
    assert lease.renewed == 3
    assert not LlmProviderModel.objects.exclude(team=None).exists()


def test_a_reference_that_comes_in_after_the_batches_is_swept(team):
    """Rule 10."""
    custom, successor = custom_model(team), LlmProviderModelFactory.create(name="new")
    late = []

    def write_late(_transaction: int) -> None:  # the only one, for there was nothing to move
        late.append(AssistantFactory.create(team=team, llm_provider_model=custom))

    assert promote(lease=FreeLease(write_late)).references == 1
    late[0].refresh_from_db()
    assert late[0].llm_provider_model == successor


def test_a_custom_model_that_cannot_be_freed_of_references_stays(team):
    """References are never left dangling."""
    custom = custom_model(team)
    AssistantFactory.create(team=team, llm_provider_model=custom)
    LlmProviderModelFactory.create(name="new")

    class Stuck(ForeignKeyReference):
        def repoint(self, *, row_ids, targets, using):
            return 0

    stuck = Stuck(
        "assistants.Assistant",
        "llm_provider_model",
        "team",
        ResourcePath(Resource("assistant", "assistants.Assistant")),
    )
    with pytest.raises(ReferencesRemain, match=r"assistants\.Assistant\.llm_provider_model"):
        promote(registry=registry_of(stuck))
    assert LlmProviderModel.objects.filter(pk=custom.pk).exists()


def test_a_promotion_that_was_interrupted_is_finished_by_the_next(team):
    """Rule 10: nothing lost, the chosen limit included."""
    custom = custom_model(team, max_token_limit=6_000)
    assistant = AssistantFactory.create(team=team, llm_provider_model=custom)
    successor = LlmProviderModelFactory.create(name="new", max_token_limit=8_192)
    with pytest.raises(KeyboardInterrupt):
        promote(lease=interrupted_at(2))  # the first one moved what pointed at it
    assert successor.token_limit_for(team) == 8_192
    promote()
    assistant.refresh_from_db()
    assert assistant.llm_provider_model == successor
    assert successor.token_limit_for(team) == 6_000


def test_of_several_global_models_of_one_name_the_first_takes_over(team):
    """Rule 16: a host's table may have several; PostgreSQL refuses to compare a row with more than one."""
    key = next(key for key in LlmProviderModel._meta.constraints if key.name == "service_providers_one_global_model")
    custom = custom_model(team)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {key.name}")
    first, _ = LlmProviderModelFactory.create_batch(2, name="new")
    (promoted,) = promotion.plan(using="default")
    assert (promoted.id, promoted.global_id) == (custom.pk, first.pk)
