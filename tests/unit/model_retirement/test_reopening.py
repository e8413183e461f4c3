"""What opens the entry of a model whose removal was undone."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from django.utils import timezone

from apps.service_providers.llm_service import default_models
from apps.service_providers.models import LlmProviderModel
from model_retirement import after_migrate
from model_retirement.catalogue import view as catalogues
from model_retirement.catalogue.declarations import Model
from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.after_migrate import faking
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import RemovalRun, RemovedModel
from model_retirement.operations import llm_model_migration
from model_retirement.reopening import note_unlisted
from tests.factories.service_providers import LlmProviderModelFactory, RemovalRunFactory, delete_all_models

LAST = apps.get_app_config("documents")
COMMAND = "remove_deprecated_models"
UNIT = f"{COMMAND}:openai/m"
NEW = Model("new", 10, is_default=True, is_translation_default=True)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_tables(db):
    delete_all_models()
    CustomMigration.objects.all().delete()
    LlmProviderModelFactory.create(name="new", max_token_limit=10)


@pytest.fixture
def release(monkeypatch):
    """Return a function that puts another catalogue in place; it offers models, and lists some for removal."""

    def put(*removals: Any, offered: tuple[str, ...] = ()) -> None:
        models = [NEW, *(Model(name, 10) for name in offered)]
        monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": models})
        monkeypatch.setattr(default_models, "DELETED_MODELS", [("openai", *removal) for removal in removals])

    put(("m", "new"))
    return put


def call(*args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


def remove(*args: str) -> str:
    return call(COMMAND, *args)


def remove_and_restore() -> None:
    LlmProviderModel.objects.filter(name="m").exists() or LlmProviderModelFactory.create(name="m")
    assert remove().startswith("1 model was removed")
    call("restore_removed_models", str(RemovalRun.objects.latest("id").pk))
    assert LlmProviderModel.objects.get(name="m").deprecated


def in_a_migration() -> None:
    """Run the operation with the models of the schema as it is now."""
    state = ProjectState.from_apps(apps)
    llm_model_migration().database_forwards("service_providers", connection.schema_editor(), state, state)


def by_hand() -> None:
    call("llm_models", "sync")


def at_the_end_of_migrate() -> None:
    call("migrate", skip_checks=False)


SEEN = [in_a_migration, by_hand, at_the_end_of_migrate]


@pytest.mark.parametrize("see", SEEN)
@pytest.mark.parametrize("offered", [(), ("m",)], ids=["left the list", "offered anew"])
def test_a_retirement_after_an_undo_happens(release, see, offered):
    """Rule 20: months later the model is listed for good, and is not left to die in use."""
    remove_and_restore()
    assert "restored after its removal" in remove()
    release(offered=offered)
    see()
    release(("m", "new"))
    see()
    assert remove().startswith("1 model was removed")
    assert not LlmProviderModel.objects.filter(name="m").exists()


@pytest.mark.parametrize("see", SEEN)
def test_a_restored_model_that_stays_listed_stays_closed(release, see):
    """Rule 20: a sync or a release with the same list is no news."""
    remove_and_restore()
    see()
    assert "restored after its removal" in remove()
    assert LlmProviderModel.objects.filter(name="m").exists()


def test_each_restore_closes_the_entry_anew(release):
    """Rule 20: the second restore is not undone by what opened the entry after the first."""
    remove_and_restore()
    release(offered=("m",))
    by_hand()
    release(("m", "new"))
    remove_and_restore()
    assert "restored after its removal" in remove()
    release()
    by_hand()
    release(("m", "new"))
    assert remove().startswith("1 model was removed")


def test_one_entry_opens_and_the_other_stays_closed(release):
    """Rules 20 and 30."""
    release(("m", "new"), ("other", "new"))
    for name in ("m", "other"):
        LlmProviderModelFactory.create(name=name)
    remove()
    call("restore_removed_models", str(RemovalRun.objects.get().pk))
    release(("other", "new"), offered=("m",))
    by_hand()
    release(("m", "new"), ("other", "new"))
    assert "restored after its removal" in remove("--only", "openai/other")
    assert remove().startswith("1 model was removed")
    assert LlmProviderModel.objects.filter(name="other").exists()


def test_a_mark_stays_until_a_person_takes_it_back(release):
    """Rule 20: it is about this environment, not about one removal."""
    LlmProviderModelFactory.create(name="m")
    remove("--fake")
    release(offered=("m",))
    by_hand()
    release(("m", "new"))
    assert "marked as done by hand" in remove()
    call("custom_migrations", "unmark", UNIT)
    assert "1 model was removed" in call("custom_migrations", "run")


def test_a_model_that_a_rolled_back_release_brings_back_is_told_and_removed_without_force(release, capsys):
    """Rule 20: rolled forward again, no migration asks for its removal."""
    LlmProviderModelFactory.create(name="m")
    remove()
    release(offered=("m",))
    by_hand()
    release(("m", "new"))
    line = (
        "In the table although their removal is recorded as done: openai/m. "
        "Run `python manage.py remove_deprecated_models`; with `--only openai/m` it removes that one alone.\n"
    )
    assert line in call("migrate", skip_checks=False)
    assert call("custom_migrations", "list").endswith(line)
    assert call("migrate", verbosity=0) == ""
    assert remove().startswith("1 model was removed")
    assert line not in call("migrate") + call("custom_migrations", "list")


def rolled_back_while_it_waited(release: Any) -> None:
    """Let an older release, whose list does not name the model, carry out the request of a later one."""
    run_once.request(name=COMMAND, requested_by="a migration", repeatable=True, using="default")
    release(offered=("m",))
    assert "There is nothing to remove" in call("migrate")


def edited_without_a_migration(release: Any) -> None:
    """Let nobody ever ask."""


def marked_as_done(release: Any) -> None:
    """Let somebody mark the request as done, and not the entry."""
    run_once.request(name=COMMAND, requested_by="a migration", repeatable=True, using="default")
    call("custom_migrations", "mark", COMMAND)


def asked_for_another(release: Any) -> None:
    """Let somebody remove another model alone."""
    release(("m", "new"), ("other", "new"))
    LlmProviderModelFactory.create(name="other")
    assert remove("--only", "openai/other").startswith("1 model was removed")


@pytest.mark.parametrize(
    "happen", [rolled_back_while_it_waited, edited_without_a_migration, marked_as_done, asked_for_another]
)
def test_a_listed_model_whose_removal_nobody_has_asked_for_is_told(release, happen):
    """Rule 20: a listed model that is in the table is never met with silence; the next step takes it out."""
    LlmProviderModelFactory.create(name="m")
    happen(release)
    release(("m", "new"))
    by_hand()
    line = (
        "Listed for removal and in the table, and nobody has asked for their removal: openai/m. "
        "Run `python manage.py remove_deprecated_models`; with `--only openai/m` it removes that one alone.\n"
    )
    assert line in call("migrate", skip_checks=False)
    if CustomMigration.objects.filter(name=COMMAND).exists():
        assert call("custom_migrations", "list").endswith(line)
    assert "warning model_retirement.W018: Listed for removal and in the table" in call("llm_models", "check")
    assert remove("--only", "openai/m").startswith("1 model was removed")
    assert line not in call("migrate") + call("custom_migrations", "list")
    assert call("llm_models", "check") == "Nothing is wrong with the catalogue.\n"


@pytest.mark.parametrize("waits", [COMMAND, UNIT])
def test_a_listed_model_whose_removal_waits_is_no_news(release, waits):
    """Rule 20: the next ``migrate`` takes it out, and the list of data migrations shows that it waits."""
    LlmProviderModelFactory.create(name="m", deprecated=True)
    run_once.request(name=waits, requested_by="a migration", repeatable=True, using="default")
    assert "nobody has asked" not in call("custom_migrations", "list") + call("llm_models", "check")
    assert "nobody has asked" not in call("migrate")
    assert not LlmProviderModel.objects.filter(name="m").exists()


def test_nobody_is_said_to_have_asked_for_nothing_before_the_tables_are_there(release):
    LlmProviderModelFactory.create(name="m")
    CustomMigration.objects.create(name=COMMAND, status="applied")
    MigrationRecorder(connection).migration_qs.filter(app="service_providers").delete()
    assert "nobody has asked" not in call("custom_migrations", "list")


def test_what_a_restore_that_was_interrupted_has_brought_back_waits_for_its_end(release):
    """Rules 10 and 20: half of its references are back, and who resumes the restore wants the rest."""
    LlmProviderModelFactory.create(name="m")
    remove()
    run = RemovalRun.objects.get()
    LlmProviderModelFactory.create(pk=run.models.get().model_id, name="m", deprecated=True)
    run.models.update(restored_at=timezone.now())
    release()
    by_hand()
    release(("m", "new"))
    assert f"but not to the end: `restore_removed_models {run.pk}` finishes that" in remove()
    call("restore_removed_models", str(run.pk))
    assert remove().startswith("1 model was removed")


def removed_model(*, restored: bool = True) -> RemovedModel:
    now = timezone.now()
    return RemovedModel.objects.create(
        run=RemovalRunFactory.create(),
        model_id=1,
        provider="openai",
        name="m",
        max_token_limit=1,
        removed_at=now,
        restored_at=now if restored else None,
    )


def test_what_was_not_restored_and_what_was_seen_before_is_not_written_down(django_assert_num_queries):
    removed_model(restored=False)
    seen = removed_model()
    catalogue = catalogues.load(models={"openai": [NEW]}, removals=[])
    note_unlisted(model=LlmProviderModel, catalogue=catalogue, using="default")
    seen.refresh_from_db()
    first = seen.reopened_at
    assert first is not None
    with django_assert_num_queries(1):
        note_unlisted(model=LlmProviderModel, catalogue=catalogue, using="default")
    seen.refresh_from_db()
    assert seen.reopened_at == first
    assert RemovedModel.objects.filter(reopened_at=None).count() == 1


class Elsewhere:
    """A router that keeps the models out of every database."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return False


@pytest.mark.parametrize("reason", ["flush", "fake", "router", "unreadable list", "later release", "migrations wait"])
def test_a_migrate_that_does_not_show_what_the_release_is_writes_nothing_down(release, settings, monkeypatch, reason):
    """Of a process of an older release, too: what it offers was offered before the restore."""
    removed = removed_model()
    release()
    options: dict[str, Any] = {"using": "default", "plan": None if reason == "flush" else []}
    recorder = MigrationRecorder(connection)
    token = faking.set(reason == "fake")
    match reason:
        case "router":
            settings.DATABASE_ROUTERS = [Elsewhere()]
        case "unreadable list":
            monkeypatch.setattr(default_models, "DELETED_MODELS", [3])
        case "later release":
            recorder.record_applied("service_providers", "9999_later")
        case "migrations wait":
            recorder.migration_qs.filter(app="service_providers").delete()
    after_migrate.see_release(**options)
    faking.reset(token)
    removed.refresh_from_db()
    assert removed.reopened_at is None


@pytest.mark.parametrize("reason", ["flush", "fake", "router", "another app", "quiet", "migrations wait", "a removal"])
def test_what_is_back_is_not_told_where_it_cannot_be_known_or_is_told_already(release, settings, reason):
    LlmProviderModelFactory.create(name="m")
    CustomMigration.objects.create(name=UNIT, status="applied")
    CustomMigration.objects.create(name=COMMAND, status="pending" if reason == "a removal" else "applied")
    out = io.StringIO()
    options: dict[str, Any] = {"using": "default", "plan": [], "verbosity": 1, "stdout": out, "app_config": LAST}
    token = faking.set(reason == "fake")
    match reason:
        case "flush":
            options["plan"] = None
        case "router":
            settings.DATABASE_ROUTERS = [Elsewhere()]
        case "another app":
            options["app_config"] = apps.get_app_config("teams")
        case "quiet":
            options["verbosity"] = 0
        case "migrations wait":
            MigrationRecorder(connection).migration_qs.filter(app="service_providers").delete()
    after_migrate.see_release(**options)
    after_migrate.tell_of_staying_models(**options)
    faking.reset(token)
    assert out.getvalue() == ""


def test_what_is_back_is_told_on_standard_output(release, capsys):
    LlmProviderModelFactory.create(name="m")
    CustomMigration.objects.create(name=UNIT, status="faked")
    after_migrate.tell_of_staying_models(app_config=LAST, using="default", verbosity=1, plan=[])
    assert capsys.readouterr().out == (
        "Listed for removal and left as they are, marked as done by hand; "
        f"`custom_migrations unmark {UNIT}` opens it again: openai/m.\n"
    )
