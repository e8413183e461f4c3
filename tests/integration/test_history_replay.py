"""Two years of a real catalogue, release by release, with tenants that use every model of each release.

Each release is what an operator does by hand: synchronise, promote, remove. The model lists come from
``tests/data/catalogue_history.json``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command

from apps.service_providers.llm_service import default_models
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from model_retirement.catalogue.declarations import Model
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import TeamMessage, TeamNotice
from tests.factories.service_providers import delete_all_models
from tests.integration import rows
from tests.integration.tenants import make_team, pointers, use_everywhere

HISTORY = json.loads((Path(__file__).parent.parent / "data/catalogue_history.json").read_text())

Key = tuple[str, str]

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Release:
    """The two lists of one release, as ``default_models.py`` would hold them."""

    date: str
    models: Mapping[str, Sequence[Model]]
    removals: Sequence[tuple[str, str, str | None]]

    @property
    def declared(self) -> dict[Key, Model]:
        return {(provider, model.name): model for provider, models in self.models.items() for model in models}

    @property
    def removed(self) -> dict[Key, str | None]:
        return {(provider, name): replacement for provider, name, replacement in self.removals}


RELEASES = [
    Release(
        date=version["date"],
        models={provider: [Model(**facts) for facts in models] for provider, models in version["catalogue"].items()},
        removals=[tuple(entry.values()) if isinstance(entry, dict) else tuple(entry) for entry in version["deleted"]],
    )
    for version in HISTORY["versions"]
]


@dataclass(frozen=True)
class Told:
    """What teams were told so far."""

    notices: Counter[tuple[int, str, str, str]]
    messages: Counter[int]
    mails: int


@pytest.fixture(autouse=True)
def before_the_first_release(db):
    delete_all_models()
    CustomMigration.objects.all().delete()


def global_rows() -> dict[Key, LlmProviderModel]:
    return {(row.type, row.name): row for row in LlmProviderModel.objects.filter(team=None)}


def told_so_far() -> Told:
    notices = TeamNotice.objects.values_list("team_id", "provider", "name", "replacement")
    return Told(
        notices=Counter(notices),
        messages=Counter(TeamMessage.objects.values_list("team_id", flat=True)),
        mails=len(mail.outbox),
    )


def deploy(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring the table to a release."""
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", release.models)
    monkeypatch.setattr(default_models, "DELETED_MODELS", list(release.removals))
    for command in (["llm_models", "sync"], ["promote_custom_models"], ["remove_deprecated_models"]):
        call_command(*command, stdout=StringIO())


def use_what_is_new(teams: Sequence[Team]) -> None:
    """Let two teams, others for each model, use every global model that nobody uses yet."""
    used = {model_id for _, model_id in pointers()}
    present = list(LlmProviderModel.objects.filter(team=None).order_by("pk"))
    for number, model in enumerate(present):
        if model.pk in used:
            continue
        for team in (teams[number % len(teams)], teams[(number + 1) % len(teams)]):
            use_everywhere(team, model, beside=present[0])


def make_custom_models(release: Release, team: Team) -> list[LlmProviderModel]:
    """Let a team add for itself, with a limit of its own, what the release is going to add for all, and use it."""
    present = global_rows()
    beside = LlmProviderModel.objects.order_by("pk").first()
    new = [key for key, model in release.declared.items() if key not in present and not model.deprecated]
    made = [
        LlmProviderModel.objects.create(team=team, type=provider, name=name, max_token_limit=1234)
        for provider, name in new[:3]
    ]
    for model in made:
        use_everywhere(team, model, beside=beside or model)
    return made


def assert_table_matches(release: Release) -> None:
    table = global_rows()
    for key, model in release.declared.items():
        if model.deprecated and key not in table:
            continue  # it was deprecated before it ever was in the table
        assert (table[key].max_token_limit, table[key].deprecated) == (model.token_limit, model.deprecated), key
    assert not set(table) & set(release.removed)
    unlisted = set(table) - set(release.declared)
    assert all(table[key].deprecated for key in unlisted)


def assert_nothing_dangles() -> None:
    present = set(LlmProviderModel.objects.values_list("pk", flat=True))
    assert [pointer for pointer in pointers() if pointer[1] not in present] == []


def assert_promoted(custom: Sequence[LlmProviderModel], *, uses: Counter[tuple[int, int]]) -> None:
    """The custom models are gone; what pointed at them points at the global ones; the team's limit holds."""
    table, now = global_rows(), Counter(pointers())
    for model in custom:
        successor = table[model.type, model.name]
        assert not LlmProviderModel.objects.filter(pk=model.pk).exists()
        assert model.team_id is not None
        assert now[model.team_id, successor.pk] == uses[model.team_id, model.pk] > 0
        assert successor.token_limit_for(Team.objects.get(pk=model.team_id)) == 1234


def expected_notices(release: Release, *, used_by: dict[Key, set[int]]) -> Counter[tuple[int, str, str, str]]:
    return Counter(
        (team_id, *key, release.removed[key] or "")
        for key, team_ids in used_by.items()
        if key in release.removed
        for team_id in team_ids
    )


def test_every_release_of_the_history_leaves_the_platform_whole(monkeypatch: pytest.MonkeyPatch):
    """Rules 2, 4, 6, 9 and 15."""
    teams = [make_team(slug) for slug in ("acme", "beta", "gamma", "delta")]
    teams.append(make_team("solo", admins=0))
    unreachable = teams[-1].pk
    removals = promotions = 0
    for number, release in enumerate(RELEASES):
        custom = make_custom_models(release, teams[number % len(teams)])
        table = {row.pk: key for key, row in global_rows().items()}
        uses = Counter(pointers())
        used_by: dict[Key, set[int]] = {}
        for team_id, model_id in uses:
            if model_id in table:
                used_by.setdefault(table[model_id], set()).add(team_id)
        before = told_so_far()

        deploy(release, monkeypatch)

        assert_nothing_dangles()
        assert_table_matches(release)
        assert_promoted(custom, uses=uses)
        after, expected = told_so_far(), expected_notices(release, used_by=used_by)
        assert after.notices - before.notices == expected
        assert set(after.notices.values()) <= {1}
        reachable = {team_id for team_id, *_ in expected} - {unreachable}
        assert after.messages - before.messages == Counter(reachable)
        assert after.mails - before.mails == len(reachable)

        assert_a_repeat_changes_nothing(release, monkeypatch)
        use_what_is_new(teams)
        removals += len(expected)
        promotions += len(custom)
    # The history has thirty removals at once and one with a replacement; without them the test would say little.
    assert removals > 31
    assert promotions > 20


def assert_a_repeat_changes_nothing(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    done, mails = all_work(), len(mail.outbox)
    deploy(release, monkeypatch)
    assert all_work() == done
    assert len(mail.outbox) == mails


def all_work() -> Any:
    """Return every row but those that count attempts: by hand, a data migration is attempted whenever it is called."""
    units = CustomMigration.objects.filter(name__contains=":").order_by("name").values_list("name", "status", "pk")
    attempts = (
        "model_retirement_data_migrations_custommigration",
        "model_retirement_data_migrations_custommigrationrun",
    )
    return rows.of_connection(without=attempts), list(units)
