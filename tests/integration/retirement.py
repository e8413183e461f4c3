"""One small retirement that tests of faults repeat: tenants, the two lists, processes that are quick to start.

It has what a removal can meet: models with a replacement that takes fewer settings, models without, enough of them for
some to end in one transaction, every kind of reference, a team with two admins, one with one, and one that nobody can
write to.
"""

from __future__ import annotations

import contextlib
import subprocess
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.integration import outcomes
from tests.integration.forks import ForkServer, fork_server
from tests.integration.outcomes import Outcome
from tests.integration.snapshots import Snapshot, snapshot
from tests.mail_server import MailServer
from tests.processes import SECONDS, ProcessDatabase, new_database, wait_for

TENANTS = """
from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, MODEL_PARAMETERS_KEY, Node
from tests.factories.chatbots import ChatbotFactory
from tests.factories.documents import CollectionFactory
from tests.factories.evaluations import EvaluatorFactory, TranscriptAnalysisFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.integration.tenants import make_team

new = LlmProviderModelFactory.create(name="new", max_token_limit=16_000)
leaving = [LlmProviderModelFactory.create(name=name, deprecated=True) for name in ("old", "gone", "older", "lost")]
for slug, admins in (("acme", 2), ("beta", 1), ("solo", 0)):
    team = make_team(slug, admins=admins)
    for model in leaving:
        pipeline = PipelineFactory.create(team=team, name=f"{model.name} pipeline")
        chatbot = ChatbotFactory.create(team=team, name=f"{model.name} bot", pipeline=pipeline)
        params = [
            {MODEL_ID_KEY: model.pk, MODEL_PARAMETERS_KEY: {"temperature": 0.5, "max_tokens": 100}},
            {MODEL_ID_KEY: str(model.pk), FALLBACK_MODEL_IDS_KEY: [new.pk]},
            {MODEL_ID_KEY: new.pk, FALLBACK_MODEL_IDS_KEY: [new.pk, str(model.pk), model.pk, new.pk]},
            {"prompt": "No model at all"},
        ]
        # In bulk, because saving would make integers of the strings.
        Node.objects.bulk_create(NodeFactory.build(pipeline=pipeline, params=one) for one in params)
        chatbot.create_new_version()
        EvaluatorFactory.create(team=team, llm_provider_model=None, jury_models=[model, new])
        TranscriptAnalysisFactory.create(team=team, llm_provider_model=model, translation_llm_provider_model=new)
        TranscriptAnalysisFactory.create(team=team, llm_provider_model=new, translation_llm_provider_model=model)
        CollectionFactory.create(team=team, contextualizer_llm_model=model)
"""

# More of everything, for removals in many batches; made in bulk.
MANY_TENANTS = (
    TENANTS
    + """
from apps.assistants.models import Assistant

for number in range(9):
    team = make_team(f"team-{number}")
    pipeline = PipelineFactory.create(team=team)
    Node.objects.bulk_create(
        Node(
            pipeline=pipeline,
            flow_id=f"many-{n}",
            params={
                MODEL_ID_KEY: (leaving[n % 2].pk, str(leaving[n % 2].pk))[n % 3 == 0],
                FALLBACK_MODEL_IDS_KEY: [leaving[n // 2 % 2].pk, new.pk],
            },
        )
        for n in range(200)
    )
    Assistant.objects.bulk_create(
        Assistant(team=team, name=f"Assistant {n}", llm_provider_model=leaving[n % 2]) for n in range(50)
    )
"""
)

LISTS = """
from django.conf import settings
from apps.service_providers.llm_service import default_models
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.parameters import OpenAIReasoningParameters

default_models.DEFAULT_LLM_PROVIDER_MODELS = {"openai": [Model("new", 16_000, parameters=OpenAIReasoningParameters)]}
default_models.DELETED_MODELS = [
    ("openai", "old", "new"), ("openai", "gone"), ("openai", "older", "new"), ("openai", "lost")
]
settings.DEBUG = False  # as in production, where Django keeps no log of its queries
"""

# A release with that retirement: the migration that asks for the removal, which no file has and only `migrate` looks for.
RELEASE = """
from django.conf import settings
from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from model_retirement.data_migrations.operations import RunDataMigration
from model_retirement.operations import llm_model_migration

class Release(migrations.Migration):
    operations = [llm_model_migration(), RunDataMigration("remove_deprecated_models")]

def load_disk(loader, _load_disk=MigrationLoader.load_disk):
    _load_disk(loader)
    last = max(name for app, name in loader.disk_migrations if app == "service_providers")
    Release.dependencies = [("service_providers", last)]
    loader.disk_migrations["service_providers", "9999_release"] = Release("9999_release", "service_providers")

MigrationLoader.load_disk = load_disk
settings.SILENCED_SYSTEM_CHECKS = ["dlm.E004"]  # max_migration.txt does not know of it
"""

# Everything that a process of its own would import, compile and render for the first time.
REHEARSAL = """
import io
from django.core.management import call_command
from django.db import connections
from tests.integration import faults

for command in (["migrate", "--verbosity=0"], ["remove_deprecated_models"]):
    call_command(*command, stdout=io.StringIO(), stderr=io.StringIO())
connections.close_all()
"""

END_LEASES_OF_MESSAGES = ("UPDATE model_retirement_teammessage SET lease_expires_at = {now} WHERE status = 'sending'",)
END_LEASES = (
    "UPDATE model_retirement_data_migrations_custommigration SET lease_expires_at = {now} WHERE lease_token IS NOT NULL",
    *END_LEASES_OF_MESSAGES,
)

LEASE_SECONDS = float(SECONDS)
"""Longer than any test, so that a claim ends when the test says so."""

Mail = tuple[tuple[str, ...], str, str]


@dataclass(frozen=True)
class Ending:
    """What a run has left.

    :param mails: what was delivered, repeats of one ``Message-ID`` aside: recipients, subject and text of each mail
    """

    outcome: Outcome
    mails: Counter[Mail]


@dataclass(frozen=True)
class Stage:
    """A database that can be set back to its tenants, processes to run on it, and the server that gets their mails."""

    database: ProcessDatabase
    forks: ForkServer
    mail_server: MailServer
    tenants: Snapshot
    leases: list[float] = field(default_factory=lambda: [LEASE_SECONDS])

    def set_back(self, to: Snapshot | None = None) -> None:
        """Begin anew: rows as they were (the tenants', if not said otherwise), a mail server that takes everything."""
        (to or self.tenants).put_back()
        self.mail_server.begin_anew()

    def run(self, *command: str, fault: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end.

        :param fault: a call of a function of :mod:`tests.integration.faults`
        """
        prelude = f"from tests.integration import faults; faults.{fault}" if fault else ""
        return self.forks.manage(*command, prelude=prelude)

    @contextlib.contextmanager
    def leases_of(self, seconds: float) -> Iterator[None]:
        """Let claims of the block's processes hold for so long."""
        set_lease = "from django.conf import settings; settings.MODEL_RETIREMENT_LEASE_SECONDS = {}".format
        self.leases.append(seconds)
        self.forks.prepare(set_lease(seconds))
        yield
        self.leases.pop()
        self.forks.prepare(set_lease(self.leases[-1]))

    def end_leases(self, statements: Sequence[str] = END_LEASES) -> None:
        """Let all claims end, as time would, or only those on messages."""
        with self.database.connect() as connection:
            for statement in statements:
                connection.execute(statement.format(now=self.database.now))

    def outlast_leases_of_messages(self) -> None:
        """Wait until no claim on a message holds any more: nobody waits for one, the next sender comes by later."""
        held = f"SELECT 1 FROM model_retirement_teammessage WHERE lease_expires_at > {self.database.now}"
        wait_for(lambda: not self.database.query(held))

    @contextlib.contextmanager
    def removed(self) -> Iterator[Snapshot]:
        """Keep a state in which the removal is done and told."""
        self.set_back()
        done = self.run("remove_deprecated_models")
        assert done.returncode == 0, done.stderr
        with snapshot(self.database, name="removed") as kept:
            yield kept

    def ending(self) -> Ending:
        """Return what is in the database and what was delivered, comparable with what another run left."""
        return Ending(outcome=outcomes.of(self.database), mails=self._mails())

    def assert_ended_as(self, expected: Ending, *, may_come_twice: Collection[str] = (), what: str = "") -> None:
        """Compare the end with another one, row by row and mail by mail.

        :param may_come_twice: the ``Message-ID`` of mails of which the server may have got another copy
        :param what: what was done, for people
        """
        ending = self.ending()
        difference = outcomes.difference(ending.outcome, expected.outcome)
        assert difference == [], "\n".join([what, *difference])
        assert ending.mails == expected.mails, what
        times = Counter(self.mail_server.message_ids())
        assert {message_id for message_id in times if times[message_id] > 1} <= set(may_come_twice), what

    def _mails(self) -> Counter[Mail]:
        mails = {
            mail.message_id: (
                mail.recipients,
                str(mail.message["Subject"]),
                next(mail.message.iter_parts()).get_content(),
            )
            for mail in self.mail_server.received
        }
        return Counter(mails.values())

    def accepted_but_not_recorded(self) -> set[str]:
        """Return the ``Message-ID`` of every mail that the server took and the database does not know of."""
        sent = self.database.query("SELECT message_id FROM model_retirement_teammessage WHERE status = 'sent'")
        known = {str(uuid.UUID(str(message_id))) for (message_id,) in sent}
        return {
            message_id
            for message_id in self.mail_server.message_ids()
            if message_id.strip("<").partition(".")[0] not in known
        }


@contextlib.contextmanager
def stage(
    folder: Path, *, template: str, tenants: str = TENANTS, reached_at: Callable[[str], str] = str
) -> Iterator[Stage]:
    """Set up a database with tenants, a mail server, and a server of processes that has rehearsed the commands.

    :param tenants: Python code that makes the tenants
    :param reached_at: gives the URL at which processes reach the database, if that is not its own
    """
    mail_server = MailServer()
    mail_server.start()
    with new_database(folder, template=template) as database:
        database.env |= {
            "DATABASE_URL": reached_at(database.url),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "EMAIL_URL": mail_server.url,
            "LEASE_SECONDS": str(LEASE_SECONDS),
        }
        try:
            with fork_server(database) as forks:
                forks.prepare(
                    f"{tenants}\n{LISTS}\n{RELEASE}\nfrom django.db import connections\nconnections.close_all()"
                )
                with snapshot(database, name="tenants") as kept:
                    forks.prepare(REHEARSAL)
                    made = Stage(database=database, forks=forks, mail_server=mail_server, tenants=kept)
                    made.set_back()
                    yield made
        finally:
            mail_server.stop()
