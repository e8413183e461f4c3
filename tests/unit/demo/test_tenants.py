"""The tenants of the demo: believable, the same for the same seed, and made once."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from django.contrib.auth import authenticate
from django.db import connection, transaction
from django.db.models import Count, Q
from django.test.utils import CaptureQueriesContext

from apps.assistants.models import Assistant
from apps.chatbots.models import Chatbot
from apps.demo import people, tenants
from apps.demo.retired import RETIRED, USUAL
from apps.demo.stock import SETTINGS, make_stock
from apps.demo.tenants import DemoRefusedError, load
from apps.documents.models import Collection
from apps.evaluations.models import Evaluator, TranscriptAnalysis
from apps.pipelines.models import Node, Pipeline, model_ids
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Membership, Team
from apps.users.models import User
from model_retirement.catalogue import view as catalogue
from model_retirement.sync import sync
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.statements import before_statement, raising

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def migrated(settings, pinned_catalogue):
    """A development database as ``migrate`` leaves it."""
    settings.DEBUG = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    delete_all_models()
    sync(model=LlmProviderModel, catalogue=catalogue.load(), using="default")


def picture() -> dict[str, list[tuple[object, ...]]]:
    """Return all that the demo writes, without primary keys, which go on counting."""
    keys = dict(LlmProviderModel.objects.values_list("pk", "name"))
    return {
        "users": list(User.objects.order_by("email").values_list("email", "first_name", "is_active")),
        "members": list(
            Membership.objects.order_by("team__slug", "user__email").values_list("team__name", "user__email", "role")
        ),
        "models": list(
            LlmProviderModel.objects.order_by("team__slug", "type", "name").values_list(
                "team__slug", "type", "name", "max_token_limit", "deprecated"
            )
        ),
        "nodes": [
            (flow_id, label, [keys[pk] for pk in model_ids(params)], sorted(params), params.get("prompt"))
            for flow_id, label, params in Node.objects.order_by("flow_id", "pk").values_list(
                "flow_id", "label", "params"
            )
        ],
        "chatbots": list(
            Chatbot.all_objects.order_by("pk").values_list(
                "team__slug", "name", "is_archived", "version_number", "is_default_version"
            )
        ),
        "assistants": list(
            Assistant.all_objects.order_by("pk").values_list(
                "team__slug", "name", "is_archived", "llm_provider_model__name", "version_number"
            )
        ),
        "juries": list(Evaluator.objects.order_by("pk", "jury_models__name").values_list("name", "jury_models__name")),
        "analyses": list(
            TranscriptAnalysis.objects.order_by("pk").values_list(
                "name", "llm_provider_model__name", "translation_llm_provider_model__name"
            )
        ),
        "collections": list(Collection.objects.order_by("pk").values_list("name", "contextualizer_llm_model__name")),
    }


def picture_of(*, seed: int) -> dict[str, list[tuple[object, ...]]]:
    with transaction.atomic():
        load(teams=6, nodes=80, seed=seed)
        seen = picture()
        transaction.set_rollback(True)
    return seen


def test_the_same_seed_gives_the_same_tenants_and_another_seed_others():
    first = picture_of(seed=7)
    assert all(first.values())
    assert picture_of(seed=7) == first
    assert picture_of(seed=8)["nodes"] != first["nodes"]


@pytest.mark.parametrize(("teams", "nodes"), [(1, 1), (3, 3), (8, 200), (25, 301)])
def test_there_are_as_many_teams_and_nodes_as_asked_for(teams, nodes):
    report = load(teams=teams, nodes=nodes, seed=1)
    assert (report.teams, report.nodes) == (teams, nodes)
    assert Node.objects.count() == nodes
    assert Team.objects.count() == teams
    assert not Team.objects.filter(pipelines=None).exists()


def test_the_report_counts_what_is_in_the_tables():
    report = load(teams=8, nodes=200, seed=1)
    versioned = [Chatbot, Pipeline, Assistant]
    assert report.users == User.objects.count()
    assert report.chatbots == Chatbot.all_objects.count()
    assert report.pipelines == Pipeline.all_objects.count()
    assert report.assistants == Assistant.all_objects.count()
    assert report.evaluators == Evaluator.objects.count()
    assert report.transcript_analyses == TranscriptAnalysis.objects.count()
    assert report.collections == Collection.objects.count()
    assert report.custom_models == LlmProviderModel.objects.filter(team__isnull=False).count()
    assert report.archived == sum(kind.all_objects.filter(is_archived=True).count() for kind in versioned)
    assert report.published_versions == sum(
        kind.all_objects.filter(working_version__isnull=False).count() for kind in versioned
    )
    removals = {(entry.provider, entry.name) for entry in catalogue.load().removals}
    on_the_list = {row.pk for row in LlmProviderModel.objects.filter(team=None) if (row.type, row.name) in removals}
    assert report.models_to_remove == len(on_the_list) == len(removals)
    using = [node for node in Node.objects.all() if node.llm_provider_model_ref in on_the_list]
    assert report.nodes_on_models_to_remove == len(using) > 0


def test_the_rows_of_deprecated_and_removed_models_are_there_as_they_were():
    load(teams=1, nodes=1, seed=1)
    declared = catalogue.load()
    expected = {
        (model.provider, model.name): (model.token_limit, True) for model in declared.models if model.deprecated
    }
    expected |= {
        (entry.provider, entry.name): (RETIRED.get((entry.provider, entry.name), USUAL)[0], True)
        for entry in declared.removals
    }
    rows = {
        (row.type, row.name): (row.max_token_limit, row.deprecated)
        for row in LlmProviderModel.objects.filter(team=None)
    }
    assert {key: rows[key] for key in expected} == expected
    assert not any(deprecated for key, (_, deprecated) in rows.items() if key not in expected)


def test_a_row_that_exists_already_is_used_as_it_is():
    removal = catalogue.load().removals[0]
    kept = LlmProviderModelFactory.create(type=removal.provider, name=removal.name, max_token_limit=77)
    stock = make_stock()
    kept.refresh_from_db()
    assert kept.max_token_limit == 77
    assert kept in stock.to_remove


def test_a_model_that_went_on_the_list_lately_gets_a_usual_token_limit(monkeypatch):
    monkeypatch.setattr(
        "apps.service_providers.llm_service.default_models.DELETED_MODELS", [("openai", "made-up", "gpt-4.1")]
    )
    stock = make_stock()
    assert [(row.name, row.max_token_limit) for row in stock.replaced] == [("made-up", 8192)]


def test_tenants_use_active_deprecated_and_removed_models_in_every_kind_of_reference():
    """Rule 4: two keys on one row, hidden relations, archives, versions, ids as int and string, lists, many-to-many."""
    load(teams=8, nodes=400, seed=1)
    stock = make_stock()
    groups = [set(rows) for rows in (stock.active, stock.deprecated, stock.retired)]
    rows = LlmProviderModel.objects.in_bulk()
    used = {rows[pk] for node in Node.objects.all() for pk in model_ids(node.params)}
    assert all(group & used for group in groups)
    assert any(row.team_id for row in used)
    main = Counter(type(params["llm_provider_model_id"]) for params in _params() if "llm_provider_model_id" in params)
    assert main[int] > main[str] > 0
    assert any("fallback_llm_provider_model_ids" in params for params in _params())
    to_remove = {row.pk for row in stock.retired}
    published = Node.objects.filter(pipeline__working_version__isnull=False)
    archived = Node.objects.filter(pipeline__is_archived=True)
    assert published.filter(llm_provider_model_ref__in=to_remove).exists()
    assert archived.filter(llm_provider_model_ref__in=to_remove).exists()
    for queryset, field in [
        (Assistant.all_objects, "llm_provider_model"),
        (Evaluator.objects, "llm_provider_model"),
        (Evaluator.objects, "jury_models"),
        (TranscriptAnalysis.objects, "llm_provider_model"),
        (TranscriptAnalysis.objects, "translation_llm_provider_model"),
        (Collection.objects, "contextualizer_llm_model"),
    ]:
        assert queryset.filter(**{f"{field}__isnull": False}).exists(), field


def _params() -> list[dict[str, object]]:
    return list(Node.objects.values_list("params", flat=True))


def test_what_is_set_for_a_model_is_what_its_family_takes():
    """Rule 13 begins here: settings that the present model takes, and its replacement perhaps not."""
    load(teams=8, nodes=400, seed=3)
    families = {(model.provider, model.name): model.parameters for model in catalogue.load().models if model.parameters}
    families |= {key: family for key, (_, family) in RETIRED.items()}
    rows = LlmProviderModel.objects.in_bulk()
    checked = 0
    for node in Node.objects.filter(params__has_key="llm_model_parameters"):
        model = rows[node.llm_provider_model_ref]
        if (model.type, model.name) in families:
            families[model.type, model.name].model_validate(node.params["llm_model_parameters"])
            checked += 1
    assert checked > 100


def test_every_model_has_something_to_set():
    stock = make_stock()
    assert all(stock.settings.values())
    assert stock.settings_of(LlmProviderModelFactory.build(name="ft:own")) == SETTINGS[:1]


def test_steps_that_call_no_model_store_no_id():
    load(teams=4, nodes=100, seed=1)
    mails = Node.objects.filter(type="SendEmail")
    assert mails
    assert not mails.filter(llm_provider_model_ref__isnull=False).exists()
    assert not Node.objects.exclude(type="SendEmail").filter(llm_provider_model_ref=None).exists()


def test_teams_of_every_awkward_kind_are_there():
    load(teams=8, nodes=80, seed=1)
    teams = Team.objects.annotate(
        reachable=Count(
            "memberships",
            filter=Q(memberships__role=Membership.Role.ADMIN, memberships__user__is_active=True),
        ),
        admins=Count("memberships", filter=Q(memberships__role=Membership.Role.ADMIN)),
    ).order_by("pk")
    assert (teams[people.WITHOUT_ADMIN].admins, teams[people.ONLY_INACTIVE_ADMIN].admins) == (0, 1)
    assert teams[people.ONLY_INACTIVE_ADMIN].reachable == 0
    assert teams[people.MANY_ADMINS].reachable > 50
    assert not all(team.name.isascii() for team in teams)
    leaving = [row.pk for row in LlmProviderModel.objects.filter(team=None, deprecated=True)]
    on_leaving = Node.objects.filter(llm_provider_model_ref__in=leaving)
    assert not on_leaving.filter(pipeline__team=teams[tenants.UNAFFECTED]).exists()
    assert on_leaving.filter(pipeline__team=teams[0]).exists()


def test_custom_models_carry_own_names_names_of_global_ones_and_names_on_the_removal_list():
    """Rule 15: such models are the team's own and no removal touches them."""
    load(teams=8, nodes=80, seed=1)
    custom = {(row.type, row.name) for row in LlmProviderModel.objects.exclude(team=None)}
    listed = {(entry.provider, entry.name) for entry in catalogue.load().removals}
    active = {(model.provider, model.name) for model in catalogue.load().models if not model.deprecated}
    assert custom & listed
    assert custom & active
    assert custom - listed - active


def test_a_team_uses_no_custom_model_of_another_team():
    load(teams=8, nodes=300, seed=1)
    owners = dict(LlmProviderModel.objects.values_list("pk", "team"))
    used = [
        (owners[pk], node.pipeline.team_id)
        for node in Node.objects.select_related("pipeline")
        for pk in model_ids(node.params)
    ]
    custom = [(owner, user) for owner, user in used if owner is not None]
    assert custom
    assert {owner == user for owner, user in custom} == {True}


def test_published_chatbots_have_one_default_version_and_archives_are_whole():
    load(teams=8, nodes=300, seed=1)
    published = Chatbot.all_objects.exclude(working_version=None)
    defaults = published.filter(is_default_version=True)
    assert set(published.values_list("working_version", flat=True)) == set(
        defaults.values_list("working_version", flat=True)
    )
    assert published.filter(version_number=2).exists()
    assert not published.exclude(pipeline__working_version__isnull=False).exists()
    for kind in (Chatbot, Pipeline):
        archived = kind.all_objects.filter(is_archived=True)
        assert archived.exists()
        assert not kind.all_objects.filter(working_version__in=archived, is_archived=False).exists()
    assert Pipeline.objects.filter(chatbots=None).exists()


def test_addresses_are_made_up_and_the_staff_user_can_log_in():
    report = load(teams=30, nodes=60, seed=1)
    assert all(email.endswith((".example.org", "@example.org", "@example.com")) for email in _emails())
    user = authenticate(username=report.staff_email, password=report.staff_password)
    assert user is not None
    assert user.is_superuser


def _emails() -> list[str]:
    return list(User.objects.values_list("email", flat=True))


def test_names_and_slugs_of_many_teams_differ():
    made = people.make_teams(500)
    assert len({team.slug for team in made}) == len({team.name for team in made}) == 500
    assert all(team.slug.isascii() for team in made)
    assert made[20].name == "Zürich Water Works, Lyon"
    assert made[220].name == "Zürich Water Works, Lyon 2"


def test_shares_are_uneven_and_sum_up():
    shares = tenants.shares(1000, among=7, rng=random.Random(1))
    assert sum(shares) == 1000
    assert min(shares) >= 1
    assert len(set(shares)) > 1


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"teams": 0, "nodes": 5}, "--teams is 0: give 1 or more"),
        ({"teams": -2, "nodes": 5}, "--teams is -2: give 1 or more"),
        ({"teams": 5, "nodes": 4}, "--nodes is 4, fewer than the 5 teams"),
        ({"teams": 5, "nodes": -1}, "--nodes is -1, fewer than"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(numbers, words):
    with pytest.raises(DemoRefusedError, match=words):
        load(**numbers, seed=1)
    assert not User.objects.exists()


def test_it_refuses_production(settings):
    settings.DEBUG = False
    with pytest.raises(DemoRefusedError, match="DJANGO_DEBUG is false"):
        load(teams=1, nodes=1, seed=1)
    assert not User.objects.exists()


def test_it_refuses_a_database_without_models():
    delete_all_models()
    with pytest.raises(DemoRefusedError, match=r"Run `python manage\.py migrate` first"):
        load(teams=1, nodes=1, seed=1)


def test_it_refuses_to_load_twice():
    load(teams=1, nodes=1, seed=1)
    before = picture()
    with pytest.raises(DemoRefusedError, match="loaded in this database already"):
        load(teams=1, nodes=1, seed=2)
    assert picture() == before


def test_a_failure_leaves_nothing_behind():
    disk_is_full = before_statement('INSERT INTO "assistants_assistant"', raising(OSError("disk full")))
    with pytest.raises(OSError, match="disk"), disk_is_full, transaction.atomic():
        load(teams=2, nodes=10, seed=1)
    assert not User.objects.exists()
    assert not Node.objects.exists()


def test_ten_thousand_nodes_are_written_in_few_statements():
    """It takes seconds, not minutes: nothing is written row by row."""
    with CaptureQueriesContext(connection) as queries:
        report = load(teams=60, nodes=10_000, seed=1)
    assert report.nodes == 10_000
    assert len(queries) < 250
