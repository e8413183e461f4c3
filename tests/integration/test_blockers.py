"""A lock that somebody holds for long ends the work with one line that says who that is."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import DatabaseError, OperationalError, connection, connections, transaction

from apps.assistants.models import Assistant
from apps.service_providers.llm_service import default_models
from apps.service_providers.models import LlmProviderModel
from model_retirement import blockers, sync
from model_retirement.batching import retrying, short_transaction
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.view import load
from model_retirement.models import RemovalRun
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory
from tests.integration import rows
from tests.processes import SECONDS

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

HOLD = """
import sys, psycopg
with psycopg.connect(sys.argv[1], application_name="night report") as held:
    held.execute(sys.argv[2])
    print("holds", flush=True)
    sys.stdin.read()
"""


def address(**changed: str) -> str:
    """Return the test database's address for another process."""
    parameters = connection.get_connection_params()
    wanted = {
        "host": parameters.get("host"),
        "port": parameters.get("port"),
        "user": parameters.get("user"),
        "dbname": parameters["dbname"],
    }
    wanted["password"] = parameters.get("password")
    return psycopg.conninfo.make_conninfo(**({key: value for key, value in wanted.items() if value} | changed))


@contextlib.contextmanager
def held(statement: str) -> Iterator[int]:
    """Let a process of its own run a statement and leave its transaction open; yield the number of the server's process."""
    command = [sys.executable, "-c", HOLD, address(), statement]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holds\n"
        with connection.cursor() as cursor:
            # Only of this database: other tests run beside this one, on databases of their own.
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'night report' AND datname = current_database()"
            )
            ((pid,),) = cursor.fetchall()
        yield pid
        holder.communicate(timeout=SECONDS)


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> LlmProviderModel:
    """A model on the removal list, in use."""
    delete_all_models()
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": [Model("new", 9_000)]})
    monkeypatch.setattr(default_models, "DELETED_MODELS", [("openai", "old", "new")])
    old = LlmProviderModelFactory.create(name="old")
    LlmProviderModelFactory.create(name="new")
    AssistantFactory.create(llm_provider_model=old)
    return old


def restore_what_was_removed() -> None:
    run = RemovalRun.objects.get()
    call_command("restore_removed_models", str(run.pk))


def promote() -> None:
    call_command("promote_custom_models")


def synchronise() -> None:
    sync.sync_by_hand(model=LlmProviderModel, catalogue=load(), using="default", requested_by="a test")


def remove() -> None:
    call_command("remove_deprecated_models")


LOCKS_ASSISTANTS = "SELECT 1 FROM assistants_assistant FOR UPDATE"
LOCKS_MODELS = "SELECT 1 FROM service_providers_llmprovidermodel FOR UPDATE"

WORK = {
    "a batch": (remove, LOCKS_ASSISTANTS),
    "the end of a model": (remove, LOCKS_MODELS),
    "a restore": (restore_what_was_removed, LOCKS_ASSISTANTS),
    "a promotion": (promote, LOCKS_ASSISTANTS),
    "a synchronisation": (synchronise, LOCKS_MODELS),
}


@pytest.mark.parametrize(("work", "lock"), WORK.values(), ids=WORK)
def test_whoever_waits_in_vain_is_told_who_holds_the_lock(old: LlmProviderModel, work: Callable[[], None], lock: str):
    if work is restore_what_was_removed:
        call_command("remove_deprecated_models")
    if work is promote:
        custom = LlmProviderModelFactory.create(team=TeamFactory.create(), name="new")
        Assistant.objects.update(llm_provider_model=custom)
    with held(lock) as pid:
        before = rows.of_connection()
        # Inside a transaction there is one try, so this takes seconds and not minutes.
        with pytest.raises((CommandError, DatabaseError)) as failed, transaction.atomic():
            work()
        assert rows.of_connection() == before
    assert re.search(
        rf"canceling statement due to lock timeout, blocked by process {pid} \(application night report, user \w+,"
        r" in a transaction since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, idle in transaction\)",
        str(failed.value),
    ), failed.value
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize(
    ("line", "lock"),
    [(["restore_removed_models", "{run}"], LOCKS_ASSISTANTS), (["llm_models", "sync"], LOCKS_MODELS)],
)
def test_a_command_says_what_to_do_about_a_lock_and_blames_no_setting(
    old: LlmProviderModel,
    line: list[str],
    lock: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    call_command("remove_deprecated_models", stdout=io.StringIO())
    LlmProviderModel.objects.update(deprecated=True)  # so that there is something to synchronise
    typed = [word.format(run=RemovalRun.objects.get().pk) for word in line]
    command = load_command_class(get_commands()[typed[0]], typed[0])
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)
    with held(lock) as pid, pytest.raises(SystemExit) as ended, transaction.atomic():
        command.run_from_argv(["manage.py", *typed])
    assert ended.value.code == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert f"blocked by process {pid} (application night report" in said
    assert said.endswith("What was committed stays; run this again for the rest when that transaction has ended.")


def test_of_a_deadlock_the_other_side_is_named(old: LlmProviderModel):
    """It is over sooner than anybody could ask; the error has the numbers."""
    first, second = AssistantFactory.create(), AssistantFactory.create()
    locked = "SELECT 1 FROM assistants_assistant WHERE id = %s FOR UPDATE"
    with psycopg.connect(address(), application_name="night report") as other:
        pid = other.info.backend_pid
        other.execute("SET deadlock_timeout = '60s'")  # the one who looks is the one who loses
        other.execute(locked, [second.pk])
        crossing = threading.Thread(target=other.execute, args=[locked, [first.pk]])

        def work() -> None:
            with short_transaction("default"), connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '500ms'")
                cursor.execute(locked, [first.pk])
                crossing.start()
                cursor.execute("SELECT pg_sleep(0.3)")
                cursor.execute(locked, [second.pk])

        with pytest.raises(blockers.Blocked) as failed, transaction.atomic():
            retrying(work, using="default")
        crossing.join(SECONDS)
    assert re.match(
        rf"deadlock detected, blocked by process {pid} \(application night report,",
        str(failed.value),
    )


def test_who_may_not_read_all_statistics_is_told_what_is_known(old: LlmProviderModel):
    with connection.cursor() as cursor:
        cursor.execute("DROP ROLE IF EXISTS lowly")
        cursor.execute("CREATE ROLE lowly LOGIN PASSWORD 'lowly'")
    try:
        with held(LOCKS_ASSISTANTS) as pid, psycopg.connect(address(user="lowly", password="lowly")) as lowly:
            rows = lowly.execute(blockers.WHO.format(pids="%s::int[]"), [[pid]]).fetchall()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE lowly")
    (words,) = map(blockers.in_words, rows)
    assert re.fullmatch(
        rf"process {pid} \(application night report, user \w+, since when is not for this user to see\)", words
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((0, None, None, None, None), "a prepared transaction"),
        ((7, "", None, None, None), "process 7 (no application name, since when is not for this user to see)"),
    ],
)
def test_holders_that_say_little_of_themselves(row: Any, words: str):
    assert blockers.in_words(row) == words


def test_many_holders_are_counted():
    assert str(blockers.Blocked(OperationalError(""), blockers=list("abcde"))) == (
        "a lock was not to be had, blocked by a; b; c; 2 more"
    )


def test_a_question_that_cannot_be_asked_hides_no_error(old: LlmProviderModel, monkeypatch: pytest.MonkeyPatch):
    """All the server's connections may be in use."""

    def refuse(*_args: object, **_options: object) -> None:
        raise OperationalError("too many connections")

    monkeypatch.setattr(type(connections["default"]), "copy", lambda self, alias=None: Refusing())

    class Refusing:
        cursor = refuse

        def close(self) -> None: ...

    with (
        held(LOCKS_ASSISTANTS),
        pytest.raises(blockers.Blocked, match="lock timeout, blocked by somebody whom the server does not name"),
        transaction.atomic(),
    ):
        retrying(_lock_assistants, using="default")


def _lock_assistants() -> None:
    with short_transaction("default"), connection.cursor() as cursor:
        cursor.execute(LOCKS_ASSISTANTS)


def test_other_errors_of_the_database_stay_as_they_are(old: LlmProviderModel):
    def work() -> None:
        with short_transaction("default"), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '10ms'")
            cursor.execute("SELECT pg_sleep(5)")

    with pytest.raises(OperationalError, match=r"^canceling statement due to statement timeout"), transaction.atomic():
        retrying(work, using="default")
