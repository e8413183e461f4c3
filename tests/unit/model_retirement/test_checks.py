"""The system checks: one test per id."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core import checks
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now

from apps.service_providers.llm_service import default_models
from model_retirement.catalogue import view as catalogue
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.facts import ModelFacts
from model_retirement.catalogue.findings import Finding, Rule
from model_retirement.catalogue.parameters import TranscriptionParameters
from model_retirement.checks import (
    CATALOGUE_TAG,
    check_catalogue,
    check_catalogue_warnings,
    check_staying,
    check_table,
)
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.wording import MOST_NAMED
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models

# A provider has to have both defaults, or W005 is in every result.
BASE = Model("base", 10, is_default=True, is_translation_default=True)
PAST, TODAY, FUTURE = dt.date(2026, 8, 17), dt.date(2026, 8, 18), dt.date(2026, 8, 19)


def ids_and_messages(messages: list[checks.CheckMessage]) -> list[tuple[str, str]]:
    return [(str(message.id).removeprefix("model_retirement."), message.msg) for message in messages]


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(dt.datetime(2026, 8, 18, 12, tzinfo=dt.UTC), tick=False):
        yield


def lint() -> list[checks.CheckMessage]:
    """Return all that is said of the catalogue."""
    return check_catalogue() + check_catalogue_warnings()


@pytest.fixture
def typed(monkeypatch):
    """Return a function that makes this process one of a command line."""

    def type_(*words: str) -> None:
        monkeypatch.setattr(sys, "argv", list(words))

    type_("manage.py", "check")
    return type_


@pytest.fixture
def checked(monkeypatch, typed):
    """Return a function that runs the checks on lists for OpenAI and returns ids and messages."""

    def run(models: list | None = None, removals: list | None = None) -> list[tuple[str, str]]:
        monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": [BASE, *(models or [])]})
        monkeypatch.setattr(default_models, "DELETED_MODELS", removals or [])
        messages = lint()
        assert all(message.hint for message in messages)
        for message in messages:
            assert isinstance(message, checks.Error if ".E" in str(message.id) else checks.Warning)
        return ids_and_messages(messages)

    return run


def test_every_id_has_a_test():
    tests = [name for name in globals() if name.startswith("test_")]
    ids = [rule.value.removeprefix("model_retirement.").lower() for rule in Rule]

    missing = [id_ for id_ in ids if not any(name.startswith(f"test_{id_}_") for name in tests)]

    assert missing == [], f"Write a test named test_{missing[0]}_... here: a check without one is not known to work."


def test_a_sound_catalogue_has_no_findings(checked):
    assert checked([Model("old", 1, deprecated=True, replacement="base")], [("openai", "gone", "base")]) == []


def test_the_real_catalogue_has_no_errors():
    assert [message for message in check_catalogue() if message.level >= checks.ERROR] == []


@pytest.mark.usefixtures("pinned_catalogue", "typed")
def test_warnings_about_a_catalogue_as_large_as_the_real_one():
    messages = lint()

    assert [(message.id, message.msg.split()[0]) for message in messages] == [
        ("model_retirement.W006", "anthropic"),
        ("model_retirement.W006", "openai"),
        ("model_retirement.W006", "groq"),
        ("model_retirement.W005", "minimax"),
        ("model_retirement.W006", "google"),
    ]


def test_the_checks_are_registered():
    registered = {getattr(check, "__name__", ""): check.tags for check in checks.registry.registry.get_checks()}

    assert CATALOGUE_TAG in registered["check_catalogue"]
    assert CATALOGUE_TAG in registered["check_catalogue_warnings"]
    assert checks.Tags.database in registered["check_table"]


@pytest.mark.usefixtures("pinned_catalogue")
@pytest.mark.parametrize(
    ("words", "number"),
    [
        (["manage.py", "check"], 5),
        (["django-admin", "check", "--deploy"], 5),
        (["manage.py", "migrate"], 0),
        (["manage.py", "migrate", "check"], 0),
        (["gunicorn"], 0),
    ],
)
def test_only_check_shows_what_the_lint_warns_of(typed, words, number):
    typed(*words)

    assert len(check_catalogue_warnings()) == number


def test_every_command_shows_the_errors_of_the_lint_and_check_shows_them_once(checked, typed):
    removals = [("openai", "a", "nobody")]

    assert [id_ for id_, _ in checked(removals=removals)] == ["E006"]
    typed("manage.py", "migrate")
    assert [id_ for id_, _ in checked(removals=removals)] == ["E006"]


@pytest.mark.usefixtures("pinned_catalogue", "typed")
def test_checks_of_other_apps_do_not_run_these():
    others = [apps.get_app_config("teams")]

    assert check_catalogue(app_configs=others) == []
    assert check_catalogue_warnings(app_configs=others) == []
    assert check_table(app_configs=others, databases=["default"]) == []


def test_e001_malformed_entry(checked):
    assert checked(removals=[("openai",)]) == [("E001", "DELETED_MODELS[0] is ('openai',), no removal.")]


def test_e002_unknown_provider(checked):
    assert [id_ for id_, _ in checked(removals=[("nobody", "a")])] == ["E002"]


def test_e003_duplicate(checked):
    assert checked([Model("a", 1), Model("a", 2)]) == [
        ("E003", "openai/a stands 2 times in DEFAULT_LLM_PROVIDER_MODELS.")
    ]


def test_e004_model_in_both_lists(checked):
    assert [id_ for id_, _ in checked([Model("a", 1)], [("openai", "a")])] == ["E004"]


@pytest.mark.parametrize("limit", [0, -1, 2**31])
def test_e005_token_limit_out_of_range(checked, limit):
    assert checked([Model("a", limit)]) == [("E005", f"openai/a has a token limit of {limit}.")]


def test_e006_replacement_missing(checked):
    assert checked(removals=[("openai", "a", "nope")]) == [
        ("E006", "openai/a is replaced by openai/nope, which is not in the catalogue.")
    ]
    assert [id_ for id_, _ in checked([Model("a", 1, deprecated=True, replacement="nope")])] == ["E006"]


def test_e006_replacement_of_another_provider(checked, monkeypatch):
    checked()
    monkeypatch.setattr(default_models, "DELETED_MODELS", [("groq", "a", "base")])

    assert [message.id for message in check_catalogue()] == ["model_retirement.E006"]


def test_e007_replacement_removed_without_successor(checked):
    assert checked(removals=[("openai", "a", "b"), ("openai", "b")]) == [
        ("E007", "openai/a is replaced by openai/b, which is removed without a successor.")
    ]


def test_e008_replacement_past_its_retirement(checked):
    retired = Model("r", 1, deprecated=True, replacement="base", retires_on=PAST)

    assert checked([retired], [("openai", "a", "r")])[0] == (
        "E008",
        "openai/a is replaced by openai/r, which the provider switched off on 2026-08-17.",
    )


def test_e008_replacement_past_its_retirement_that_nobody_marked(checked):
    """Rule 3: the provider's date counts, whatever the flag says."""
    messages = checked([Model("r", 1, retires_on=PAST)], [("openai", "a", "r")])

    assert [id_ for id_, _ in messages] == ["E008", "W012"]


@pytest.mark.parametrize(
    "removals",
    [
        [("openai", "a", "a")],
        [("openai", "a", "b"), ("openai", "b", "a")],
        [("openai", "b", "c"), ("openai", "c", "a"), ("openai", "a", "b")],
    ],
)
def test_e009_cycle_is_found_once(checked, removals):
    ((id_, message),) = checked(removals=removals)

    assert id_ == "E009"
    assert "openai run in a circle: a -> " in message
    assert message.endswith("-> a.")


def test_e009_cycle_of_deprecated_models(checked):
    models = [Model("a", 1, deprecated=True, replacement="b"), Model("b", 1, deprecated=True, replacement="a")]

    assert [id_ for id_, _ in checked(models)] == ["E009"]


def test_e010_retired_before_it_is_deprecated(checked):
    model = Model("a", 1, deprecated=True, replacement="base", deprecated_on=FUTURE, retires_on=TODAY)

    assert checked([model]) == [("E010", "openai/a retires on 2026-08-18, before it is deprecated on 2026-08-19.")]


def test_e010_both_on_one_day_is_in_order(checked):
    model = Model("a", 1, deprecated=True, replacement="base", deprecated_on=TODAY, retires_on=TODAY)

    assert checked([model]) == []


def test_e012_facts_that_cannot_be_read(checked, monkeypatch):
    monkeypatch.setattr(default_models, "MODEL_FACTS", {"openai/base": {"kind": "talk"}}, raising=False)

    ((id_, message),) = checked()

    assert id_ == "E012"
    assert message.startswith("MODEL_FACTS: openai/base: kind is 'talk', none of chat, embedding,")


def test_e013_replacement_of_another_kind(checked):
    other = Model("w", 1, kind="transcription")

    assert checked([Model("a", 1, deprecated=True, replacement="w", kind="chat"), other]) == [
        ("E013", "openai/a is for chat, and its replacement openai/w for transcription.")
    ]


def test_e014_replacement_that_retires_before_what_it_replaces(checked):
    replaced = Model("a", 1, deprecated=True, replacement="r", retires_on=FUTURE)

    assert checked([replaced, Model("r", 1, retires_on=TODAY)]) == [
        ("E014", "openai/a retires on 2026-08-19, and its replacement openai/r before that, on 2026-08-18.")
    ]


def test_w016_kind_that_the_facts_contradict(checked, monkeypatch):
    facts = {"openai/w": {"kind": "chat", "source": "a feed"}, "openai/base": {"kind": "chat"}}
    monkeypatch.setattr(default_models, "MODEL_FACTS", facts, raising=False)

    assert checked([Model("w", 1, parameters=TranscriptionParameters), Model("c", 1, kind="chat")]) == [
        ("W016", "openai/w is declared to be for transcription, and the facts (a feed) say that it is for chat.")
    ]


def test_w001_chain(checked):
    """A chain is a warning: it resolves to its end (rule 3)."""
    assert checked(removals=[("openai", "a", "b"), ("openai", "b", "base")]) == [
        ("W001", "openai/a is replaced by openai/b, which is itself replaced by openai/base.")
    ]


@pytest.mark.parametrize("dates", [{}, {"retires_on": FUTURE}, {"retires_on": PAST, "retires_on_is_earliest": True}])
def test_w002_replacement_deprecated(checked, dates):
    deprecated = Model("d", 1, deprecated=True, replacement="base", **dates)

    assert checked([deprecated], [("openai", "a", "d")]) == [
        ("W002", "openai/a is replaced by openai/d, which is deprecated.")
    ]


@pytest.mark.parametrize("flag", ["is_default", "is_translation_default"])
def test_w003_default_deprecated(checked, flag):
    default: dict[str, Any] = {flag: True}
    deprecated = Model("d", 1, deprecated=True, replacement="base", **default)

    assert [id_ for id_, _ in checked([deprecated])] == ["W003", "W004"]


@pytest.mark.parametrize(
    ("flag", "what"), [("is_default", "default"), ("is_translation_default", "translation default")]
)
def test_w004_several_defaults(checked, flag, what):
    default: dict[str, Any] = {flag: True}

    assert checked([Model("d", 1, **default)]) == [("W004", f"openai has more than one {what}: base, d.")]


def test_w005_no_default(checked, monkeypatch):
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": [Model("a", 1)]})
    monkeypatch.setattr(default_models, "DELETED_MODELS", [])

    assert [message.msg for message in lint()] == ["openai has no default."]


def test_w005_no_translation_default_where_another_provider_has_one(checked, monkeypatch):
    """A platform that translates nothing sets the flag nowhere, and hears nothing of it."""
    listed = {
        "openai": [Model("a", 1, is_default=True, is_translation_default=True)],
        "groq": [Model("b", 1, is_default=True)],
    }
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", listed)
    monkeypatch.setattr(default_models, "DELETED_MODELS", [])

    assert [message.msg for message in lint()] == ["groq has no translation default."]


def test_w006_deprecated_without_replacement_is_one_message_per_provider(checked):
    assert checked([Model("a", 1, deprecated=True), Model("b", 1, deprecated=True)]) == [
        ("W006", "openai has deprecated models without a replacement: a, b.")
    ]


def test_w010_removal_before_the_provider_retires_the_model(checked):
    removals = [
        Deleted("openai", "early", "base", retires_on=FUTURE),
        Deleted("openai", "due", "base", retires_on=TODAY),
        Deleted("openai", "late", "base", retires_on=PAST),
    ]

    assert checked(removals=removals) == [
        ("W010", "openai/early is on the removal list, but retires in 1 day, on 2026-08-19.")
    ]


@pytest.mark.parametrize(
    ("day", "when"),
    [
        (TODAY, "on the same day"),
        (FUTURE, "1 day later, on 2026-08-19"),
        (TODAY + dt.timedelta(90), "90 days later, on 2026-11-16"),
    ],
)
def test_w011_replacement_that_retires_soon_after_what_it_replaces(checked, day, when):
    replaced = Model("a", 1, deprecated=True, replacement="r", retires_on=TODAY)

    assert checked([replaced, Model("r", 1, retires_on=day)]) == [
        ("W011", f"openai/a retires on 2026-08-18, and its replacement openai/r {when}.")
    ]


def test_w011_replacement_of_a_removal(checked):
    removal = Deleted("openai", "a", "r", retires_on=FUTURE)

    assert [id_ for id_, _ in checked([Model("r", 1, retires_on=FUTURE)], [removal])] == ["W011", "W010"]


@pytest.mark.parametrize(
    "replacement",
    [
        Model("r", 1, retires_on=TODAY + dt.timedelta(91)),
        Model("r", 1, retires_on=PAST, retires_on_is_earliest=True),
        Model("r", 1),
    ],
)
def test_w011_replacement_that_stays_longer_or_for_all_that_is_known(checked, replacement):
    replaced = Model("a", 1, deprecated=True, replacement="r", retires_on=TODAY)

    assert checked([replaced, replacement]) == []


@pytest.mark.parametrize(("deprecated", "where"), [(False, "still offered"), (True, "still in the catalogue")])
def test_w012_retired_and_still_there(checked, deprecated, where):
    model = Model("a", 1, deprecated=deprecated, replacement="base", retires_on=PAST)

    assert checked([model]) == [("W012", f"openai/a retired 1 day ago, on 2026-08-17, and is {where}.")]


def test_w012_on_the_day_itself_it_may_still_work(checked):
    assert checked([Model("a", 1, deprecated=True, replacement="base", retires_on=TODAY)]) == []


def test_w013_deprecated_by_its_date_and_not_marked(checked):
    model = Model("a", 1, replacement="base", deprecated_on=TODAY)

    assert checked([model]) == [("W013", "openai/a is deprecated since 2026-08-18, but can still be chosen.")]


@pytest.mark.parametrize("facts", [{"deprecated_on": FUTURE}, {"deprecated_on": PAST, "deprecated": True}])
def test_w013_before_its_date_or_marked(checked, facts):
    assert checked([Model("a", 1, replacement="base", **facts)]) == []


PRICES = {
    ("openai", "a"): ModelFacts(price_in=Decimal(1), price_out=Decimal(4)),
    ("openai", "base"): ModelFacts(price_in=Decimal(1), price_out=Decimal(5)),
}


def dearer(entry: Model | Deleted) -> list[Finding]:
    models, removals = ([entry], []) if isinstance(entry, Model) else ([], [entry])
    declared = catalogue.load(models={"openai": [BASE, *models]}, removals=removals, facts=PRICES)
    return [finding for finding in declared.problems() if finding.rule is Rule.DEARER]


@pytest.mark.parametrize("entry", [Model("a", 1, deprecated=True, replacement="base"), Deleted("openai", "a", "base")])
def test_w017_replacement_that_is_dearer_than_the_platform_allows(settings, entry):
    """Rule 28: people see it in time. What is still to be removed, it stops."""
    settings.MODEL_RETIREMENT_MAX_PRICE_INCREASE = 12.5
    (finding,) = dearer(entry)

    assert finding.message == (
        "openai/a is replaced by openai/base, which is more than the 12.5 % dearer that the platform allows. A million "
        "tokens cost $1 as before to read and $5 in place of $4 (25 % more) to write."
    )
    assert finding.hint == "Name a cheaper replacement, or write accept_price_increase=True in the entry of openai/a."
    assert (finding.level, finding.blocks_removal) == ("warning", isinstance(entry, Deleted))


@pytest.mark.parametrize(
    ("percent", "entry"),
    [
        (None, Model("a", 1, deprecated=True, replacement="base")),
        (25, Model("a", 1, deprecated=True, replacement="base")),
        (10, Model("a", 1, replacement="base")),
        (10, Model("a", 1, deprecated=True, replacement="base", accept_price_increase=True)),
        (10, Deleted("openai", "a", "base", accept_price_increase=True)),
        (10, Deleted("openai", "a")),
        (10, Deleted("openai", "a", "missing")),
    ],
)
def test_w017_only_of_what_goes_to_what_is_there_and_was_not_accepted(settings, percent, entry):
    settings.MODEL_RETIREMENT_MAX_PRICE_INCREASE = percent
    assert dearer(entry) == []


def test_the_day_can_be_given():
    declared = catalogue.load(models={"openai": [BASE]}, removals=[Deleted("openai", "a", "base", retires_on=FUTURE)])

    assert [finding.rule for finding in declared.problems(today=PAST)] == [Rule.REMOVED_EARLY]
    assert declared.problems(today=FUTURE) == ()


@pytest.fixture
def table(db, checked):
    """Return a function that compares a table that holds just ``base`` with the lists, and returns ids and messages."""
    delete_all_models()
    LlmProviderModelFactory.create(name="base", max_token_limit=10)

    def run(models: list | None = None, removals: list | None = None) -> list[tuple[str, str]]:
        checked(models, removals)
        messages = check_table(databases=["default"])
        assert all("python manage.py llm_models sync" in str(message.hint) for message in messages)
        return ids_and_messages(messages)

    return run


def test_a_table_that_matches_has_no_findings(table):
    LlmProviderModelFactory.create(name="leaving", deprecated=True)

    assert table([Model("never came", 1, deprecated=True)], [Deleted("openai", "leaving")]) == []


def test_w007_model_not_in_the_table(table):
    assert table([Model("new", 1)]) == [("W007", "The table lacks models of the catalogue: openai/new.")]


def test_w007_long_lists_are_shortened_with_a_count(table):
    ((_, message),) = table([Model(f"new{number:02}", 1) for number in range(MOST_NAMED + 2)])

    assert message.endswith("openai/new09 and 2 more.")


@pytest.mark.parametrize(
    ("row", "removals"),
    [({"max_token_limit": 2}, []), ({"deprecated": True, "max_token_limit": 1}, []), ({}, [("openai", "other")])],
)
def test_w008_limit_or_flag_differs(table, row, removals):
    LlmProviderModelFactory.create(name="other", **row)

    ((id_, message),) = table([] if removals else [Model("other", 1)], removals)

    assert id_ == "W008"
    assert message.endswith("openai/other.")


@pytest.mark.parametrize("deprecated", [False, True])
def test_w009_row_in_neither_list(table, deprecated):
    LlmProviderModelFactory.create(name="unknown", deprecated=deprecated)

    assert table() == [("W009", "Global models are in neither list: openai/unknown.")]


@pytest.fixture
def returned(db, checked):
    """Return a function that lists models that are in the table, gives their records a status and checks."""
    delete_all_models()

    def run(*names: str, status: str) -> list[checks.CheckMessage]:
        for name in names:
            LlmProviderModelFactory.create(name=name)
            CustomMigration.objects.create(name=f"remove_deprecated_models:openai/{name}", status=status)
        checked(removals=[("openai", name) for name in (*names, "gone")])
        return check_staying(databases=["default"])

    return run


def test_e011_listed_model_in_the_table_whose_removal_is_recorded_as_done(returned):
    """Rule 20."""
    (message,) = returned("m", status="applied")

    assert (message.id, message.level, message.obj) == ("model_retirement.E011", checks.ERROR, "database default")
    assert message.msg == "Models are in the table although their removal is recorded as done: openai/m."
    assert "`python manage.py remove_deprecated_models`; with `--only openai/m`" in str(message.hint)


def test_e011_long_lists_are_shortened_with_a_count(returned):
    (message,) = returned(*(f"m{number:02}" for number in range(12)), status="applied")

    assert message.msg.endswith("openai/m09 and 2 more.")
    assert message.hint == "Run `python manage.py remove_deprecated_models`."


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_e011_what_waits_is_not_done(returned, status):
    assert returned("m", status=status) == []


def test_e011_an_error_about_another_entry_hides_nothing(returned, monkeypatch):
    """Rules 20 and 30."""
    returned("m", status="applied")
    monkeypatch.setattr(default_models, "DELETED_MODELS", [3, ("openai", "m")])

    assert [message.id for message in check_staying(databases=["default"])] == ["model_retirement.E011"]


def test_w014_listed_model_that_a_removal_leaves_alone(returned):
    """Rule 20: a warning while it is restored or faked."""
    (message,) = returned("m", status="faked")

    assert (message.id, message.level) == ("model_retirement.W014", checks.WARNING)
    assert message.msg == "Models are listed for removal and left in the table, marked as done by hand: openai/m."
    unmark = "`custom_migrations unmark remove_deprecated_models:openai/m` opens it again"
    assert message.hint == f"{unmark}; or take them out of DELETED_MODELS."


def test_w014_several_are_one_finding(returned):
    (message,) = returned("m", "n", status="faked")

    assert str(message.msg).endswith("by hand: openai/m, openai/n.")
    assert "unmark remove_deprecated_models:PROVIDER/NAME`" in str(message.hint)


def test_w018_listed_models_in_the_table_whose_removal_nobody_has_asked_for(returned):
    """Rule 20: the list was edited and no migration asks, or the request was carried out when the list was another."""
    returned("m", "n", status="applied")
    CustomMigration.objects.all().delete()
    (message,) = check_staying(databases=["default"])

    assert (message.id, message.level) == ("model_retirement.W018", checks.WARNING)
    assert str(message.msg).endswith("and nobody has asked for their removal: openai/m, openai/n.")
    assert message.hint == (
        "Run `python manage.py remove_deprecated_models`. Elsewhere a migration asks for it: "
        'RunDataMigration("remove_deprecated_models").'
    )


@pytest.mark.parametrize("reason", ["removal", "migrations", "router", "no database", "another app"])
def test_nothing_is_said_of_what_is_back_where_it_is_not_known_yet(returned, settings, reason):
    assert returned("m", status="applied")
    options: dict[str, Any] = {"databases": ["default"]}
    match reason:
        case "removal":
            later = Now() + dt.timedelta(hours=1)
            claim = {"lease_expires_at": later}
            CustomMigration.objects.update_or_create(name="remove_deprecated_models", defaults=claim)
        case "migrations":
            MigrationRecorder(connection).migration_qs.filter(app="service_providers").delete()
        case "router":
            settings.DATABASE_ROUTERS = [Elsewhere()]
        case "no database":
            options["databases"] = None
        case "another app":
            options["app_configs"] = [apps.get_app_config("teams")]

    assert check_staying(**options) == []


def test_no_database_is_asked_unless_it_is_named(table):
    table([Model("new", 1)])

    assert check_table(databases=None) == []


def test_a_catalogue_that_cannot_be_read_is_left_to_the_other_check(table):
    assert table(["no model"]) == []


@pytest.mark.parametrize("app", ["service_providers", "model_retirement", "model_retirement_data_migrations"])
def test_nothing_is_said_while_migrations_wait(table, returned, app):
    MigrationRecorder(connection).migration_qs.filter(app=app).delete()

    assert table([Model("new", 1)]) == []
    assert returned("m", status="applied") == []


def test_each_of_several_databases_is_compared_and_one_without_the_table_is_not(table, monkeypatch):
    settings = {**connections["default"].settings_dict, "ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    monkeypatch.setitem(connections.settings, "empty", {**settings, "OPTIONS": {}})
    empty = connections["empty"]
    empty.connect()
    # Django keeps tests out of databases that the runner did not make.
    monkeypatch.setattr(empty, "ensure_connection", lambda: None)
    table([Model("new", 1)])

    messages = check_table(databases=["empty", "default"])
    empty.close()

    assert [(message.id, message.obj) for message in messages] == [("model_retirement.W007", "database default")]


class Elsewhere:
    """A router that keeps the models out of every database."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return False


def test_a_database_that_the_router_keeps_the_models_out_of_is_not_compared(table, settings):
    settings.DATABASE_ROUTERS = [Elsewhere()]

    assert table([Model("new", 1)]) == []


def test_the_command_shows_the_findings_with_their_hints(table, capsys):
    table([Model("new", 1)])

    call_command("check", databases=["default"], tags=["database", "catalogue"])

    shown = capsys.readouterr().err
    assert "database default: (model_retirement.W007) The table lacks models of the catalogue: openai/new." in shown
    assert "HINT: Run `python manage.py llm_models sync`." in shown
