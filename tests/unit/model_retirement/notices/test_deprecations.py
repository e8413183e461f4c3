"""Notices of deprecation: who has not heard of what."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.assistants.models import Assistant
from apps.chatbots.models import Chatbot
from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, Node
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Membership, Team
from model_retirement.catalogue import view as catalogues
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.models import MessageNotice, TeamMessage, TeamNotice
from model_retirement.notices import deprecations
from model_retirement.notices.deprecations import NotificationReport
from model_retirement.notices.payload import NamedResource, Part, Payload, Resources
from model_retirement.notices.stages import DeprecatedModel, deprecated_models
from model_retirement.references import registry
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import (
    LlmProviderModelFactory,
    RemovalRunFactory,
    TeamMessageFactory,
    TeamNoticeFactory,
    delete_all_models,
)
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.integration.tenants import make_team
from tests.statements import before_statement
from tests.unit.model_retirement.notices.named import named_by, named_in

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 25)
RETIRES_ON = dt.date(2026, 12, 22)


@pytest.fixture(autouse=True)
def old(db) -> LlmProviderModel:
    delete_all_models()
    return LlmProviderModelFactory.create(name="old", max_token_limit=10)


@pytest.fixture
def acme() -> Team:
    return make_team("acme")


def due(*names: str, today: dt.date = TODAY, **facts: Any) -> tuple[DeprecatedModel, ...]:
    """Return OpenAI's deprecated models as a run on ``today`` finds them; the first retires on RETIRES_ON."""
    facts = {"replacement": "new", "retires_on": RETIRES_ON, **facts}
    models = [Model(names[0] if names else "old", 10, deprecated=True, **facts)]
    models += [Model(name, 10, deprecated=True) for name in names[1:]]
    catalogue = catalogues.load(models={"openai": [*models, Model("new", 10), Model("newer", 10)]}, removals=[])
    return deprecated_models(catalogue=catalogue, days_before=[90, 30, 7, 0], today=today, using="default")


def notify(models: tuple[DeprecatedModel, ...]) -> NotificationReport:
    with transaction.atomic():
        return deprecations.notify(models=models, registry=registry, today=TODAY, using="default")


def preview(models: tuple[DeprecatedModel, ...]) -> NotificationReport:
    return deprecations.preview(models=models, registry=registry, today=TODAY, using="default")


def told_notices() -> list[tuple[str, str, str, str, dt.date | None]]:
    notices = TeamNotice.objects.order_by("pk")
    return list(notices.values_list("team__slug", "name", "stage", "replacement", "retires_on"))


def test_a_team_is_told_of_its_resources_the_replacement_and_the_date(acme, old):
    node = NodeFactory.create(pipeline__team=acme, pipeline__name="Flow", label="Answer", llm_provider_model=old)
    chatbot = ChatbotFactory.create(team=acme, name="Triage", pipeline=node.pipeline)
    report = notify(due())
    notice = TeamNotice.objects.get()
    assert (notice.team, notice.event, notice.run) == (acme, "deprecated", None)
    assert (notice.provider, notice.name, notice.stage, notice.replacement, notice.retires_on) == (
        "openai",
        "old",
        "30",
        "new",
        RETIRES_ON,
    )
    assert notice.payload == {
        "warnings": [],
        "settings": [],
        "retires_on_is_earliest": False,
        "own": None,
        "was": None,
        "move": None,
        "impact": None,
        "announcement": "",
        "moved_on": {"groups": [], "idle": 0},
        "changed": {"groups": [], "idle": 0},
        "resources": {
            "groups": [
                {
                    "kind": "chatbot",
                    "model": "chatbots.Chatbot",
                    "has_main": 1,
                    "has_fewer": 0,
                    "total": 1,
                    "first": [[chatbot.pk, "Triage", None, [["pipeline", "Flow", "Answer", "", None]]]],
                }
            ],
            "idle": 0,
        },
    }
    assert Payload.read(notice.payload).as_json() == notice.payload
    assert [(entry.model.name, entry.teams, entry.told_before) for entry in report.models] == [("old", 1, 0)]
    assert [(team.slug, team.models, team.recipients) for team in report.teams] == [("acme", ("openai/old",), 1)]
    assert (report.notices, report.today) == (1, TODAY)


def test_an_earliest_date_and_a_warning_go_with_the_notice(acme, old):
    AssistantFactory.create(team=acme, llm_provider_model=old)
    catalogue = catalogues.load(
        models={
            "openai": [
                Model("new", 9),
                Model(
                    "old",
                    10,
                    deprecated=True,
                    replacement="new",
                    retires_on=RETIRES_ON,
                    retires_on_is_earliest=True,
                ),
            ]
        },
        removals=[],
    )
    notify(deprecated_models(catalogue=catalogue, days_before=[30], today=TODAY, using="default"))
    payload = TeamNotice.objects.get().payload
    assert payload["retires_on_is_earliest"] is True
    assert payload["warnings"] == ["new reads at most 9 tokens, old read 10: long texts may not fit any more"]


def test_who_cannot_be_reached_has_to_be_told_until_somebody_can(acme, old):
    """Rule 8: such a team is listed by every run, and gets its mail as soon as it has an admin."""
    solo = make_team("solo", admins=0)
    for team in (acme, solo):
        AssistantFactory.create(team=team, llm_provider_model=old)
    first, again = notify(due()), notify(due())
    for report, told_now, before in ((first, ["acme"], 0), (again, [], 1)):
        assert [team.slug for team in report.told_teams] == told_now
        assert [team.slug for team in report.unreachable] == ["solo"]
        assert [(entry.teams, entry.told_before, entry.unreachable) for entry in report.models] == [
            (len(told_now), before, 1)
        ]
    MembershipFactory.create(team=solo, role="admin")
    assert preview(due()).told_teams == notify(due()).told_teams
    assert [message.team.slug for message in TeamMessage.objects.order_by("pk")] == ["acme", "solo"]
    assert notify(due()).teams == ()
    assert len(told_notices()) == 2


def test_a_stage_is_told_once(acme, old):
    """Rule 9."""
    AssistantFactory.create(team=acme, llm_provider_model=old)
    notify(due())
    again = notify(due(today=TODAY + dt.timedelta(days=1)))
    assert told_notices() == [("acme", "old", "30", "new", RETIRES_ON)]
    assert [(entry.teams, entry.told_before) for entry in again.models] == [(0, 1)]
    assert (again.teams, again.notices) == ((), 0)


def test_a_stage_without_a_date_is_told_once_as_well(acme, old):
    """Rule 9: a NULL does not collide with a NULL in a plain unique key."""
    AssistantFactory.create(team=acme, llm_provider_model=old)
    for _ in range(2):
        notify(due(retires_on=None))
    assert told_notices() == [("acme", "old", "announced", "new", None)]


@pytest.mark.parametrize(
    "change", [{"replacement": "newer"}, {"retires_on": dt.date(2026, 12, 20)}, {"replacement": None}]
)
def test_another_replacement_or_another_date_is_news(acme, old, change):
    """Rule 9."""
    AssistantFactory.create(team=acme, llm_provider_model=old)
    notify(due())
    notify(due(**change))
    notify(due(**change))
    assert len(told_notices()) == 2


def test_the_preview_says_the_same_and_writes_nothing(acme, old):
    """Rule 17."""
    AssistantFactory.create(team=acme, llm_provider_model=old)
    planned = preview(due())
    assert told_notices() == []
    assert planned == notify(due())
    assert preview(due()).notices == 0


def test_a_team_that_moved_on_is_not_told_again(acme, old):
    assistant = AssistantFactory.create(team=acme, llm_provider_model=old)
    notify(due())
    assistant.llm_provider_model = LlmProviderModelFactory.create(name="new")
    assistant.save()
    notify(due(today=RETIRES_ON))
    assert [stage for _, _, stage, _, _ in told_notices()] == ["30"]


def test_only_teams_that_have_not_heard_are_told_of_only_what_they_have_not_heard(acme, old):
    older, beta = LlmProviderModelFactory.create(name="older"), make_team("beta")
    AssistantFactory.create(team=acme, llm_provider_model=old)
    notify(due("old", "older"))
    AssistantFactory.create(team=acme, llm_provider_model=older)
    EvaluatorFactory.create(team=beta, llm_provider_model=older, jury_models=[old])
    report = notify(due("old", "older"))
    assert sorted(notice[:3] for notice in told_notices()) == [
        ("acme", "old", "30"),
        ("acme", "older", "announced"),
        ("beta", "old", "30"),
        ("beta", "older", "announced"),
    ]
    assert [(team.slug, team.models) for team in report.teams] == [
        ("acme", ("openai/older",)),
        ("beta", ("openai/old", "openai/older")),
    ]
    assert [(entry.model.name, entry.teams, entry.told_before) for entry in report.models] == [
        ("old", 1, 1),
        ("older", 2, 0),
    ]


def test_archives_and_versions_that_nobody_talks_to_are_no_use(acme, old):
    """A team cannot change what is frozen, so it must not be told of it again and again."""
    new = LlmProviderModelFactory.create(name="new")
    AssistantFactory.create(team=acme, llm_provider_model=old, is_archived=True)
    assistant = AssistantFactory.create(team=acme, llm_provider_model=old)
    assistant.create_new_version()
    pipeline = PipelineFactory.create(team=acme)
    node = NodeFactory.create(pipeline=pipeline, params={FALLBACK_MODEL_IDS_KEY: [old.pk]})
    chatbot = ChatbotFactory.create(team=acme, pipeline=pipeline)
    published = chatbot.create_new_version()
    Assistant.objects.filter(pk=assistant.pk).update(llm_provider_model=new)
    node.params = {FALLBACK_MODEL_IDS_KEY: [new.pk]}
    node.save()

    notify(due())
    # The working version has moved on, but people still talk to the published one.
    ((kind, (triage,)),) = named_by(TeamNotice.objects.get()).items()
    assert (kind, triage.id, triage.version) == ("chatbot", chatbot.pk, published.version_number)

    Chatbot.objects.get(pk=chatbot.pk).create_new_version(make_default=True)
    assert preview(due(today=RETIRES_ON)).models[0].teams == 0


def test_what_is_used_for_can_be_listed_by_team(acme, old):
    older, beta = LlmProviderModelFactory.create(name="older"), make_team("beta")
    evaluator = EvaluatorFactory.create(team=acme, llm_provider_model=old, jury_models=[older])
    EvaluatorFactory.create(team=beta, llm_provider_model=old)
    notify(due())
    AssistantFactory.create(team=make_team("gamma"), llm_provider_model=older)
    evaluator.jury_models.clear()
    notify(due("old", "older"))
    evaluator.jury_models.set([older])
    AssistantFactory.create(team=beta, llm_provider_model=older)
    AssistantFactory.create(team=beta, llm_provider_model=older, is_archived=True)
    report = preview(due("old", "older"))
    resources = list(report.resources(registry=registry, using="default"))
    assert [(resource.team_id, resource.kind, resource.model_ids) for resource in resources] == [
        (acme.pk, "evaluator", (older.pk,)),
        (beta.pk, "assistant", (older.pk,)),
    ]
    assert resources[0].id == evaluator.pk
    assert report.names == {old.pk: "openai/old", older.pk: "openai/older"}


def test_what_nobody_has_heard_of_and_is_out_of_date_goes(acme, old):
    """A team that nobody could reach does not get three stages of one model in one mail when somebody can."""
    solo, gone = TeamFactory.create(slug="solo"), TeamFactory.create(slug="gone")
    for team in (acme, solo, gone):
        AssistantFactory.create(team=team, llm_provider_model=old)
    notify(due(today=RETIRES_ON - dt.timedelta(days=90)))
    other = TeamNoticeFactory.create(team=solo, run=None, event=TeamNotice.Event.RESTORED)
    Assistant.objects.filter(team=gone).delete()
    notify(due())
    assert sorted(notice[:3] for notice in told_notices() if notice[1] == "old") == [
        ("acme", "old", "30"),
        ("acme", "old", "90"),
        ("solo", "old", "30"),
    ]
    assert TeamNotice.objects.filter(pk=other.pk).exists()
    notify(())
    assert [notice[:3] for notice in told_notices() if notice[1] == "old"] == [
        ("acme", "old", "90"),
        ("acme", "old", "30"),
    ]


def tell(**facts: Any) -> dict[str, Any] | None:
    """Run with these facts of the model, twice; return what the notice of it says was otherwise, None without a notice."""
    before = TeamNotice.objects.count()
    for _ in range(2):
        notify(due(**facts))
    (written,) = TeamNotice.objects.order_by("pk")[before:] or [None]
    return written.payload["was"] if written else None


SOONER = dt.date(2026, 12, 20)
FAR = dt.date(2027, 6, 1)


def was(stage: str, replacement: str, retires_on: dt.date | None) -> dict[str, Any]:
    return {
        "stage": stage,
        "replacement": replacement,
        "retires_on": retires_on and retires_on.isoformat(),
        "retires_on_is_earliest": False,
    }


def test_what_comes_back_is_news_and_says_what_it_was(acme, old):
    """Rules 9 and 21: compared with what was told last, once each."""
    AssistantFactory.create(team=acme, llm_provider_model=old)
    assert tell() is None
    assert tell(retires_on=SOONER) == was("30", "new", RETIRES_ON)
    assert tell(retires_on=None) == was("30", "new", SOONER)
    assert tell() == was("announced", "new", None)
    assert tell(replacement="newer") == was("30", "new", RETIRES_ON)
    assert tell(replacement=None) == was("30", "newer", RETIRES_ON)
    assert tell() == was("30", "", RETIRES_ON)
    assert tell(retires_on=FAR) == was("30", "new", RETIRES_ON)
    assert len(told_notices()) == 8
    assert TeamMessage.objects.count() == 8


def test_a_day_that_becomes_firm_is_news_and_so_is_one_that_does_not_stay_so(acme, old):
    """Rule 21: 'or later' is part of what a team was told, also where the day stays."""
    AssistantFactory.create(team=acme, llm_provider_model=old)
    assert tell(retires_on_is_earliest=True) is None
    assert tell() == {**was("30", "new", RETIRES_ON), "retires_on_is_earliest": True}
    assert tell(retires_on_is_earliest=True) == was("30", "new", RETIRES_ON)
    assert tell(today=RETIRES_ON, retires_on_is_earliest=True) is None
    assert tell(today=RETIRES_ON) == {**was("0", "new", RETIRES_ON), "retires_on_is_earliest": True}
    assert TeamMessage.objects.count() == 5


def test_a_day_that_becomes_firm_before_anybody_is_told_is_told_as_it_is(old):
    """What waits for a reachable admin is not true any more."""
    solo = make_team("solo", admins=0)
    AssistantFactory.create(team=solo, llm_provider_model=old)
    notify(due(retires_on_is_earliest=True))
    report = notify(due())
    assert [team.slug for team in report.unreachable] == ["solo"]
    notice = TeamNotice.objects.get()
    assert (notice.payload["retires_on_is_earliest"], notice.payload["was"]) == (False, None)


def test_a_later_release_with_nothing_new_announces_nothing(acme, old):
    """Rule 21: nor does another number of days, once its stage has been told of this date."""
    AssistantFactory.create(team=acme, llm_provider_model=old)
    for date in (RETIRES_ON, SOONER, RETIRES_ON):
        notify(due(retires_on=date))
    assert [notice[2:] for notice in told_notices()] == [
        ("30", "new", date) for date in (RETIRES_ON, SOONER, RETIRES_ON)
    ]
    in_time = RETIRES_ON - dt.timedelta(days=7)
    for _ in range(2):
        notify(due(today=in_time))
        notify(due())
    assert [notice[2:] for notice in told_notices()[3:]] == [("7", "new", RETIRES_ON)]
    assert TeamNotice.objects.order_by("-pk")[0].payload["was"] is None


def offered_again(**facts: Any) -> tuple[DeprecatedModel, ...]:
    """Return what a run finds when the model is offered like any other."""
    models = {"openai": [Model("old", 10, **facts), Model("new", 10), Model("newer", 10)]}
    catalogue = catalogues.load(models=models, removals=[])
    return deprecated_models(catalogue=catalogue, days_before=[90, 30, 7, 0], today=TODAY, using="default")


def test_a_retirement_that_is_called_off_is_news_to_those_who_had_been_told(acme, old):
    """Rule 21: also to a team that has moved on, which may come back; not to one that was never told."""
    moved, new = make_team("moved"), make_team("new")
    for team in (acme, moved):
        AssistantFactory.create(team=team, llm_provider_model=old)
    notify(due())
    Assistant.objects.filter(team=moved).delete()
    AssistantFactory.create(team=new, llm_provider_model=old)
    assert preview(offered_again()).notices == 2
    report = notify(offered_again())
    assert [team.slug for team in report.told_teams] == ["acme", "moved"]
    assert [(entry.model.stage, entry.teams) for entry in report.models] == [("called off", 2)]
    assert sorted(notice[:3] for notice in told_notices()[2:]) == [
        ("acme", "old", "called off"),
        ("moved", "old", "called off"),
    ]
    first, second = TeamNotice.objects.filter(stage="called off").order_by("team__slug")
    assert first.payload["was"] == second.payload["was"] == was("30", "new", RETIRES_ON)
    assert (len(named_by(first)["assistant"]), named_by(second)) == (1, {})
    assert notify(offered_again()).models == ()
    notify(due())
    again = TeamNotice.objects.order_by("pk")[4:]
    assert {notice.team.slug: notice.payload["was"] for notice in again} == {
        "acme": was("called off", "", None),
        "new": None,
    }


def test_a_model_that_nobody_was_told_of_is_called_off_without_a_word(acme, old):
    """What only waited for a reachable admin goes; nobody hears of the end of what nobody had heard of."""
    AssistantFactory.create(team=acme, llm_provider_model=old)
    AssistantFactory.create(team=make_team("solo", admins=0), llm_provider_model=old)
    assert offered_again() == ()
    notify(due())
    assert [team.slug for team in notify(offered_again()).teams] == ["acme"]
    assert [notice[0] for notice in told_notices()] == ["acme", "acme"]


def test_a_date_that_stands_is_not_called_off(acme, old):
    """The flag alone is gone: the provider switches the model off all the same."""
    AssistantFactory.create(team=acme, llm_provider_model=old)
    notify(due())
    assert offered_again(retires_on=RETIRES_ON) == ()


def test_a_model_that_was_removed_and_is_offered_anew_is_no_retirement_called_off(acme, old):
    """The team's last mail says that it was removed; after an undo, the one before that counts again."""
    AssistantFactory.create(team=acme, llm_provider_model=old)
    notify(due())
    facts = {"team": acme, "provider": "openai", "name": "old", "message": TeamMessage.objects.get()}
    removed = TeamNoticeFactory.create(event=TeamNotice.Event.REMOVED, **facts)
    assert notify(offered_again()).notices == 0
    TeamNoticeFactory.create(event=TeamNotice.Event.RESTORED, run=removed.run, **facts)
    assert notify(offered_again()).notices == 1


def test_a_team_with_a_model_of_its_own_of_that_name_hears_before_the_retirement(acme, old):
    """Rule 15: its provider switches that off as well. Nothing has to use it, unless the team has deprecated it."""
    idle, busy, both = make_team("idle"), make_team("busy"), make_team("both")
    own = LlmProviderModelFactory.create(name="old", team=acme)
    LlmProviderModelFactory.create(name="old", team=idle, deprecated=True)
    used = LlmProviderModelFactory.create(name="old", team=busy, deprecated=True)
    LlmProviderModelFactory.create(name="old", team=both)
    LlmProviderModelFactory.create(name="old", type="azure", team=make_team("azure"))
    assistant = AssistantFactory.create(team=busy, name="Helper", llm_provider_model=used)
    AssistantFactory.create(team=both, llm_provider_model=old)
    planned = preview(due())
    assert planned == notify(due())
    assert sorted(team.slug for team in planned.told_teams) == ["acme", "both", "busy"]
    payloads = {notice.team.slug: Payload.read(notice.payload) for notice in TeamNotice.objects.all()}
    helper = NamedResource(assistant.pk, "Helper", None, (Part(),))
    assert {slug: (bool(payload.resources), named_in(payload.own)) for slug, payload in payloads.items()} == {
        "acme": (False, {}),
        "busy": (False, {"assistant": [helper]}),
        "both": (True, {}),
    }
    assert all(payload.own is not None for payload in payloads.values())
    assert notify(due()).notices == 0
    assert notify(due(today=RETIRES_ON)).notices == 3
    assert LlmProviderModel.objects.get(pk=own.pk).deprecated is False
    names = {resource.team_id: resource.model_ids for resource in planned.resources(registry=registry, using="default")}
    assert names == {both.pk: (old.pk,), busy.pk: (used.pk,)}
    assert planned.names[used.pk] == "openai/old (its own)"


def listed(*, today: dt.date = TODAY, retires_on: dt.date | None = RETIRES_ON) -> tuple[DeprecatedModel, ...]:
    """Return what a run finds when the removal list has the model, which went there from one release to the next."""
    removals = [Deleted("openai", "old", "new", retires_on), Deleted("openai", "nobodys", "new", retires_on)]
    catalogue = catalogues.load(models={"openai": [Model("new", 10)]}, removals=removals)
    return deprecated_models(catalogue=catalogue, days_before=[90, 30, 7, 0], today=today, using="default")


@pytest.mark.parametrize("is_removed", [True, False])
def test_owners_of_namesakes_hear_of_what_is_removed_before_its_provider_ends_it(acme, old, is_removed):
    """Rules 9 and 15: nobody else does, who hears of the removal; once per stage, up to the day itself."""
    idle, user = make_team("idle"), make_team("user")
    own = LlmProviderModelFactory.create(name="old", team=acme)
    LlmProviderModelFactory.create(name="old", team=idle, deprecated=True)
    AssistantFactory.create(team=user, llm_provider_model=old)
    assistant = AssistantFactory.create(team=acme, name="Helper", llm_provider_model=own)
    node = NodeFactory.create(pipeline__team=idle)
    Node.objects.filter(pk=node.pk).update(params={FALLBACK_MODEL_IDS_KEY: [-1]})  # by which some mean nothing
    if is_removed:
        Assistant.objects.filter(team=user).delete()
        old.delete()
    planned = preview(listed())
    assert planned == notify(listed())
    assert [team.slug for team in planned.told_teams] == ["acme"]
    assert [str(entry) for entry in planned.models] == ["openai/old"]
    payload = Payload.read(TeamNotice.objects.get().payload)
    helper = NamedResource(assistant.pk, "Helper", None, (Part(),))
    assert (payload.resources, named_in(payload.own)) == (Resources(), {"assistant": [helper]})
    resources = list(planned.resources(registry=registry, using="default"))
    assert [(resource.team_id, resource.model_ids) for resource in resources] == [(acme.pk, (own.pk,))]
    assert notify(listed()).notices == 0
    assert notify(listed(today=RETIRES_ON)).notices == 1
    assert notify(listed(today=RETIRES_ON + dt.timedelta(days=1))).models == ()
    assert [notice[:3] for notice in told_notices()] == [("acme", "old", "30"), ("acme", "old", "0")]


def test_a_removal_is_no_news_to_an_owner_who_heard_of_the_deprecation_but_another_day_is(acme, old):
    """Rules 9, 15 and 21."""
    LlmProviderModelFactory.create(name="old", team=acme)
    notify(due())
    assert notify(listed()).notices == 0
    assert notify(listed(retires_on=SOONER)).notices == 1
    assert TeamNotice.objects.order_by("-pk")[0].payload["was"] == was("30", "new", RETIRES_ON)
    assert notify(listed(retires_on=SOONER)).notices == 0
    assert notify(offered_again()).notices == 1


def test_a_removal_that_concerns_no_namesake_is_not_mentioned(acme, old):
    assert preview(listed()).models == notify(listed()).models == ()


def test_a_notice_that_was_handed_back_is_told_when_somebody_can_be_reached(acme, old):
    """Rules 21 and 24: what no message carries has been told to nobody."""
    AssistantFactory.create(team=acme, llm_provider_model=old)
    notify(due())
    MessageNotice.objects.all().delete()
    report = notify(due(retires_on=SOONER))
    assert (report.notices, [notice[2:] for notice in told_notices()]) == (1, [("30", "new", SOONER)])
    assert TeamNotice.objects.get().payload["was"] is None


def test_a_notice_that_is_being_told_while_it_goes_out_of_date_stays(acme, old):
    """Rule 9: a sender has it in a message when its lock is waited for."""
    AssistantFactory.create(team=acme, llm_provider_model=old)
    notify(due())
    MessageNotice.objects.all().delete()
    notice = TeamNotice.objects.get()
    message = TeamMessageFactory.create(team=acme, run=None)
    add_message = partial(MessageNotice.objects.create, message=message, notice=notice)
    lock = 'SELECT "model_retirement_teamnotice"."id"'
    with before_statement(lock, add_message, number=2):
        notify(due(retires_on=SOONER))
    assert TeamNotice.objects.filter(pk=notice.pk).exists()


def test_nothing_is_deprecated(acme):
    report = notify(())
    assert (report.models, report.teams, report.notices) == ((), (), 0)


def test_the_database_holds_the_key(acme):
    """Rule 9."""
    facts = {"team": acme, "event": "deprecated", "provider": "openai", "name": "old", "stage": "30"}
    TeamNotice.objects.create(**facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        TeamNotice.objects.create(**facts)
    TeamNotice.objects.create(**{**facts, "stage": "7"})


def test_queries_grow_neither_with_models_nor_with_teams_nor_with_nodes(old, django_assert_num_queries):
    others = [LlmProviderModelFactory.create(name=f"old-{n}") for n in range(4)]
    teams = [make_team(f"team-{number}") for number in range(3)]
    for team in teams:
        for model in (old, *others):
            node = NodeFactory.create(pipeline__team=team, llm_provider_model=model)
            NodeFactory.create(pipeline=node.pipeline, llm_provider_model=model)
    models = due("old", *(model.name for model in others))
    with django_assert_num_queries(4):  # own models; who uses what; teams; admins
        assert preview(models).notices == 15
    with transaction.atomic(), django_assert_num_queries(15):  # and what waits, the notices, their moves, the messages
        assert deprecations.notify(models=models, registry=registry, today=TODAY, using="default").notices == 15
    assert TeamNotice.objects.count() == 15
    assert TeamMessage.objects.count() == 3


def test_who_missed_a_removal_reads_of_it_before_what_is_announced_now(acme, old):
    """Rule 21: what a team reads last is what is true."""
    AssistantFactory.create(team=acme, llm_provider_model=old)
    Membership.objects.filter(team=acme).update(role=Membership.Role.MEMBER)
    TeamNoticeFactory.create(team=acme, name="older", run=RemovalRunFactory.create())
    notify(due())
    assert not TeamMessage.objects.exists()
    Membership.objects.filter(team=acme).update(role=Membership.Role.ADMIN)
    notify(due())
    messages = TeamMessage.objects.order_by("pk")
    assert [message.notices.get().event for message in messages] == ["removed", "deprecated"]
