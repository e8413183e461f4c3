"""From the catalogue to the table."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.test import modify_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue import view as catalogues
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.view import Catalogue
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.sync import (
    PROMOTION,
    NewRow,
    Reason,
    RowUpdate,
    SyncReport,
    UnlistedRow,
    plan,
    summary,
    sync,
    sync_by_hand,
)
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory
from tests.statements import before_statement

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_table(db):
    delete_all_models()


def of(models: list[Model], removals: list | None = None) -> Catalogue:
    return catalogues.load(models={"openai": models}, removals=removals or [])


def run(catalogue: Catalogue) -> SyncReport:
    return sync(model=LlmProviderModel, catalogue=catalogue, using="default")


def rows() -> dict[str, tuple[int, bool]]:
    models = LlmProviderModel.objects.filter(team=None)
    return {row.name: (row.max_token_limit, row.deprecated) for row in models}


def updated(name: str, reason: Reason, before: tuple[int, bool], after: tuple[int, bool]) -> RowUpdate:
    return RowUpdate(
        provider="openai",
        name=name,
        reason=reason,
        old_token_limit=before[0],
        new_token_limit=after[0],
        old_deprecated=before[1],
        new_deprecated=after[1],
    )


def test_active_models_are_created():
    report = run(of([Model("a", 10), Model("b", 20)]))

    assert rows() == {"a": (10, False), "b": (20, False)}
    assert report == SyncReport(created=(NewRow("openai", "a", 10), NewRow("openai", "b", 20)), updated=(), unlisted=())


def test_no_row_is_created_for_a_deprecated_or_removed_model():
    """Sync never creates a row for a deprecated or removed model (rule 2)."""
    report = run(of([Model("old", 10, deprecated=True)], [("openai", "gone")]))

    assert rows() == {}
    assert not report.changes


def test_no_row_is_created_for_a_model_that_stands_in_both_lists():
    """Sync never creates a row for a removed model, not even from a catalogue that is in dispute (rule 2)."""
    run(catalogues.read(models={"openai": [Model("a", 10)]}, removals=[("openai", "a")]))

    assert rows() == {}


def test_limit_and_flag_follow_the_catalogue():
    LlmProviderModelFactory.create(name="limit", max_token_limit=1)
    LlmProviderModelFactory.create(name="old", max_token_limit=2)
    LlmProviderModelFactory.create(name="back", max_token_limit=3, deprecated=True)

    report = run(of([Model("limit", 10), Model("old", 2, deprecated=True), Model("back", 3)]))

    assert rows() == {"limit": (10, False), "old": (2, True), "back": (3, False)}
    assert report.created == ()
    assert report.updated == (
        updated("limit", Reason.CATALOGUE, (1, False), (10, False)),
        updated("old", Reason.CATALOGUE, (2, False), (2, True)),
        updated("back", Reason.CATALOGUE, (3, True), (3, False)),
    )
    assert [update.name for update in report.deprecated] == ["old"]


def test_a_removed_model_is_deprecated_until_its_removal_and_keeps_its_limit():
    LlmProviderModelFactory.create(name="leaving", max_token_limit=7)

    report = run(of([], [Deleted("openai", "leaving")]))

    assert rows() == {"leaving": (7, True)}
    assert report.updated == (updated("leaving", Reason.REMOVAL, (7, False), (7, True)),)
    assert report.unlisted == ()


def test_a_global_row_in_neither_list_is_kept_deprecated_and_reported():
    """Sync never deletes; a global row in neither list is kept, marked deprecated and reported (rule 2)."""
    LlmProviderModelFactory.create(name="unknown", max_token_limit=7)

    first, second = run(of([])), run(of([]))

    assert rows() == {"unknown": (7, True)}
    assert first.updated == (updated("unknown", Reason.UNLISTED, (7, False), (7, True)),)
    assert first.unlisted == second.unlisted == (UnlistedRow("openai", "unknown"),)
    assert not second.changes


def test_custom_models_are_not_touched_even_when_they_are_named_in_the_lists():
    team = TeamFactory.create()
    for name in ("listed", "removed", "own"):
        LlmProviderModelFactory.create(team=team, name=name, max_token_limit=1)

    run(of([Model("listed", 10)], [("openai", "removed")]))

    custom = LlmProviderModel.objects.filter(team=team)
    assert {(row.name, row.max_token_limit, row.deprecated) for row in custom} == {
        ("listed", 1, False),
        ("removed", 1, False),
        ("own", 1, False),
    }
    assert rows() == {"listed": (10, False)}


def test_one_name_at_two_providers_is_two_models():
    LlmProviderModelFactory.create(type="azure", name="gpt-4", max_token_limit=1)
    lists = {"openai": [Model("gpt-4", 10)], "azure": [Model("gpt-4", 20)]}

    run(catalogues.load(models=lists, removals=[]))

    models = LlmProviderModel.objects.values_list("type", "max_token_limit")
    assert sorted(models) == [("azure", 20), ("openai", 10)]


def test_the_real_catalogue_fills_an_empty_table_and_then_there_is_nothing_to_do():
    first, second = run(catalogues.load()), run(catalogues.load())

    active = [model for model in catalogues.load().models if not model.deprecated]
    assert len(first.created) == len(active) == LlmProviderModel.objects.count()
    assert second == SyncReport(created=(), updated=(), unlisted=())


def test_the_number_of_queries_does_not_grow(django_assert_num_queries):
    for number in range(50):
        LlmProviderModelFactory.create(name=f"old{number}", max_token_limit=1)
    lists = of([Model(f"{what}{number}", 10) for number in range(50) for what in ("old", "new")])

    # A savepoint and its release, for the test is a transaction already.
    with django_assert_num_queries(5 + 2):
        report = run(lists)
    with django_assert_num_queries(2 + 2):
        run(lists)
    with django_assert_num_queries(1):
        plan(model=LlmProviderModel, catalogue=lists, using="default")

    assert (len(report.created), len(report.updated)) == (50, 50)


def test_a_plan_says_what_a_synchronisation_does_and_writes_nothing():
    LlmProviderModelFactory.create(name="a", max_token_limit=1)
    lists = of([Model("a", 10), Model("b", 20)])

    planned = plan(model=LlmProviderModel, catalogue=lists, using="default")

    assert rows() == {"a": (1, False)}
    assert planned == run(lists)


def test_it_works_with_the_historical_model_of_a_migration():
    state = MigrationLoader(connection).project_state([("service_providers", "0001_initial")])
    model = state.apps.get_model("service_providers", "LlmProviderModel")
    LlmProviderModelFactory.create(name="a", max_token_limit=1)

    report = sync(model=model, catalogue=of([Model("a", 10), Model("b", 20)]), using="default")

    assert rows() == {"a": (10, False), "b": (20, False)}
    assert (len(report.created), len(report.updated)) == (1, 1)


def test_a_row_that_somebody_else_created_meanwhile_is_no_error():
    """Two global rows with one name are impossible (rule 16), and two deploys at once are normal (rule 10)."""
    lists = of([Model("a", 10)])

    with before_statement('INSERT .*"service_providers_llmprovidermodel"', lambda: run(lists)):
        run(lists)

    assert rows() == {"a": (10, False)}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_end_with_one_row_each():
    """Two deploys at once: the table is right whoever comes first (rule 10)."""
    LlmProviderModelFactory.create(name="gpt-4", max_token_limit=1)
    start, failures = threading.Barrier(8), []

    def work() -> None:
        try:
            start.wait()
            run(catalogues.load())
        except Exception as error:  # noqa: BLE001  whatever it is, the test shows it
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert not plan(model=LlmProviderModel, catalogue=catalogues.load(), using="default").changes


def test_by_hand_the_promotion_is_asked_for_if_anything_changed():
    CustomMigration.objects.all().delete()
    lists = of([Model("a", 10)])

    def asked() -> list[tuple[str, str]]:
        return list(CustomMigration.objects.values_list("name", "requested_by"))

    sync_by_hand(model=LlmProviderModel, catalogue=of([]), using="default", requested_by="a person")
    assert asked() == []

    report = sync_by_hand(model=LlmProviderModel, catalogue=lists, using="default", requested_by="a person")
    assert asked() == [(PROMOTION, "a person")]
    assert report.created == (NewRow("openai", "a", 10),)


def test_the_report_in_words():
    report = SyncReport(
        created=(NewRow("openai", "a", 1), NewRow("groq", "b", 1), NewRow("openai", "c", 1)),
        updated=(
            updated("d", Reason.CATALOGUE, (1, False), (2, True)),
            updated("e", Reason.CATALOGUE, (1, True), (1, False)),
            updated("f", Reason.REMOVAL, (1, False), (1, True)),
            updated("g", Reason.UNLISTED, (1, False), (1, True)),
        ),
        unlisted=(UnlistedRow("openai", "g"),),
    )

    assert summary(report) == [
        "created for openai: a, c",
        "created for groq: b",
        "openai/d: token limit 1 -> 2; deprecated, as the catalogue says",
        "openai/e: no longer deprecated",
        "openai/f: deprecated, since DELETED_MODELS lists it",
        "openai/g: deprecated, since it is in neither list",
        "kept for openai, in neither list: g",
    ]
    assert summary(report, done=False)[0] == "to create for openai: a, c"


names = st.sampled_from("abcdef")


@settings(max_examples=30)
@given(
    present=st.dictionaries(names, st.tuples(st.integers(1, 3), st.booleans())),
    declared=st.dictionaries(names, st.tuples(st.integers(1, 3), st.booleans())),
    removed=st.sets(names),
)
def test_one_run_makes_the_table_match_and_no_row_is_ever_lost(present, declared, removed):
    """Sync never deletes rows and never creates one for a deprecated or removed model (rule 2)."""
    delete_all_models()
    for name, (limit, deprecated) in present.items():
        LlmProviderModelFactory.create(name=name, max_token_limit=limit, deprecated=deprecated)
    models = [Model(name, limit, deprecated=old) for name, (limit, old) in declared.items() if name not in removed]
    lists = of(models, [("openai", name) for name in removed])

    run(lists)

    active = {name for name, (_, old) in declared.items() if not old and name not in removed}
    assert rows().keys() == present.keys() | active
    for name, (limit, deprecated) in rows().items():
        wanted = (present[name][0], True) if name in removed or name not in declared else declared[name]
        assert (limit, deprecated) == wanted
    assert not run(lists).changes


def test_a_row_that_a_unique_key_of_the_hosts_own_keeps_out_is_no_silence():
    """Both databases pass over such a row where two synchronisations may run at once."""
    connection.check_constraints()  # PostgreSQL makes no index while some are left to check
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX one_per_limit ON service_providers_llmprovidermodel (max_token_limit)")

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        run(of([Model("a", 10), Model("b", 10), Model("c", 20)]))

    assert str(refused.value) == (
        "The table service_providers_llmprovidermodel took no row for openai/b: a column that"
        " service_providers.LlmProviderModel does not know must have a value, or a unique key refuses it"
    )
    assert rows() == {}


def test_a_column_that_must_have_a_value_and_that_the_model_does_not_know_is_no_silence():
    """Such as ``created_at`` where the host's twin leaves it out. SQLite would pass over the rows."""
    state = MigrationLoader(connection).project_state([("service_providers", "0001_initial")])
    state.remove_field("service_providers", "llmprovidermodel", "created_at")
    model = state.apps.get_model("service_providers", "LlmProviderModel")

    with pytest.raises(IntegrityError, match=r"took no row for openai/a, openai/b:|created_at"), transaction.atomic():
        sync(model=model, catalogue=of([Model("a", 10), Model("b", 20)]), using="default")

    assert rows() == {}


def test_rows_that_the_hosts_default_manager_hides_are_seen():
    """Rule 4: else a deprecated model would be made a second time when it is offered again."""
    LlmProviderModelFactory.create(name="hidden", deprecated=True)
    with modify_settings(INSTALLED_APPS={"append": "tests.forgetful_app"}):
        from tests.forgetful_app.models import Twin

        planned = plan(model=Twin, catalogue=of([Model("hidden", 8_000)]), using="default")
    assert planned.created == ()
    assert [(update.name, update.new_deprecated) for update in planned.updated] == [("hidden", False)]
