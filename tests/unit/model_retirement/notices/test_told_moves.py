"""What messages say of a move: what it costs and means, as it was when the notice was written, and what it means to the team."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.facts import Capability, ModelFacts
from model_retirement.catalogue.moves import MoveEffect, effect_of
from model_retirement.catalogue.parameters import AnthropicThinkingParameters, Gemini25ProParameters
from model_retirement.impact import Spending
from model_retirement.models import TeamMessage, TeamNotice
from model_retirement.notices import compose, outbox
from model_retirement.notices.deprecations import notify
from model_retirement.notices.payload import Payload
from model_retirement.notices.readings import read
from model_retirement.notices.stages import deprecated_models
from model_retirement.notices.table import rows_of
from model_retirement.notices.told_moves import TeamImpact, move_as_json, read_move, sentences, total
from model_retirement.references import registry
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory, TeamNoticeFactory, delete_all_models
from tests.factories.teams import MembershipFactory
from tests.unit.model_retirement import adapters
from tests.unit.model_retirement.removal.removals import catalogue_of, plan_of, run_of

TODAY = dt.date(2026, 11, 29)
ENDS = dt.date(2027, 12, 1)
NEW = Model("new", 8_192, parameters=Gemini25ProParameters, retires_on=ENDS, retires_on_is_earliest=True)
FACTS = {
    "old": ModelFacts(
        price_in=Decimal(10),
        price_out=Decimal(30),
        context_window=128_000,
        capabilities=frozenset({Capability.TOOLS, Capability.VISION}),
        successor="newest",
    ),
    "new": ModelFacts(price_in=Decimal("2.5"), price_out=Decimal(33), context_window=200_000, capabilities=frozenset()),
}


def move(before: ModelFacts = FACTS["old"], after: ModelFacts = FACTS["new"], replacement: Model = NEW) -> MoveEffect:
    return effect_of(
        "openai/old",
        before=before,
        after=after,
        family=AnthropicThinkingParameters,
        replacement=replacement,
        today=TODAY,
    )


def test_a_payload_keeps_all_but_the_days_that_are_left():
    """They would be wrong tomorrow."""
    kept = move()
    reread = read_move(move_as_json(kept))
    assert reread is not None
    assert (reread.lifecycle.retires_on, reread.lifecycle.retires_on_is_earliest) == (ENDS, True)
    assert reread == MoveEffect(**{**vars(kept), "lifecycle": reread.lifecycle})
    assert Payload.read(Payload(move=reread).as_json()).move == reread


@pytest.mark.parametrize("known", [ModelFacts(), ModelFacts(price_in=Decimal("0.075"))])
def test_what_is_not_known_is_kept_as_not_known(known: ModelFacts):
    kept = move(known, known)
    reread = read_move(move_as_json(kept))
    assert reread is not None
    assert (reread.price_in, reread.price_out, reread.capabilities_lost) == (kept.price_in, kept.price_out, None)


def test_a_move_of_which_there_is_nothing_to_say_is_not_kept():
    assert move_as_json(None) is None
    nothing = effect_of(
        "a/b", before=ModelFacts(), after=ModelFacts(), family=None, replacement=Model("c", 1), today=TODAY
    )
    assert move_as_json(nothing) is None
    assert list(sentences(None, None)) == []


def test_a_message_says_what_a_move_means_and_what_it_means_to_the_team():
    """Rule 28. A day in words, and not the days that are left."""
    meant = TeamImpact(Spending(Decimal(1030), Decimal(283)), (Capability.VISION,))
    assert TeamImpact.read(meant.as_json()) == meant
    assert list(sentences(read_move(move_as_json(move())), meant)) == [
        "A million tokens cost $2.50 in place of $10 (75 % less) to read and $33 in place of $30 (10 % more) to write.",
        "The context window has 200,000 tokens in place of 128,000.",
        "new lacks what old has: tools, vision.",
        "new does not take these settings: thinking.",
        "The setting budget_tokens becomes thinking_budget.",
        "The provider recommends newest now.",
        "new itself is switched off on 1 December 2027 or later.",
        "Your team uses what it lacks: vision. Try that out first.",
        "For your team, $1,030 a month becomes $283 a month.",
    ]


def test_of_a_replacement_without_a_day_no_day_is_said():
    (said,) = sentences(
        move(ModelFacts(context_window=1), ModelFacts(context_window=2), Model("new", 1, parameters=None)), None
    )
    assert said == "The context window has 2 tokens in place of 1."


def test_half_of_a_price_is_not_told():
    halves = move(ModelFacts(price_in=Decimal(1)), ModelFacts(price_out=Decimal(1), context_window=1))
    assert len(halves.words) == 4
    assert not any("tokens cost" in said for said in sentences(halves, None))


def test_nothing_is_said_of_money_that_nobody_knows():
    unpriced = TeamImpact(Spending(unpriced=("openai/old",)), ())
    assert not any("month" in said for said in sentences(move(), unpriced))
    assert total([unpriced, TeamImpact(Spending(Decimal(1), Decimal(2)), ())]) == ""


def test_several_moves_are_added_up():
    team_impact = TeamImpact(Spending(Decimal(10), Decimal(20)), ())
    assert (
        total([team_impact, team_impact, TeamImpact(Spending(), ())])
        == "All moves together: $20 a month becomes $40 a month."
    )
    assert total([team_impact]) == total([]) == ""


@pytest.fixture
def models(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> tuple[LlmProviderModel, LlmProviderModel]:
    settings.MODEL_RETIREMENT_PLATFORM = f"{adapters.__name__}.MeteredAndMailing"
    for name in ("usage", "capabilities", "questions"):
        monkeypatch.setattr(adapters.Metered, name, [])
    delete_all_models()
    old, new = (LlmProviderModelFactory.create(name=name, max_token_limit=8_192) for name in ("old", "new"))
    return old, new


def used(old: LlmProviderModel, *, teams: int = 1) -> None:
    """Let so many teams use the model, each for $10 a month before and $2.50 after."""
    made = [AssistantFactory.create(llm_provider_model=old) for _ in range(teams)]
    for assistant in made:
        MembershipFactory.create(team=assistant.team, role="admin")
    adapters.Metered.usage = [(assistant.team_id, old.pk, 1_000_000, 0) for assistant in made]
    adapters.Metered.capabilities = [(assistant.team_id, old.pk, "vision") for assistant in made]


def text() -> str:
    message = TeamMessage.objects.get()
    mail = compose.mail(message=message, part=1, to=["ann@example.org"], using="default")
    return " ".join(str(mail.body).split())


def test_a_message_of_a_removal_has_the_money(models):
    """Rule 28: the model is gone when the message is made, and its key is in the journal."""
    old, _ = models
    used(old)
    run_of(plan_of(("old", "new"), active=[NEW], facts=FACTS))
    assert TeamNotice.objects.get().payload["impact"] is None
    assert adapters.Metered.questions == []  # nobody waits for the host's answer while a model is being removed
    outbox.create_messages(using="default")
    assert Payload.read(TeamNotice.objects.get().payload).impact == TeamImpact(
        Spending(Decimal(10), Decimal("2.5")), (Capability.VISION,)
    )
    assert "- For your team, $10 a month becomes $2.50 a month." in text()
    assert "- Your team uses what it lacks: vision." in text()


def test_a_message_of_a_deprecation_has_the_money(models):
    """Rule 28."""
    old, _ = models
    used(old)
    leaving = Model("old", 8_192, deprecated=True, replacement="new", retires_on=ENDS)
    catalogue = catalogue_of(active=[NEW, leaving], facts=FACTS)
    due = deprecated_models(catalogue=catalogue, days_before=[30], today=TODAY, using="default")
    notify(models=due, registry=registry, today=TODAY, using="default")
    assert "- A million tokens cost $2.50 in place of $10 (75 % less) to read" in text()
    assert "- new itself is switched off on 1 December 2027 or later." in text()
    assert "- For your team, $10 a month becomes $2.50 a month." in text()


def test_a_host_is_asked_once_for_all_teams_of_a_removal_and_the_queries_do_not_grow(models):
    old, _ = models
    counts = []
    for teams in (1, 5):
        row = old if teams == 1 else LlmProviderModelFactory.create(name="old", max_token_limit=8_192)
        used(row, teams=teams)
        run_of(plan_of(("old", "new"), active=[NEW], facts=FACTS, force=True))
        adapters.Metered.questions = []
        with CaptureQueriesContext(connection) as captured:
            outbox.create_messages(using="default")
        counts.append(len(captured))
        assert [len(asked) for asked, _, _ in adapters.Metered.questions] == [teams, teams]
    assert counts[0] == counts[1]


def test_a_host_that_knows_nothing_is_not_asked(models, settings: Settings):
    settings.MODEL_RETIREMENT_PLATFORM = f"{adapters.__name__}.Delivering"
    old, _ = models
    used(old)
    run_of(plan_of(("old", "new"), active=[NEW], facts=FACTS))
    outbox.create_messages(using="default")
    assert TeamNotice.objects.get().payload["impact"] is None


def test_a_notice_of_a_model_that_is_in_no_table_gets_no_money(models):
    TeamNoticeFactory.create(name="elsewhere", event="deprecated", run=None, payload=Payload(move=move()).as_json())
    outbox.create_messages(using="default")
    assert TeamNotice.objects.get().payload["impact"] is None


def test_a_team_s_own_model_is_moved_by_nobody(models):
    own: Any = {"own": Payload().resources, "move": read_move(move_as_json(move()))}
    notice = TeamNoticeFactory.create(name="old", event="deprecated", run=None, payload=Payload(**own).as_json())
    news = read(notice, today=TODAY)
    assert news.is_of_own_alone
    (row,) = rows_of([news])
    assert row.notes == ()
