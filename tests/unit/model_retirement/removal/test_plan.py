"""The plan of a removal: what goes, what stays and what stops it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.facts import ModelFacts, ModelKind
from model_retirement.catalogue.parameters import BasicParameters
from model_retirement.catalogue.token_limits import limit_warnings
from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.removal.plan import LeftAlone, RemovalRefused, Replacement, Skipped
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory
from tests.unit.model_retirement.removal.removals import plan_of, run_of

pytestmark = pytest.mark.django_db

NEW = Model("new", 16_000)


@pytest.fixture(autouse=True)
def empty_table(db):
    delete_all_models()


def test_a_removal_with_a_replacement_repoints_and_one_without_clears():
    old, older = LlmProviderModelFactory.create(name="old"), LlmProviderModelFactory.create(name="older")
    new = LlmProviderModelFactory.create(name="new", max_token_limit=16_000)

    plan = plan_of(("old", "new"), "older", active=[NEW])

    assert [(model.name, model.action, model.replacement) for model in plan.models] == [
        ("old", "repoint", Replacement(new.pk, "new", 16_000, BasicParameters)),
        ("older", "clear", None),
    ]
    assert plan.moves.targets == {old.pk: new.pk, older.pk: None}


def test_an_entry_without_a_row_is_skipped_and_never_stops_the_run():
    """Rule 3: a fault in an entry whose row does not exist here harms nobody."""
    plan = plan_of(("old", "missing"), "older")
    assert plan.models == ()
    assert plan.skipped == (
        Skipped("openai", "old", "not in the table"),
        Skipped("openai", "older", "not in the table"),
    )
    assert plan.absent == ("openai/old", "openai/older")


def test_an_entry_without_a_row_whose_removal_is_recorded_is_not_recorded_again():
    run_once.record_units(
        names=["remove_deprecated_models:openai/old"],
        status=CustomMigration.Status.APPLIED,
        triggered_by="a test",
        using="default",
    )
    assert plan_of("old").absent == ()


@pytest.mark.parametrize(
    ("removals", "active"),
    [
        ([("old", "missing")], []),
        ([("old", "between"), "between"], []),
        ([("old", "between"), ("between", "old")], []),
        ([("old", "new")], [Model("new", 1, deprecated=True, retires_on=dt.date(2020, 1, 1))]),
        ([("old", "new")], [Model("new", 1, retires_on=dt.date(2020, 1, 1))]),
    ],
    ids=[
        "missing from the catalogue",
        "removed without a successor",
        "cycle",
        "deprecated past its date",
        "past its date and not marked",
    ],
)
def test_a_replacement_that_cannot_take_over_stops_the_run(removals, active):
    """Rule 3: references are never silently cleared."""
    for name in ("old", "between", "new"):
        LlmProviderModelFactory.create(name=name)
    with pytest.raises(RemovalRefused, match=r"^Nothing was removed\. .*openai.*old"):
        plan_of(*removals, active=active)


def test_a_replacement_is_past_its_date_from_the_day_after_on():
    """Rule 3: the day is the one that the plan was given."""
    LlmProviderModelFactory.create(name="old")
    LlmProviderModelFactory.create(name="new")
    retires_on = dt.date(2026, 12, 22)
    new = Model("new", 1, deprecated=True, retires_on=retires_on)
    planned = plan_of(("old", "new"), active=[new], today=retires_on)
    assert (len(planned.models), planned.today) == (1, retires_on)
    with pytest.raises(RemovalRefused, match="which the provider switched off on 2026-12-22"):
        plan_of(("old", "new"), active=[new], today=retires_on + dt.timedelta(days=1))


def test_a_replacement_that_is_deprecated_but_still_runs_takes_over():
    LlmProviderModelFactory.create(name="old")
    new = LlmProviderModelFactory.create(name="new", deprecated=True)
    assert list(plan_of(("old", "new"), active=[Model("new", 1, deprecated=True)]).moves.targets.values()) == [new.pk]


def test_a_replacement_that_is_not_in_the_table_stops_the_run():
    """Rule 3."""
    LlmProviderModelFactory.create(name="old")
    with pytest.raises(RemovalRefused, match="its replacement new is not in the table; run `migrate`"):
        plan_of(("old", "new"), active=[NEW])


def test_a_custom_model_is_no_replacement():
    LlmProviderModelFactory.create(name="old")
    LlmProviderModelFactory.create(name="new", team=TeamFactory.create())
    with pytest.raises(RemovalRefused, match="new is not in the table"):
        plan_of(("old", "new"), active=[NEW])


def test_a_replacement_of_another_kind_stops_the_run_and_an_unknown_kind_does_not():
    """Rule 3: stopped before any change; what nobody knows stops nothing."""
    for name in ("old", "new"):
        LlmProviderModelFactory.create(name=name)
    said = {"old": ModelFacts(kind=ModelKind.TRANSCRIPTION)}
    new = Model("new", 1, kind="chat")
    with pytest.raises(
        RemovalRefused, match="openai/old is for transcription, and its replacement openai/new for chat"
    ):
        plan_of(("old", "new"), active=[new], facts=said)
    assert len(plan_of(("old", "new"), active=[new]).models) == 1
    assert len(plan_of(("old", "new"), active=[NEW], facts=said).models) == 1


def test_a_replacement_that_retires_before_what_it_replaces_stops_the_run():
    for name in ("old", "new"):
        LlmProviderModelFactory.create(name=name)
    day = dt.date(2026, 12, 22)
    entry = Deleted("openai", "old", "new", retires_on=day)
    new = Model("new", 1, retires_on=day - dt.timedelta(days=1))
    with pytest.raises(RemovalRefused, match="its replacement openai/new before that, on 2026-12-21"):
        plan_of(entry, active=[new], today=dt.date(2026, 8, 18))
    maybe = dataclasses.replace(new, retires_on_is_earliest=True)
    assert len(plan_of(entry, active=[maybe], today=dt.date(2026, 8, 18)).models) == 1


PRICES = {
    "old": ModelFacts(price_in=Decimal("0.40"), price_out=Decimal("1.60")),
    "new": ModelFacts(price_in=Decimal(2), price_out=Decimal("1.60")),
}


def test_a_dearer_replacement_stops_the_run_until_its_entry_accepts_it(settings):
    """Rule 28. Both prices, the percentage and what to write are in one line, and nothing has been changed."""
    settings.MODEL_RETIREMENT_MAX_PRICE_INCREASE = 10
    LlmProviderModelFactory.create(name="old")
    LlmProviderModelFactory.create(name="new")
    with pytest.raises(RemovalRefused) as refusal:
        plan_of(("old", "new"), active=[NEW], facts=PRICES)
    assert str(refusal.value) == (
        "Nothing was removed. openai/old is replaced by openai/new, which is more than the 10 % dearer that the platform "
        "allows. A million tokens cost $2 in place of $0.40 (400 % more) to read and $1.60 as before to write. Name a "
        "cheaper replacement, or write accept_price_increase=True in the entry of openai/old."
    )

    accepted = Deleted("openai", "old", "new", accept_price_increase=True)
    (model,) = plan_of(accepted, active=[NEW], facts=PRICES).models
    assert model.move is not None
    assert model.move.price_in.ratio == 5


def test_a_dearer_model_at_the_end_of_a_chain_stops_the_run(settings):
    settings.MODEL_RETIREMENT_MAX_PRICE_INCREASE = 10
    for name in ("old", "new"):
        LlmProviderModelFactory.create(name=name)
    with pytest.raises(RemovalRefused, match="openai/old is replaced by openai/new, which is more than"):
        plan_of(("old", "between"), ("between", "new"), active=[NEW], facts=PRICES)


@pytest.mark.parametrize(
    ("percent", "facts"),
    [(None, PRICES), (400, PRICES), (0, {"old": PRICES["old"]}), (0, {"new": PRICES["new"]}), (0, {})],
    ids=["no threshold", "not by more", "price after unknown", "price before unknown", "no price known"],
)
def test_a_price_stops_nothing_without_a_threshold_or_without_facts(settings, percent, facts):
    settings.MODEL_RETIREMENT_MAX_PRICE_INCREASE = percent
    LlmProviderModelFactory.create(name="old")
    LlmProviderModelFactory.create(name="new")
    assert plan_of(("old", "new"), active=[NEW], facts=facts).models


def test_a_dearer_replacement_of_what_is_gone_already_stops_nothing(settings):
    """Rule 3: it stops only for entries whose row exists here."""
    settings.MODEL_RETIREMENT_MAX_PRICE_INCREASE = 10
    LlmProviderModelFactory.create(name="new")
    assert plan_of(("old", "new"), active=[NEW], facts=PRICES).absent == ("openai/old",)


def test_a_chain_moves_to_its_end_in_one_move():
    """Rule 3: a to b to c resolves to c, in whichever order they are listed."""
    ids = {name: LlmProviderModelFactory.create(name=name).pk for name in ("a", "b", "new")}
    for removals in ([("a", "b"), ("b", "new")], [("b", "new"), ("a", "b")]):
        assert plan_of(*removals, active=[NEW]).moves.targets == {ids["a"]: ids["new"], ids["b"]: ids["new"]}


def test_every_problem_is_named_at_once():
    for name in ("one", "two"):
        LlmProviderModelFactory.create(name=name)
    with pytest.raises(RemovalRefused, match=r"openai/one.* openai/two"):
        plan_of(("one", "x"), ("two", "y"))


def test_a_constraint_that_no_app_declares_stops_the_run_by_name():
    """Rule 5."""
    LlmProviderModelFactory.create(name="old")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE prices (model_id bigint REFERENCES service_providers_llmprovidermodel (id))")
    with pytest.raises(RemovalRefused, match=r"prices\.model_id"):
        plan_of("old")
    assert plan_of("absent").models == ()


def test_only_restricts_the_removal_and_refuses_names_that_are_not_listed():
    LlmProviderModelFactory.create(name="one")
    LlmProviderModelFactory.create(name="two")
    assert [model.name for model in plan_of("one", "two", only=["openai/two"]).models] == ["two"]
    with pytest.raises(RemovalRefused, match="openai/three: not in DELETED_MODELS"):
        plan_of("one", "two", only=["openai/three"])


def test_a_row_that_exists_again_reopens_its_entry():
    for _ in range(2):
        LlmProviderModelFactory.create(name="old")
        run_of(plan_of("old"))
        assert not LlmProviderModel.objects.exists()


def test_a_faked_entry_stays_closed_until_it_is_unmarked_or_forced():
    LlmProviderModelFactory.create(name="old")
    unit = "remove_deprecated_models:openai/old"
    run_once.mark(name=unit, triggered_by="a test", using="default")
    plan = plan_of("old")
    assert plan.models == ()
    assert plan.skipped[0].reason == f"marked as done by hand; `custom_migrations unmark {unit}` opens it again"
    assert len(plan_of("old", force=True).models) == 1
    run_once.unmark(name=unit, triggered_by="a test", using="default")
    assert len(plan_of("old").models) == 1


def test_a_restored_entry_stays_closed_until_it_is_unmarked():
    from model_retirement.models import RemovedModel

    LlmProviderModelFactory.create(name="old")
    run_of(plan_of("old"))
    removed = RemovedModel.objects.get()
    removed.restored_at = removed.removed_at
    removed.save()
    LlmProviderModelFactory.create(name="old")
    plan = plan_of("old")
    assert plan.models == ()
    assert plan.skipped[0].reason.startswith("restored after its removal; `custom_migrations unmark")
    run_once.unmark(name="remove_deprecated_models:openai/old", triggered_by="a test", using="default")
    assert len(plan_of("old").models) == 1


def test_a_custom_model_with_the_name_of_a_removed_one_is_left_alone_and_listed():
    """Rule 15."""
    team = TeamFactory.create(slug="acme")
    LlmProviderModelFactory.create(name="old")
    custom = LlmProviderModelFactory.create(name="old", team=team)
    LlmProviderModelFactory.create(name="old", type="groq", team=team)
    plan = plan_of("old")
    assert plan.left_alone == (LeftAlone("openai", "old", "acme"),)
    assert custom.pk not in plan.moves.targets


def test_a_custom_model_is_spoken_of_when_the_model_of_its_name_goes_and_not_each_time_after():
    team = TeamFactory.create(slug="acme")
    for name in ("old", "older"):
        LlmProviderModelFactory.create(name=name, team=team)
    LlmProviderModelFactory.create(name="old")
    assert plan_of("old", "older").left_alone == (LeftAlone("openai", "old", "acme"),)


def test_a_smaller_context_window_is_a_warning():
    LlmProviderModelFactory.create(name="old", max_token_limit=32_000)
    LlmProviderModelFactory.create(name="new", max_token_limit=16_000)
    (model,) = plan_of(("old", "new"), active=[NEW]).models
    assert model.warnings == ("new reads at most 16,000 tokens, old read 32,000: long texts may not fit any more",)


def test_the_plan_takes_a_constant_number_of_queries(django_assert_max_num_queries):
    for number in range(20):
        LlmProviderModelFactory.create(name=f"old-{number}")
    with django_assert_max_num_queries(5):
        assert len(plan_of(*(f"old-{number}" for number in range(20))).models) == 20


def test_planning_only_reads():
    LlmProviderModelFactory.create(name="old")
    with CaptureQueriesContext(connection) as queries:
        plan_of("old", "absent")
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}


def test_a_limit_that_is_not_known_warns_of_nothing():
    """A host's column may be empty."""
    known = {"name": "old", "replacement": "new"}
    assert limit_warnings(**known, max_token_limit=8_000, replacement_limit=0) == ()
    assert limit_warnings(**known, max_token_limit=0, replacement_limit=8_000) == ()
    assert len(limit_warnings(**known, max_token_limit=8_000, replacement_limit=4_000)) == 1
