"""The life of one model, walked day by day from active to removed: who is told what, and when."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from pytest_django import Settings

from apps.assistants.models import Assistant
from apps.service_providers.llm_service import default_models
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Membership
from config import retirement
from model_retirement.catalogue import lifecycle
from model_retirement.catalogue import view as catalogue
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import TeamNotice
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import delete_all_models
from tests.factories.teams import MembershipFactory
from tests.integration.tenants import make_team

FIRST_DAY = dt.date(2026, 8, 1)
LAST_DAY = 120
NO_TIMER = range(97, 100)  # the machine with the timer was down


def on(day: int) -> dt.date:
    """Return a day of the story as a date."""
    return FIRST_DAY + dt.timedelta(days=day)


def words(day: int) -> str:
    """Return a day as messages write it."""
    return f"{on(day).day} {on(day):%B %Y}"


# What the catalogue says of the model, from the day of each release on. Both replacements are in it all along.
RELEASES: dict[int, Model | Deleted] = {
    0: Model("old", 10),
    5: Model("old", 10, deprecated_on=on(10)),
    10: Model("old", 10, deprecated=True, deprecated_on=on(10)),
    12: Model("old", 10, deprecated=True, deprecated_on=on(10), replacement="new", retires_on=on(110)),
    30: Model("old", 10, deprecated=True, deprecated_on=on(10), replacement="newer", retires_on=on(110)),
    60: Model("old", 10, deprecated=True, deprecated_on=on(10), replacement="newer", retires_on=on(105)),
    110: Deleted("openai", "old", "newer", retires_on=on(105)),
}

STATES = {0: "active", 5: "legacy", 10: "deprecated", 106: "retired", 110: "removed"}

# Day to team to what its mail is about; all other days are silent.
#
# steady   uses the model to the end
# mover    chooses another one on day 40
# late     starts to use it on day 50
# nobody   uses it to the end and has no admin before day 80
TRY = "try {}, which replaces old".format
TOLD = {
    10: dict.fromkeys(["steady", "mover"], "Day not known yet: choose another model than old"),
    12: dict.fromkeys(["steady", "mover"], f"By {words(110)}: {TRY('new')}"),
    20: dict.fromkeys(["steady", "mover"], f"By {words(110)}: {TRY('new')}"),
    30: dict.fromkeys(["steady", "mover"], f"By {words(110)}: {TRY('newer')}"),  # another replacement
    50: {"late": f"By {words(110)}: {TRY('newer')}"},
    60: dict.fromkeys(["steady", "late"], f"By {words(105)} (was {words(110)}): {TRY('newer')}"),
    75: dict.fromkeys(["steady", "late"], f"By {words(105)}: {TRY('newer')}"),
    80: {"nobody": f"By {words(105)}: {TRY('newer')}"},  # not of what it missed before
    100: dict.fromkeys(["steady", "late", "nobody"], f"By {words(105)}: {TRY('newer')}"),  # two days late
    105: dict.fromkeys(["steady", "late", "nobody"], f"By {words(105)}: {TRY('newer')}"),
    110: dict.fromkeys(["steady", "late", "nobody"], f"Since {words(110)}: newer replaces old, try it out"),
}

PAGE = "https://provider.example/deprecations#old"

# USD per million tokens, in and out.
FACTS = {
    "openai/old": {"kind": "chat", "price_in": 10, "price_out": 30, "announcement": PAGE},
    "openai/new": {"kind": "chat", "price_in": 2, "price_out": 8},
    "openai/newer": {"kind": "chat", "price_in": 1, "price_out": 4},
}
# Every team reads a hundred million tokens a month with the model and writes ten million.
MONEY = {day: "" if day == 10 else f"$1,300 a month becomes ${140 if day >= 30 else 280} a month." for day in TOLD}

STAGES = {
    "steady": ["announced", "announced", "90", "90", "90", "30", "7", "0", ""],
    "mover": ["announced", "announced", "90", "90"],
    "late": ["90", "90", "30", "7", "0", ""],
    "nobody": ["30", "7", "0", ""],
}


class Platform(retirement.Platform):
    """Teams that all use their models as much."""

    def monthly_usage(
        self, *, team_ids: Sequence[Any], model_ids: Sequence[Any], using: str
    ) -> Iterator[tuple[Any, Any, int, int]]:
        yield from ((team_id, model_id, 10**8, 10**7) for team_id in team_ids for model_id in model_ids)


@pytest.fixture
def release(transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Callable[[int], None]:
    """Return a function that puts the catalogue of a day in place, as a release does."""
    settings.MODEL_RETIREMENT_PLATFORM = f"{__name__}.Platform"
    monkeypatch.setattr(default_models, "MODEL_FACTS", FACTS, raising=False)
    delete_all_models()
    CustomMigration.objects.all().delete()

    def put(day: int) -> None:
        entry = RELEASES[day]
        stays = [Model("new", 10, is_default=True), Model("newer", 10, is_translation_default=True)]
        removals = [entry] if isinstance(entry, Deleted) else []
        models = stays if isinstance(entry, Deleted) else [entry, *stays]
        monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": models})
        monkeypatch.setattr(default_models, "DELETED_MODELS", removals)
        call_command("llm_models", "sync", stdout=io.StringIO())
        if removals:
            call_command("remove_deprecated_models", stdout=io.StringIO())

    return put


def happens(day: int) -> None:
    """Let the teams do what they do on a day."""
    if day == 0:
        for slug in ("steady", "mover", "nobody"):
            AssistantFactory.create(team=make_team(slug, admins=slug != "nobody"), llm_provider_model=model("old"))
    elif day == 40:
        Assistant.objects.filter(team__slug="mover").update(llm_provider_model=model("newer"))
    elif day == 50:
        AssistantFactory.create(team=make_team("late"), llm_provider_model=model("old"))
    elif day == 80:
        team = Assistant.objects.get(team__slug="nobody").team
        MembershipFactory.create(team=team, role=Membership.Role.ADMIN, user__email="nobody-0@example.org")


def model(name: str) -> LlmProviderModel:
    return LlmProviderModel.objects.get(team=None, name=name)


def state() -> str:
    declared = catalogue.load().find("openai", "old")
    return lifecycle.state(declared, today=lifecycle.utc_today()).value if declared else "removed"


def test_from_active_to_removed(release):
    """Rules 9, 14 and 28, and the model is gone at the end."""
    subjects: dict[int, dict[str, str]] = {}
    states: dict[int, str] = {}
    money: set[tuple[int, str]] = set()
    for day in range(LAST_DAY + 1):
        with time_machine.travel(dt.datetime.combine(on(day), dt.time(6), dt.UTC), tick=False):
            if day in RELEASES:
                release(day)
            happens(day)
            if day not in NO_TIMER:
                # Two timers, or one that is set twice: the second finds that all is told.
                for _ in range(2):
                    call_command("notify_deprecated_models", stdout=io.StringIO())
            if (now := state()) not in states.values():
                states[day] = now
        for sent in mail.outbox:
            (to,) = sent.to
            slug = to.partition("-0@")[0]
            assert slug not in subjects.setdefault(day, {}), "a second mail on one day"
            about, _, team = sent.subject.rpartition(" (")
            assert team == f"{slug.title()})"
            subjects[day][slug] = about
            assert isinstance(sent, mail.EmailMultiAlternatives)
            assert sent.body_contains(PAGE)
            said = " ".join(sent.body.split())
            money.add((day, said[said.index("$1,300") :].partition(". ")[0] + "." if "a month" in said else ""))
        mail.outbox.clear()

    assert subjects == TOLD
    assert money == set(MONEY.items())
    assert states == STATES
    assert not LlmProviderModel.objects.filter(name="old").exists()
    stages: dict[str, list[str]] = {}
    for slug, stage in TeamNotice.objects.order_by("pk").values_list("team__slug", "stage"):
        stages.setdefault(slug, []).append(stage)
    assert stages == STAGES
    assert set(Assistant.objects.values_list("llm_provider_model__name", flat=True)) == {"newer"}
