"""Rows that the database does not take back: they are named, their teams are told, and all else is put back (rule 22)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, ProgrammingError

from apps.assistants.models import Assistant
from apps.teams.models import Membership
from model_retirement.management.presenters import summary
from model_retirement.models import TeamNotice
from model_retirement.notices import outbox
from model_retirement.references import registry
from model_retirement.removal import refusals, summaries
from model_retirement.removal.restore import restore
from model_retirement.testing.trials import plan_for
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import MembershipFactory
from tests.unit.model_retirement.frozen_rows import freeze
from tests.unit.model_retirement.removal.removals import FreeLease, run_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def models(db: None) -> dict[str, Any]:
    delete_all_models()
    return {name: LlmProviderModelFactory.create(name=name) for name in ("one", "two", "new")}


@pytest.mark.parametrize("silently", [False, True])
def test_rows_that_the_host_refuses_to_change_are_named_and_their_teams_told(models: dict[str, Any], silently: bool):
    team = MembershipFactory.create(role="admin").team
    fine, closed = (AssistantFactory.create(team=team, llm_provider_model=models["one"]) for _ in range(2))
    other_team = MembershipFactory.create(role="admin").team
    alone = AssistantFactory.create(team=other_team, llm_provider_model=models["two"])
    run = run_of(plan_for({models["one"]: models["new"], models["two"]: models["new"]}))
    freeze(f"OLD.id IN ({closed.pk}, {alone.pk})", table="assistants_assistant", silently=silently)

    done = restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default")

    names = dict(Assistant.objects.values_list("pk", "llm_provider_model__name"))
    assert names == {fine.pk: "one", closed.pk: "new", alone.pk: "new"}
    assert (done.restored, done.left_alone, done.refused) == (1, 2, 2)
    reason = "it holds what it held although it was changed" if silently else "frozen by the auditors"
    label = "assistants.Assistant.llm_provider_model"
    assert [model.obstacles[label] for model in done.models] == [
        {f"refused {reason}": [closed.pk]},
        {f"refused {reason}": [alone.pk]},
    ]
    notices = TeamNotice.objects.filter(event=TeamNotice.Event.RESTORED)
    assert set(notices.values_list("team", flat=True)) == {team.pk, other_team.pk}
    mail.outbox.clear()
    outbox.send_pending(using="default")
    told_of = {message.to[0]: " ".join(str(message.body).split()) for message in mail.outbox}
    for member in Membership.objects.all():
        text = told_of[member.user.email]
        assert "it is back, but not everywhere where it was used What to do: try out what is not back" in text
        assert "Not back -------- It keeps the model that it has now" in text


def test_the_command_names_them_and_ends_with_a_line_on_stderr(models: dict[str, Any], capsys: Any):
    closed = AssistantFactory.create(llm_provider_model=models["one"])
    run = run_of(plan_for({models["one"]: models["new"]}))
    freeze("1 = 1", table="assistants_assistant")
    with pytest.raises(CommandError) as error:
        call_command("restore_removed_models", str(run.pk))
    assert str(error.value) == (
        "The database has refused to take back 1 row: stdout names them, and the journal keeps what they held. All else is"
        " restored."
    )
    said = capsys.readouterr().out
    assert (
        f"assistants.Assistant.llm_provider_model left alone, refused by the database: frozen by the auditors: {closed.pk}"
        in said
    )
    summed = summaries.summary_of(run_id=run.pk, registry=registry, using="default")
    assert summary.next_step(summed, using="default") == "It was undone, but for what was not put back."


def test_json_has_what_stands_in_the_way(models: dict[str, Any], capsys: Any):
    closed = AssistantFactory.create(llm_provider_model=models["one"])
    run = run_of(plan_for({models["one"]: models["new"]}))
    freeze("1 = 1", table="assistants_assistant")
    with pytest.raises(CommandError):
        call_command("restore_removed_models", str(run.pk), "--format", "json")
    (model,) = json.loads(capsys.readouterr().out)["models"]
    assert (model["obstacle"], list(model["obstacles"].values())) == (
        None,
        [{"refused frozen by the auditors": [closed.pk]}],
    )


def writer(refused: set[int], error: Exception) -> tuple[list[Sequence[int]], Callable[[Sequence[int]], None]]:
    tried: list[Sequence[int]] = []

    def write(items: Sequence[int]) -> None:
        tried.append(items)
        if refused.intersection(items):
            raise error

    return tried, write


def test_what_is_refused_is_found_by_halves_and_tried_again_as_long_as_others_were_taken():
    tried, write = writer({3}, IntegrityError("no"))
    assert refusals.refused(write, [1, 2, 3, 4], using="default") == {3: "refused no"}
    assert tried == [[1, 2, 3, 4], [1, 2], [3, 4], [3], [4], [3]]
    assert refusals.refused(write, [3], using="default") == {3: "refused no"}
    assert refusals.refused(write, [], using="default") == {}


@pytest.mark.parametrize("way", [refusals.refused, refusals.together])
def test_an_error_that_is_of_no_row_ends_it(way: Callable[..., Any]):
    _, write = writer({1}, ProgrammingError("no such table"))
    with pytest.raises(ProgrammingError):
        way(write, [1, 2], using="default")
