"""Two databases with tenants, one of which has a team with the slug of one in the other, and processes that know both."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.processes import ROOT, ProcessDatabase, new_database, wait_for

REMOVE = ["remove_deprecated_models", "--database", "all"]

TENANTS = """
from apps.assistants.models import Assistant
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Membership, Team
from apps.users.models import User

for alias, slugs in {"default": ["acme", "both"], "other": ["beta", "both"]}.items():
    gone = [
        LlmProviderModel.objects.using(alias).create(type="openai", name=name, max_token_limit=8192)
        for name in ("gpt-4-0613", "gpt-4-turbo")
    ]
    for slug in slugs:
        team = Team.objects.using(alias).create(slug=slug, name=slug.title())
        user = User.objects.using(alias).create(email=f"{slug}@example.org")
        Membership.objects.using(alias).create(team=team, user=user, role="admin")
        Assistant.objects.using(alias).bulk_create(
            Assistant(team=team, name=f"Helper {number}", llm_provider_model=gone[number % 2]) for number in range(100)
        )
"""

HOLDER = (
    "SELECT lease_holder FROM model_retirement_data_migrations_custommigration"
    " WHERE name = 'remove_deprecated_models' AND lease_token IS NOT NULL"
)
MOVED = "SELECT coalesce(sum(object_count), 0) FROM model_retirement_referencechange"
END_LEASE = (
    "UPDATE model_retirement_data_migrations_custommigration SET lease_expires_at = {now} WHERE lease_token IS NOT NULL"
)


@dataclasses.dataclass(frozen=True)
class Shards:
    """Two databases, and the processes that know both: those of ``default``."""

    default: ProcessDatabase
    other: ProcessDatabase
    mails: Path

    def assert_done_once(self) -> None:
        """Every reference has moved, in one removal a database, and each team has one mail from where it lives."""
        for database in (self.default, self.other):
            assert database.query("SELECT DISTINCT m.name FROM assistants_assistant a JOIN"
                                  " service_providers_llmprovidermodel m ON m.id = a.llm_provider_model_id") == [
                ("gpt-4.1",)
            ]  # fmt: skip
            assert database.query(MOVED) == [(200,)]
            assert database.query("SELECT count(*) FROM model_retirement_removalrun") == [(1,)]
            assert database.query("SELECT status, count(*) FROM model_retirement_teammessage GROUP BY status") == [
                ("sent", 2)
            ]
        sent = "".join(path.read_text() for path in self.mails.iterdir())
        recipients = Counter(re.findall(r"^To: (\w+)@example\.org$", sent, re.MULTILINE))
        assert recipients == {"acme": 1, "beta": 1, "both": 2}
        assert len(set(re.findall(r"^Message-ID: (.+)$", sent, re.MULTILINE))) == 4


@contextlib.contextmanager
def two_shards(default: ProcessDatabase, *, template: str, folder: Path) -> Iterator[Shards]:
    """Yield two databases with tenants.

    :param default: the one that processes know as ``default``
    :param folder: has the e-mails in ``mail``
    """
    (folder / "other").mkdir()
    with new_database(folder / "other", template=template) as other:
        default.env |= {
            "DJANGO_SETTINGS_MODULE": "tests.integration.second_database",
            "OTHER_DATABASE_URL": other.url,
            "PYTHONPATH": str(ROOT),
        }
        prepared = default.manage("shell", "--no-imports", "--command", TENANTS)
        assert prepared.returncode == 0, prepared.stderr
        yield Shards(default, other, folder / "mail")


@contextlib.contextmanager
def assistants_locked(database: ProcessDatabase) -> Iterator[None]:
    """Let nobody change an assistant within the block."""
    with database.connect() as connection:
        connection.execute("LOCK TABLE assistants_assistant IN SHARE MODE")
        yield


def worker(database: ProcessDatabase) -> int:
    """Return the process that works on a database, as soon as there is one."""
    wait_for(lambda: database.query(HOLDER))
    ((holder,),) = database.query(HOLDER)
    return int(holder.rpartition(" process ")[2])
