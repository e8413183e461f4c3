"""Foreign platforms install the engine and nothing of ours, and retire a model from the first ``migrate`` to the undo."""

from __future__ import annotations

import ast
import dataclasses
import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.architecture.documents import noted_blocks
from tests.integration.forks import fork_server
from tests.processes import ENGINE, ROOT, SECONDS, ProcessDatabase, new_database

HOSTS = ROOT / "tests" / "hosts"
NOT_THE_HOSTS_OWN = ("DJANGO_", "DATABASE_URL", "EMAIL_URL", "SITE_URL", "LEASE_SECONDS", "PYTHONPATH")
"""Beginnings of environment variables that are meant for the platform of this repository."""

MOST_LINES = 40
"""Lines of a host that are there for the engine, if it does not point at models in many ways."""


OLD_MAIL_SETTINGS = "ignore:The EMAIL_"
"""The hosts have Django's mail settings of 5.2, as most hosts will; Django 6.1 takes them and warns."""


@dataclasses.dataclass(frozen=True)
class Host:
    """A foreign platform, and what is particular to it.

    :param own_tables: beginnings of names of its tables
    :param models: its table of LLM models
    :param deprecated: the column there that says so
    :param name: the column there that holds the name
    :param rows: a program that makes some rows that use ``gpt-4``, and one superuser
    :param used_by: what the preview names
    :param use: the name and the page of everything that uses ``gpt-4``, as the host says both
    :param past: a program that makes what its first app has held since before it knew of the engine
    :param said: lines that the first ``migrate`` prints of that
    :param removed: how many models a removal of ``gpt-4`` takes
    :param checked: what ``check --database`` says of its rows; nothing, where all is well
    """

    folder: str
    own_tables: tuple[str, ...]
    models: str
    deprecated: str
    name: str
    rows: str
    used_by: str
    use: list[tuple[str, str]]
    most_lines: int = MOST_LINES
    past: str = ""
    said: tuple[str, ...] = ()
    removed: str = "1 model was"
    checked: tuple[str, ...] = ()


BARE = Host(
    folder="bare",
    own_tables=("notes_", "model_retirement_models_", "model_retirement_single_team_"),
    models="model_retirement_models_llmprovidermodel",
    deprecated="deprecated",
    name="name",
    rows="""
from django.contrib.auth.models import User
from model_retirement.contrib.models.models import LlmProviderModel
from notes.models import Draft, Summary
User.objects.create_superuser("root", "root@notes.example", "secret")
User.objects.create_user("ann", "ann@notes.example")
old, new = (LlmProviderModel.objects.get(name=name) for name in ("gpt-4", "gpt-4.1"))
Summary.objects.create(title="Minutes", llm=old, fallback=new)
Summary.objects.create(title="Letters", llm=new, fallback=old)
Summary.objects.create(title="Nothing")
for title, engine in ("Speech", "gpt-4"), ("Toast", "gpt-4.1"), ("Poem", "GPT-4"), ("Song", ""):
    Draft.objects.create(title=title, engine=engine)
""",
    used_by="Minutes",
    use=[("Speech", ""), ("Minutes", ""), ("Letters", "")],
)
INBOX = Host(
    folder="inbox",
    own_tables=("desk_", "people_person", "people_tenant"),
    models="desk_languagemodel",
    deprecated="retired",
    name="code",
    rows="""
from decimal import Decimal
from django.utils import timezone
from desk.models import Helper, LanguageModel
from people.models import Person, Tenant
alpha, beta = (Tenant.objects.create(title=title) for title in ("Alpha", "Beta & Söhne"))
Person.objects.create_superuser("root", password="secret")
Person.objects.create_user("ann", tenant=alpha, manages=True)
Person.objects.create_user("bob", tenant=alpha)
Person.objects.create_user("cid", tenant=beta, manages=True)
LanguageModel.objects.filter(code="gpt-4").update(
    price=Decimal("0.0300000001"), facts={"b": 1.0, "a": [None, "ü"]}, picture=b"\\x00\\xff"
)
old, new = (LanguageModel.objects.get(code=code) for code in ("gpt-4", "gpt-4.1"))
own = LanguageModel.objects.create(vendor="openai", code="tuned", context=None, owner=alpha)
for title, model, others in ("Sorter", old, [old, own]), ("Closer", new, [old, new]), ("Opener", own, []):
    Helper.objects.create(tenant=alpha, title=title, model=model).others.set(others)
Helper.objects.create(tenant=beta, title="Sorter", model=new)
Helper.objects.create(tenant=alpha, title="Sorter", model=old, published_from=Helper.objects.earliest("pk"))
Helper.objects.create(tenant=alpha, title="Attic", model=old, deleted_at=timezone.now())
""",
    used_by="Sorter",
    use=[
        ("Sorter", "/helpers/1/"),
        ("Closer", "/helpers/2/"),
        ("Sorter (version)", "/helpers/1/published/5/"),
        ("Attic (archived)", "/helpers/6/"),
    ],
    most_lines=42,
)
UUIDS = Host(
    folder="uuids",
    own_tables=("bots_",),
    models="bots_languagemodel",
    deprecated="deprecated",
    name="name",
    rows="""
from uuid import UUID
from bots.models import Bot, LanguageModel, Price, Space, Step
from django.contrib.auth.models import User
User.objects.create_superuser("root", "root@bots.example", "secret")
alpha, beta = (Space.objects.create(title=slug.title(), slug=slug, email=f"{slug}@bots.example") for slug in ("a", "b"))
old, new = (LanguageModel.objects.get(name=name) for name in ("gpt-4", "gpt-4.1"))
own = LanguageModel.objects.create(type="openai", name="tuned", max_token_limit=8_000, team=alpha)
rows = (1, alpha, "Sorter", old, [old, own]), (2, alpha, "Closer", new, [old, new]), (3, alpha, "Opener", own, [])
for number, space, title, model, others in (*rows, (4, beta, "Sleeper", None, [])):
    Bot.objects.create(pk=UUID(int=number), space=space, title=title, model=model).others.set(others)
for label, bot, model_id, fallbacks in (
    ("first", 3, str(old.pk), [str(new.pk), str(own.pk)]),
    ("second", 3, f" {old.pk.hex.upper()} ", [old.pk.hex, str(new.pk).upper(), str(own.pk)]),
    ("third", 4, str(new.pk), []),
    ("fourth", 4, None, ["1", 1, None, str(old.pk)[:-1]]),
):
    settings = {"model_id": model_id, "fallbacks": fallbacks}
    routes = [{"model": model_id}, {"model": str(old.pk)}]
    Step.objects.create(bot_id=UUID(int=bot), label=label, settings=settings, routes=routes if bot == 3 else [])
Bot.objects.filter(title="Opener").update(model_name="gpt-4", limits={str(own.pk): 1, str(old.pk): {"tokens": 5}})
for model, dollars in (old, "30.5"), (old, "31"), (new, "2"):
    Price.objects.create(model=model, dollars=dollars)
""",
    used_by="Sorter",
    use=[
        (title, f"/bots/00000000-0000-0000-0000-00000000000{number}/")
        for number, title in enumerate(("Sorter", "Closer", "Opener"), start=1)
    ],
    most_lines=70,
)
MIXED = Host(
    folder="mixed",
    own_tables=("bots_",),
    models="bots_languagemodel",
    deprecated="deprecated",
    name="name",
    rows="""
from uuid import UUID
from bots.models import Bot, LanguageModel, Macro, Space
from django.contrib.auth.models import User
User.objects.create_superuser("root", "root@bots.example", "secret")
alpha = Space.objects.create(title="Alpha", slug="alpha", email="alpha@bots.example")
old, new = (LanguageModel.objects.get(name=name) for name in ("gpt-4", "gpt-4.1"))
Macro.objects.create(space=alpha, title="Tidy", model=old)
Macro.objects.create(space=alpha, title="Sort", model=new)
for number, title, model_id, fallbacks in (
    (1, "Sorter", old.pk, [new.pk]),
    (2, "Closer", str(new.pk), [f" {old.pk}.0 ", str(new.pk)]),
    (3, "Opener", str(UUID(int=old.pk)), [str(UUID(int=old.pk))]),
):
    settings = {"model_id": model_id, "fallbacks": fallbacks}
    Bot.objects.create(pk=UUID(int=number), space=alpha, title=title, settings=settings)
""",
    used_by="Sorter",
    use=[("Sorter", ""), ("Closer", ""), ("Tidy", "")],
    most_lines=50,
)


def as_text(row: tuple[Any, ...]) -> str:
    """Return a row in which JSON says what it says, however SQLite lays it out."""
    return repr([json.loads(cell) if isinstance(cell, str) and cell.startswith(("{", "[")) else cell for cell in row])


MIRRORED = Host(
    folder="mirrored",
    own_tables=("flows_",),
    models="flows_llmmodel",
    deprecated="deprecated",
    name="name",
    rows="""
from decimal import Decimal
from django.contrib.auth.models import Group, Permission, User
from flows.models import Flow, LlmModel, Membership, Step, Team
acme, other = (Team.objects.create(name=name, slug=name.lower()) for name in ("Acme", "Other"))
root = User.objects.create_superuser("root", "root@flows.example", "secret")
builders, readers = (Group.objects.create(name=name) for name in ("Builders", "Readers"))
builders.permissions.add(Permission.objects.get(content_type__app_label="flows", codename="change_flow"))
for name, team, groups in ("ann", acme, [builders, readers]), ("bob", acme, [readers]), ("cid", other, [builders]):
    member = User.objects.create_user(name, f"{name}@{team.slug}.example")
    Membership.objects.create(team=team, user=member).groups.set(groups)
old, new = (LlmModel.objects.get(name=name) for name in ("gpt-4", "gpt-4.1"))
twin = LlmModel.objects.create(pk=91, type="openai", name="gpt-4", max_token_limit=old.max_token_limit)
own = LlmModel.objects.create(pk=92, type="openai", name="tuned", max_token_limit=8000, team=acme)
sorter, closer = (Flow.objects.create(team=acme, name=name) for name in ("Sorter", "Closer"))
Flow.objects.create(team=acme, name="Sorter", working_version=sorter, version_number=2)
Flow.objects.create(team=acme, name="Attic", is_archived=True)
foreign = Flow.objects.create(team=other, name="Sorter")
for flow in Flow.all_objects.filter(team=acme).exclude(pk=closer.pk):
    for stored in 91, "91", 91.0, " 91 ", str(old.pk):
        Step.objects.create(flow=flow, label="s", settings={"llm_model_id": stored, "keep": [91]}, llm_id=int(stored))
# The two do not say the same: a joined key that was forgotten, an editor that was not asked, and what is no id at all.
for stored, key in (91, None), (new.pk, twin), (old.pk, new), (None, twin), ("none", twin), ("91b", own), ([91], own):
    Step.objects.create(flow=closer, label="t", settings={"llm_model_id": stored}, llm=key)
Step.objects.create(flow=closer, label="t", llm=twin)
Step.objects.create(flow=foreign, label="f", settings={"llm_model_id": new.pk}, llm=new)
""",
    used_by="Sorter",
    use=[
        ("Sorter", "/flows/3/v1/"),
        ("Closer", "/flows/4/v1/"),
        ("Sorter (version 2)", "/flows/3/v2/"),
        ("Attic (archived)", "/flows/6/v1/"),
    ],
    past="""
from django.utils import timezone
from flows.models import DataMigration, Flow, Team
gone = [f"2023_{number:02}_gone" for number in range(1, 8)]
for name in ["fill_labels", "2025_02_empty_flows", "drop_blank_settings", *gone]:
    DataMigration.objects.create(name=name, applied_at=timezone.now())
past = Team.objects.create(name="Past", slug="past")
for name in " First ", "Second":
    Flow.objects.create(team=past, name=name)
""",
    said=("Imported from flows.DataMigration: 10 records.", "2026_11_names: applied: 2 rows."),
    removed="2 models were",
    checked=("W102) Database default has several global models of one name: openai/gpt-4.", "W101) "),
)


@dataclasses.dataclass(frozen=True)
class Played:
    """A copy of a host in a folder of its own, with a database of its own."""

    host: Host
    folder: Path
    mail: Path
    database: ProcessDatabase

    def type(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run ``manage.py COMMAND`` as a process, and return how it ended."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_THE_HOSTS_OWN)}
        own = {"DATABASE_URL": self.database.url, "MAIL_FOLDER": str(self.mail)}
        return subprocess.run(
            [sys.executable, "-W", "error", "-W", OLD_MAIL_SETTINGS, "manage.py", *command],
            cwd=self.folder,
            env=kept | own,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def run(self, *command: str) -> str:
        """Run ``manage.py COMMAND`` as a process, which succeeds without a warning; return what it printed."""
        done = self.type(*command)
        said = f"{command}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, said
        if command[0] != "migrate" or not self.host.checked:  # what there is to check is printed there, too
            assert done.stderr == "", said
        assert not [word for word in ("Traceback", "WARNING", "Warning") if word in done.stdout], said
        return done.stdout

    def program(self, text: str) -> str:
        """Run a program inside the host."""
        return self.run("shell", "--no-imports", "-c", text)

    def tables(self) -> list[str]:
        """Return the names of all tables."""
        listed = (
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if self.database.url.startswith("sqlite")
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        return sorted(name for (name,) in self.database.query(listed))

    def rows(self) -> dict[str, list[str]]:
        """Return all rows of the host's own tables, by table."""
        own = [name for name in self.tables() if name.startswith(self.host.own_tables)]
        return {table: sorted(map(as_text, self.database.query(f'SELECT * FROM "{table}"'))) for table in own}

    def names(self) -> set[str]:
        """Return the names of all LLM models."""
        return {name for (name,) in self.database.query(f"SELECT {self.host.name} FROM {self.host.models}")}

    def offer_again(self) -> None:
        """Take back the one thing that an undo leaves otherwise than it was: what was restored is deprecated."""
        where = f"{self.host.name} = 'gpt-4' AND {self.host.deprecated}"
        removed = int(self.host.removed.split()[0])
        with self.database.connect() as connection:
            done = connection.execute(f"UPDATE {self.host.models} SET {self.host.deprecated} = false WHERE {where}")
            assert done.rowcount == removed


SCAN = """
from model_retirement.catalogue import view
from model_retirement.reference_scan import paths, report
from model_retirement.references import Registry, registry
def scan(declared):
    found = report.scan(registry=declared, catalogue=view.load(), using="default").undeclared
    return [report.label(place) for place in found]
print(*scan(registry))
places = scan(Registry())
missed = [one for one in registry if not any(paths.is_declared_by(place, one.label) for place in places)]
print(*(one.label for one in missed))
"""
"""A program that prints the places that are found and not declared, and those that are declared and not found."""


@pytest.fixture(params=[BARE, INBOX, UUIDS, MIXED, MIRRORED], ids=lambda host: host.folder)
def host(request: pytest.FixtureRequest) -> Host:
    chosen: Host = request.param
    return chosen


@pytest.fixture
def played(host: Host, tmp_path: Path) -> Iterator[Played]:
    folder = shutil.copytree(HOSTS / host.folder, tmp_path / host.folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HOSTS / "pages.py", folder)
    mail = tmp_path / "mail"
    mail.mkdir()
    with new_database(tmp_path) as database:
        yield Played(host=host, folder=folder, mail=mail, database=database)


def messages(played: Played) -> list[str]:
    """Return whom messages have reached and what they say, whichever way they went."""
    if played.host is not INBOX:
        return sorted(file.read_text() for file in played.mail.iterdir())
    sent = "SELECT username, subject, text FROM people_inboxmessage JOIN people_person p ON p.id = person_id"
    return sorted(" ".join(map(str, row)) for row in played.database.query(sent))


def check_messages_of_bare(sent: list[str]) -> None:
    (mail,) = sent
    assert "To: root@notes.example" in mail
    assert [title in mail for title in ("Minutes", "Letters", "Speech", "Poem")] == [True, True, True, False]


def check_messages_of_inbox(sent: list[str]) -> None:
    (message,) = sent
    assert message.startswith("ann Since ")
    assert "gpt-4.1 replaces gpt-4" in message


def check_messages_of_uuids(sent: list[str]) -> None:
    (mail,) = sent
    assert "To: a@bots.example" in mail
    for number, title in enumerate(("Sorter", "Closer", "Opener"), start=1):
        assert title in mail
        assert f"https://uuids.example/bots/00000000-0000-0000-0000-00000000000{number}/" in mail
    assert "Sleeper" not in mail


def check_messages_of_mixed(sent: list[str]) -> None:
    (mail,) = sent
    assert "To: alpha@bots.example" in mail
    assert [title in mail for title in ("Sorter", "Closer", "Tidy", "Opener")] == [True, True, True, False]


def check_messages_of_mirrored(sent: list[str]) -> None:
    (mail,) = sent
    assert "To: ann@acme.example" in mail  # who may change flows: of two members of the team one
    assert "Closer" in mail


CHECKS: dict[str, Callable[[list[str]], Any]] = {
    "bare": check_messages_of_bare,
    "inbox": check_messages_of_inbox,
    "uuids": check_messages_of_uuids,
    "mixed": check_messages_of_mixed,
    "mirrored": check_messages_of_mirrored,
}


def check_rows(played: Played) -> None:
    """Let ``check`` look into the database: what it says there is what it should, and no more."""
    done = played.type("check", "--database", "default")
    number = len(played.host.checked)
    issues = f"{number} issue{'' if number == 1 else 's'}" if number else "no issues"
    assert f"System check identified {issues} (0 silenced)" in done.stdout + done.stderr
    assert [line for line in played.host.checked if f"(model_retirement.{line}" not in done.stderr] == [], done.stderr


def test_a_foreign_host_retires_a_model_and_takes_it_back(played: Played, record_property):
    output = played.program(
        "from importlib.util import find_spec\nprint(*map(find_spec, ('apps', 'config', 'tests')))"
        "\nimport model_retirement\nprint(model_retirement.__file__)"
    )
    assert output.splitlines() == ["None None None", str(ENGINE / "__init__.py")]

    assert played.run("check") == "System check identified no issues (0 silenced).\n"
    assert played.run("makemigrations", "--check") == "No changes detected\n"
    if played.host.past:
        played.run("migrate", played.host.own_tables[0].rstrip("_"), "0001", "--verbosity=0")
        played.program(played.host.past)
    said = played.run("migrate")
    assert "created for openai: gpt-4, gpt-4.1" in said
    assert [line for line in played.host.said if line not in said.splitlines()] == []
    played.program(played.host.rows)
    before = played.rows()
    check_rows(played)

    assert "gpt-4.1" in played.run("llm_models", "retire", "openai/gpt-4", "--replacement", "gpt-4.1")
    preview = played.run("remove_deprecated_models", "--dry-run", "-v", "2")
    assert played.host.used_by in preview
    facts = json.loads(played.run("remove_deprecated_models", "--dry-run", "-v", "2", "--format", "json"))
    used = [(resource["name"], resource["url"]) for team in facts["teams"] for resource in team["resources"]]
    assert [(name, urlsplit(url).path) for name, url in used] == played.host.use
    assert played.rows() == before

    assert f"{played.host.removed} removed" in played.run("migrate")
    assert "gpt-4" not in played.names()
    sent = messages(played)
    CHECKS[played.host.folder](sent)
    after = played.rows()

    assert "removed" not in played.run("migrate")
    assert "There is nothing to do" in played.run("remove_deprecated_models")
    assert (played.rows(), messages(played)) == (after, sent)

    assert f"{played.host.removed} restored" in played.run("restore_removed_models", "1")
    assert "remove_deprecated_models:openai/gpt-4" in played.run("custom_migrations", "list")
    opened = played.program("import pages").splitlines()
    assert [line for line in opened if not line.startswith("200 ")] == []
    record_property(f"{played.host.folder}: pages of the admin that opened:", len(opened))

    # By now the host has messages that speak of models.
    assert played.program(SCAN) == "\n\n"

    played.offer_again()
    assert played.rows() == before


@pytest.mark.parametrize("host", [INBOX], ids=lambda host: host.folder)
def test_a_host_takes_the_engine_out_again_and_keeps_its_rows(played: Played):
    """As the guide says: its commands are typed, and between them goes what is there for the engine."""
    played.run("migrate", "--verbosity=0")
    played.program(played.host.rows)
    before = played.rows()
    tables, rest = [block.steps for block in noted_blocks(ROOT / "docs/adopting.md") if block.host == "inbox"][-2:]

    leave_out(played.folder / "desk" / "migrations" / "0002_models.py")
    for step in tables:
        played.run(*shlex.split(step.command)[2:])
    for file in sorted(played.folder.rglob("*.py")):
        leave_out(file)
    for step in rest:
        played.run(*shlex.split(step.command)[2:])

    assert played.rows() == before
    assert [name for name in played.tables() if "retirement" in name] == []
    assert played.program("from django.apps import apps\nprint('model_retirement' in apps.app_configs)") == "False\n"


def leave_out(file: Path) -> None:
    """Take out of a file what is there for the engine."""
    marked = lines_for_the_engine(file)
    kept = [line for number, line in enumerate(file.read_text().splitlines(), start=1) if number not in marked]
    file.write_text("\n".join([*kept, ""]))


@pytest.mark.parametrize("host", [INBOX], ids=lambda host: host.folder)
def test_a_host_may_keep_its_admin_and_its_deletes_to_itself(played: Played):
    with (played.folder / "inbox" / "settings.py").open("a") as settings:
        settings.write("MODEL_RETIREMENT_ADMIN = False\nMODEL_RETIREMENT_GUARD_DELETES = False\n")
    played.run("migrate", "--verbosity=0")
    played.program(played.host.rows)
    played.run("llm_models", "retire", "openai/gpt-4", "--replacement", "gpt-4.1")
    assert "1 model was removed" in played.run("migrate")
    assert played.run("check", "--database", "default") == "System check identified no issues (0 silenced).\n"
    opened = played.program("import pages").splitlines()
    assert [line for line in opened if not line.startswith("200 ")] == []
    assert [line for line in opened if "/model_retirement/removalrun/1/" in line] != []
    assert [line for line in opened if "/desk/llmmodel/" in line] == []
    said = played.program("""
from desk.models import Helper, LanguageModel
Helper.objects.update(model=None)
used = LanguageModel.objects.get(code="gpt-4.1")
print(Helper.objects.filter(others=used).count(), used.delete()[0], Helper.objects.exclude(others=None).count())
""")
    assert said == "2 3 1\n"


@pytest.mark.parametrize("host", [BARE], ids=lambda host: host.folder)
def test_a_host_without_teams_and_models_gets_them_from_migrate(played: Played):
    def teams() -> list[tuple[Any, ...]]:
        return played.database.query("SELECT name, slug FROM model_retirement_single_team_team")

    played.run("migrate", "--verbosity=0")
    assert teams() == [("Everybody", "everybody")]
    played.run("flush", "--no-input")  # as tests do; signals of migrate follow it
    assert teams() == [("Everybody", "everybody")]
    assert played.names() == set()
    played.run("llm_models", "sync")
    played.run("migrate", "--verbosity=0")
    assert teams() == [("Everybody", "everybody")]
    assert played.names() == {"gpt-4", "gpt-4.1"}


@pytest.mark.parametrize("host", [BARE], ids=lambda host: host.folder)
def test_the_table_of_models_that_a_host_gets_takes_each_name_once(played: Played):
    """Rule 16: once for everybody, and once for each team."""
    played.run("migrate", "--verbosity=0")
    said = played.program("""
from django.db import IntegrityError, transaction
from model_retirement.contrib.models.models import LlmProviderModel
from model_retirement.contrib.single_team.models import Team
other = Team.objects.create(name="Others", slug="others")
for team in (None, *Team.objects.order_by("pk"), other):
    try:
        with transaction.atomic():
            made = LlmProviderModel.objects.create(team=team, type="openai", name="gpt-4", max_token_limit=1)
    except IntegrityError:
        print("refused", team)
    else:
        print("made", made, "of", made.team)
""")
    made = "made openai/gpt-4 of"
    assert said.splitlines() == ["refused None", f"{made} Everybody", f"{made} Others", "refused Others"]


MOMENTS = 5
"""Moments at which a removal, and an undo, of the platform with UUIDs is killed."""

END_LEASES = "UPDATE model_retirement_data_migrations_custommigration SET lease_expires_at = leased_at"


@pytest.mark.postgresql
@pytest.mark.parametrize("host", [UUIDS], ids=lambda host: host.folder)
def test_a_removal_and_an_undo_that_are_killed_are_finished_whatever_the_keys_are(played: Played, record_property):
    """Rule 10: before any statement or commit, again and again on the same rows."""
    played.run("migrate", "--verbosity=0")
    played.program(played.host.rows)
    before = played.rows()
    played.run("llm_models", "retire", "openai/gpt-4", "--replacement", "gpt-4.1")
    played.database.root = played.folder
    played.database.env |= {
        "DJANGO_SETTINGS_MODULE": f"{played.host.folder}.settings",
        "PYTHONPATH": str(ROOT),
        "MAIL_FOLDER": str(played.mail),
    }
    file = played.folder / "moments"
    remove = ("remove_deprecated_models", "--force")
    with fork_server(played.database) as server:

        def run(*command: str, fault: str = "") -> int:
            prelude = f"from tests.integration import faults\nfaults.{fault}\n" if fault else ""
            return server.manage(*command, prelude=prelude).returncode

        def play(*command: str, moment: int | None, ending: dict[str, list[str]] | None) -> dict[str, list[str]]:
            """Run a command, killed at a moment and then to its end; return the rows at the end."""
            if moment is None:
                assert run(*command, fault=f"tell({str(file)!r})") == 0
            else:
                assert run(*command, fault=f"kill_at({moment})") == -signal.SIGKILL
                with played.database.connect() as connection:
                    connection.execute(END_LEASES)
                run(*command)  # which says so if the killed one had come to its end
            rows = played.rows()
            assert ending in (None, rows), (command, moment)
            return rows

        for number in (1, 2):  # the second one is like those that follow: it has less to find out
            after = play(*remove, moment=None, ending=None)
            moments = len(file.read_text().splitlines())
            play("restore_removed_models", str(number), moment=None, ending=None)
            undo_moments = len(file.read_text().splitlines())
            played.offer_again()
            assert played.rows() == before
        for number in range(3, MOMENTS + 3):
            play(*remove, moment=random.randint(1, moments), ending=after)
            play("restore_removed_models", str(number), moment=random.randint(1, undo_moments), ending=None)
            played.offer_again()
            assert played.rows() == before
    counts = played.database.query("SELECT run_id, COUNT(*) FROM model_retirement_teamnotice GROUP BY run_id, event")
    assert {count for _, count in counts} == {1}
    record_property("killed at", f"{MOMENTS} of {moments} and of {undo_moments} moments")


def lines_for_the_engine(file: Path) -> set[int]:
    """Return the lines of a file that are there for the engine.

    A comment that begins with ``host:`` marks its line, with the class that begins there; on a line of its own it marks
    the rest of the file.
    """
    lines = file.read_text().splitlines()
    marked = {number for number, line in enumerate(lines, start=1) if "# host:" in line}
    for number in [number for number in marked if lines[number - 1].startswith("# host:")]:
        marked |= set(range(number, len(lines) + 1))
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ClassDef) and node.lineno in marked:
            marked |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return {number for number in marked if lines[number - 1].strip() and not lines[number - 1].lstrip().startswith("#")}


def test_a_host_needs_few_lines_for_the_engine(host: Host, record_property):
    files = sorted((HOSTS / host.folder).rglob("*.py"))
    counted = {file: lines_for_the_engine(file) for file in files}
    unmarked = [
        f"{file}:{number}"
        for file in files
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if "model_retirement" in line.lower()
        and "to=settings" not in line
        and "swappable" not in line
        and number not in counted[file]
    ]
    assert unmarked == [], "A line that names the engine is there for it: mark it with a comment that begins with host:"
    total = sum(map(len, counted.values()))
    record_property(f"{host.folder}: lines for the engine:", total)
    assert total < host.most_lines
