"""Nothing crosses teams: forms refuse what would, and of what old data has nobody is told (rule 27)."""

from __future__ import annotations

import io
import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse

from apps.chatbots.models import Chatbot
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from model_retirement.catalogue import view as catalogue
from model_retirement.catalogue.declarations import Model as Declared
from model_retirement.catalogue.lifecycle import utc_today
from model_retirement.models import TeamNotice
from model_retirement.notices import deprecations, outbox
from model_retirement.notices.stages import deprecated_models
from model_retirement.references import registry
from model_retirement.removal import restore
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.documents import CollectionFactory
from tests.factories.evaluations import EvaluatorFactory, TranscriptAnalysisFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.unit.model_retirement.notices.named import named_by
from tests.unit.model_retirement.removal.removals import FreeLease, plan_of, run_of

pytestmark = pytest.mark.django_db

FOREIGN = "Merger talks"


@pytest.fixture
def acme() -> Team:
    delete_all_models()
    team = TeamFactory.create(slug="acme", name="Acme")
    MembershipFactory.create(team=team, role="admin")
    return team


@pytest.fixture
def model(acme: Team) -> LlmProviderModel:
    """A global model that a pipeline of Acme uses, with which a chatbot of another team answers."""
    made = LlmProviderModelFactory.create(name="old")
    pipeline = PipelineFactory.create(team=acme, name="Triage")
    NodeFactory.create(pipeline=pipeline, llm_provider_model=made)
    ChatbotFactory.create(team=acme, pipeline=pipeline, name="Front desk")
    other = TeamFactory.create(slug="other", name="Other")
    MembershipFactory.create(team=other, role="admin")
    ChatbotFactory.create(team=other, pipeline=pipeline, name=FOREIGN)
    return made


def test_a_removal_tells_no_team_of_another_s_chatbot_nor_does_its_undo(acme, model, mailoutbox):
    """Rule 27."""
    LlmProviderModelFactory.create(name="new")
    plan = plan_of(("old", "new"), active=[Declared("new", 8192)])
    run = run_of(plan)
    restore.restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default")
    assert outbox.create_messages(using="default") == 2
    call_command("send_team_notices", stdout=io.StringIO())
    notices = list(TeamNotice.objects.order_by("pk"))
    assert [(notice.team, notice.event) for notice in notices] == [(acme, "removed"), (acme, "restored")]
    for notice in notices:
        assert [resource.name for resource in named_by(notice)["chatbot"]] == ["Front desk"]
    assert len(mailoutbox) == 2
    for mail in mailoutbox:
        assert "Front desk" in mail.body
        assert FOREIGN not in mail.body + str(mail.alternatives[0][0])


def test_neither_previews_nor_listings_count_or_name_it(acme, model, admin_client):
    """Rule 27."""
    text = io.StringIO()
    call_command("llm_models", "usage", "--format", "json", "--in-use", stdout=text)
    assert [(line["team"], line["resources"]) for line in json.loads(text.getvalue())] == [
        ("acme", {"chatbot": 1, "pipeline": 1})
    ]
    page = admin_client.get(reverse("admin:service_providers_llmprovidermodel_use", args=[model.pk])).text
    assert "Front desk" in page
    assert FOREIGN not in page


def test_a_deprecation_is_told_without_it(acme, model):
    """Rule 27."""
    declared = catalogue.read(models={"openai": [Declared("old", 1, deprecated=True)]}, removals=[])
    models = deprecated_models(catalogue=declared, today=utc_today(), days_before=[30], using="default")
    report = deprecations.preview(models=models, registry=registry, today=utc_today(), using="default")
    resources = list(report.resources(registry=registry, using="default"))
    assert {(resource.team_id, resource.name) for resource in resources} == {
        (acme.pk, "Triage"),
        (acme.pk, "Front desk"),
    }


def test_the_api_lists_it_for_nobody(acme, model, client):
    """Rule 27."""
    path = f"/api/teams/{{}}/llm-models/{model.pk}/"
    client.force_login(acme.members.get())
    assert [resource["name"] for resource in client.get(path.format("acme")).json()["used_by"]] == [
        "Front desk",
        "Triage",
    ]
    other = Team.objects.get(slug="other")
    client.force_login(other.members.get())
    assert client.get(path.format("other")).status_code == 404


def refused(row, **changes) -> dict[str, list[str]]:
    """Return what validation says of a row with other values."""
    for name, value in changes.items():
        setattr(row, name, value)
    with pytest.raises(ValidationError) as error:
        row.full_clean()
    errors: dict[str, list[str]] = error.value.message_dict
    return errors


def test_the_form_of_a_chatbot_refuses_another_team_s_pipeline(acme, admin_client):
    """Rule 27."""
    theirs = PipelineFactory.create(name=FOREIGN)
    form = {"team": acme.pk, "name": "Spy", "pipeline": theirs.pk, "version_number": 1}
    answer = admin_client.post(reverse("admin:chatbots_chatbot_add"), form)
    errors = answer.context["adminform"].form.errors
    assert errors == {"pipeline": ["This is another team's: choose one of the same team."]}
    assert not Chatbot.objects.exists()


@pytest.mark.parametrize("factory", [ChatbotFactory, PipelineFactory, AssistantFactory])
def test_a_version_is_of_the_team_of_its_working_version(factory):
    """Rule 27: from both sides."""
    row, foreign = factory.create(), factory.create()
    assert set(refused(row, working_version=foreign)) == {"working_version"}
    row.refresh_from_db()
    row.create_new_version()
    if factory is ChatbotFactory:
        row.pipeline = None
    assert set(refused(row, team=foreign.team)) == {"team"}
    assert set(refused(row, team=None)) == {"team"}


@pytest.mark.parametrize("factory", [ChatbotFactory, PipelineFactory, AssistantFactory])
def test_what_is_new_and_of_one_team_is_taken(factory, acme):
    """Rule 27: others' working versions are nothing that a new one would leave behind."""
    PipelineFactory.create()
    options = {"pipeline": PipelineFactory.create(team=acme)} if factory is ChatbotFactory else {}
    factory.build(
        team=acme, **options, **({"llm_provider_model": None} if factory is AssistantFactory else {})
    ).full_clean()


def test_a_pipeline_does_not_leave_its_chatbots_nor_its_team_s_models_behind():
    """Rule 27."""
    pipeline, elsewhere = PipelineFactory.create(), TeamFactory.create()
    chatbot = ChatbotFactory.create(team=pipeline.team, pipeline=pipeline, is_archived=True)
    assert set(refused(pipeline, team=elsewhere)) == {"team"}
    chatbot.delete()
    pipeline.full_clean()
    pipeline.refresh_from_db()
    node = NodeFactory.create(pipeline=pipeline, llm_provider_model=LlmProviderModelFactory.create(team=pipeline.team))
    assert set(refused(pipeline, team=elsewhere)) == {"team"}
    node.delete()
    pipeline.full_clean()


@pytest.mark.parametrize(
    ("factory", "field"),
    [
        (AssistantFactory, "llm_provider_model"),
        (EvaluatorFactory, "llm_provider_model"),
        (TranscriptAnalysisFactory, "llm_provider_model"),
        (TranscriptAnalysisFactory, "translation_llm_provider_model"),
        (CollectionFactory, "contextualizer_llm_model"),
    ],
)
def test_another_team_s_model_is_refused_also_where_it_is_stored_already(factory, field):
    """Rule 27: a deprecated model of one's own stays (rule 14), what is another team's does not."""
    row = factory.create(**{field: LlmProviderModelFactory.create(team=TeamFactory.create())})
    assert set(refused(row, name="Renamed")) == {field}


def test_a_fallback_and_a_juror_of_another_team_are_refused(admin_client):
    """Rule 27."""
    foreign = LlmProviderModelFactory.create(team=TeamFactory.create())
    node = NodeFactory.create(params={"fallback_llm_provider_model_ids": [foreign.pk]})
    assert set(refused(node, label="Renamed")) == {"params"}
    evaluator = EvaluatorFactory.create(jury_models=[foreign])
    form = {"team": evaluator.team_id, "name": "Renamed", "jury_models": [foreign.pk]}
    answer = admin_client.post(reverse("admin:evaluations_evaluator_change", args=[evaluator.pk]), form)
    assert set(answer.context["adminform"].form.errors) == {"jury_models"}
