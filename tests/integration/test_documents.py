"""Every command of every document is run, as a reader would type it. The guide's are run in ``test_guide.py``.

A block that is added to a document is run here without further ado. If it needs something first, see ``playing.py``.
"""

from __future__ import annotations

import contextlib
import http
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.documents import (
    DOCUMENTS,
    LANGUAGES,
    assert_mail_is_shown,
    assert_printed,
    journey_of_the_readme,
    noted_blocks,
    steps,
)
from tests.integration.forks import fork_server
from tests.integration.playing import IN_A_HOST, OpenStage, Stage, play
from tests.integration.scratch import Scratch, copy_project, mails_in
from tests.integration.test_guide import GUIDE
from tests.pinned_catalogue import pin_readme
from tests.processes import ROOT, SECONDS, ProcessDatabase, new_database, wait_for

README = ROOT / "README.md"
SHOWN_ELSEWHERE = {README, ROOT / "docs/custom_migrations.md"}
"""Documents whose ``console`` blocks are played in ``test_output_in_documents.py``, which breaks things in between."""

COMMANDS = {"bash", "console"}

TENANTS = """
from apps.service_providers.models import LlmProviderModel
from tests.integration.tenants import make_team, use_everywhere

def model(name):
    return LlmProviderModel.objects.get(team=None, type="openai", name=name)

use_everywhere(make_team("acme"), model("gpt-4"), beside=model("gpt-4o"))
"""
GPT_4_IS_LISTED = """
from apps.service_providers.llm_service import default_models

offered = default_models.DEFAULT_LLM_PROVIDER_MODELS["openai"]
offered[:] = [model for model in offered if model.name != "gpt-4"]
default_models.DELETED_MODELS.insert(0, ("openai", "gpt-4"))
"""
TOKEN_OF_ACME = """
from apps.service_providers.models import LlmProviderModel
from apps.teams import api_tokens
from apps.teams.models import Team, TeamApiToken

print(api_tokens.issue(TeamApiToken(team=Team.objects.get(slug="acme"), name="test")))
print(LlmProviderModel.objects.get(team=None, type="openai", name="gpt-4").pk)
"""


def remove_gpt_4(stage: Stage) -> None:
    """Remove gpt-4, as the first removal of this database."""
    assert stage.server is not None
    done = stage.server.manage("remove_deprecated_models", prelude=GPT_4_IS_LISTED)
    assert done.returncode == 0, done.stderr


def put_feeds(stage: Stage) -> None:
    """Put the feeds where the commands look for them."""
    feeds = ROOT / "tests/data/feeds"
    shutil.copy(feeds / "deprecations_info_data_20261002.json", stage.scratch.folder / "deprecations.json")
    shutil.copy(feeds / "litellm_model_prices_1.110.2_part.json", stage.scratch.folder / "litellm.json")


def put_price_map(stage: Stage) -> None:
    """Put the map of prices where the commands look for it."""
    price_map = ROOT / "tests/data/feeds/litellm_model_prices_1.110.2_part.json"
    shutil.copy(price_map, stage.scratch.folder / "model_prices.json")


def serve_acme(stage: Stage) -> None:
    """Let a site of our own answer where the document has ``http://localhost:8000``, and give acme a token."""
    assert stage.server is not None
    made = stage.server.manage("shell", "--no-imports", "-c", TOKEN_OF_ACME)
    token, model_id = made.stdout.split()
    port = free_port()
    stage.scratch.database.start("runserver", "--noreload", f"127.0.0.1:{port}")
    wait_until_it_answers(f"http://127.0.0.1:{port}/api/openapi.json")
    (stage.scratch.folder / ".curlrc").write_text(f'connect-to = "localhost:8000:127.0.0.1:{port}"\n')
    stage.scratch.database.env |= {
        "CURL_HOME": str(stage.scratch.folder),
        "TOKEN": token,
        "MODEL": f"http://localhost:8000/api/teams/acme/llm-models/{model_id}/",
    }


PREPARATIONS: dict[str, Callable[[Stage], object]] = {
    "after a removal of gpt-4": remove_gpt_4,
    "with the feeds": put_feeds,
    "with the price map": put_price_map,
    "with the site": serve_acme,
}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_it_answers(url: str) -> None:
    """Wait for a server that has just been started."""

    def answers() -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=SECONDS) as answer:
            return bool(answer.status == http.HTTPStatus.OK)
        return False

    wait_for(answers)


@pytest.fixture
def open_stage(process_template: str, tmp_path_factory: pytest.TempPathFactory) -> OpenStage:
    """Opens copies of the project with a database that has been migrated, and one team that uses gpt-4."""

    @contextlib.contextmanager
    def opened() -> Iterator[Stage]:
        folder = tmp_path_factory.mktemp("document")
        with new_database(folder, template=process_template) as database:
            scratch = copy_project(folder, database=database)
            with fork_server(database) as server:
                made = server.manage("shell", "--no-imports", "-c", TENANTS)
                assert made.returncode == 0, made.stderr
                yield Stage(scratch, server)

    return opened


@dataclass
class Checkout(Stage):
    """The project as somebody has cloned and installed it; what it is told about is the project itself."""

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a command line, except for what :data:`NOT_RUN` is about: of that, make says what it would do."""
        command = line.partition("#")[0].strip()
        done = self.scratch.type(f"{command} --dry-run" if command in NOT_RUN else line)
        if command == "make serve":
            self._serve(recipe=done.stdout.splitlines()[-1])
        return done

    def _serve(self, *, recipe: str) -> None:
        port = free_port()
        line = f"exec env {recipe} --noreload 127.0.0.1:{port}"
        with subprocess.Popen(["bash", "-c", line], cwd=self.scratch.folder, env=self.scratch.database.env) as server:
            try:
                wait_until_it_answers(f"http://127.0.0.1:{port}/admin/")
            finally:
                server.terminate()


NOT_RUN = {
    "make check": "takes minutes, and CI does it beside these tests",
    "make serve": "never ends, and takes a port that may be in use: its recipe is run with another one, until it answers",
    "make test": "would come to this test again",
    "make test PYTHON=python3.13": "would come to this test again, and needs another interpreter",
    "make test-sqlite": "would come to this test again",
}
"""Commands that are not run here, and why."""


def checkout(folder: Path) -> Checkout:
    """Copy what git knows of this project, or would know, and let it use this interpreter's packages."""
    root = folder / "project"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    # What the README shows follows from entries and prices of one day; the shipped ones change.
    scratch = Scratch(root, ProcessDatabase(url="", env=clean_environment(), root=root))
    pin_readme(scratch.default_models)
    # Not a link to the whole environment: PostgreSQL's programs are in there, and their user may not look in here.
    (root / ".venv/bin").mkdir(parents=True)
    for program in (Path(sys.prefix) / "bin").iterdir():
        write_script(root / ".venv/bin" / program.name, f'exec {shlex.quote(str(program))} "$@"')
    # The packages are there; an installation would change those of the tests that are running.
    (root / ".uv/bin").mkdir(parents=True)
    write_script(root / ".uv/bin/uv", "exit 0")
    subprocess.run(["git", "init", "--quiet"], cwd=root, env=clean_environment(), check=True)
    subprocess.run(["git", "add", "."], cwd=root, env=clean_environment(), check=True)
    return Checkout(scratch)


def write_script(path: Path, line: str) -> None:
    """Write a program of one line of shell."""
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def clean_environment() -> dict[str, str]:
    """Return the environment without what this run of the tests has put there."""
    ours = ("COVERAGE_", "DATABASE_URL", "DJANGO_", "EMAIL_URL", "GIT_", "MAKE", "MFLAGS", "PYTEST_", "TEST_DATABASE")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def commands_of(document: Path, *, languages: Collection[str] = COMMANDS) -> list[str]:
    """Return the commands that a document tells its readers to type in this project."""
    chosen = (block for block in noted_blocks(document) if block.language in languages and IN_A_HOST not in block.notes)
    return [step.command for block in chosen for step in block.steps]


def no_other() -> contextlib.AbstractContextManager[Stage]:
    """Open no stage."""
    pytest.fail("no block of this document can be played apart")


PLAYED = [document for document in DOCUMENTS if commands_of(document) and document not in {GUIDE, README}]


@pytest.mark.parametrize("document", PLAYED, ids=lambda document: document.name)
def test_every_command_of_a_document_runs(document: Path, open_stage: OpenStage):
    languages = {"bash"} if document in SHOWN_ELSEWHERE else COMMANDS
    with open_stage() as stage:
        played = list(
            play(document, stage=stage, open_stage=open_stage, preparations=PREPARATIONS, languages=languages)
        )
    assert [line for line, _ in played] == commands_of(document, languages=languages) != []


def test_what_is_not_run_is_in_the_readme():
    assert set(NOT_RUN) <= {command.partition("#")[0].strip() for command in commands_of(README)}


def assert_demo_is_shown(output: str) -> None:
    """Check that the README's journey is what ``make demo`` prints: these commands, in this order, with these lines."""
    assert "\x1b" not in output, "the terminal's codes are for terminals"
    _, *parts = re.split(r"^\$ (python manage\.py .*)$", output, flags=re.MULTILINE)
    printed = iter(zip(parts[::2], parts[1::2], strict=True))
    journey = journey_of_the_readme()
    for step in steps(journey):
        text = next((text for command, text in printed if command == step.command), None)
        assert text is not None, f"make demo does not run this, or not in this order: {step.command}"
        shown, *_ = re.split(r"\n\n(?=\d\. |Now: |What the admins)", text)  # up to the next heading
        assert_printed(step.lines, shown.strip("\n"))


# What the README is about chooses its databases by itself.
if os.environ.get("TEST_DATABASE", "sqlite") == "sqlite":

    def test_every_command_of_the_readme_runs(tmp_path: Path):
        stage = checkout(tmp_path)
        played = list(play(README, stage=stage, open_stage=no_other, preparations={}, languages={"bash"}))
        assert [line for line, _ in played] == commands_of(README, languages={"bash"})
        demo = next(done for line, done in played if line.startswith("make demo"))
        assert_demo_is_shown(demo.stdout)
        assert_mail_is_shown(mails_in(stage.scratch.folder / "var/demo/mail"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_block_says_what_it_is(document: Path):
    """A command in a block of another language would be one that nobody runs."""
    assert {block.language for block in noted_blocks(document)} <= LANGUAGES


class Answering(Stage):
    """A stage on which every command ends with the exit status that is its last word."""

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """Answer at once."""
        return subprocess.CompletedProcess(line, int(line.rsplit(maxsplit=1)[-1]), stdout="printed\n", stderr="")


def play_text(tmp_path: Path, text: str) -> list[str]:
    """Play a document of this text, and return what happened."""
    document = tmp_path / "document.md"
    document.write_text(text)
    events: list[str] = []
    stage = Answering(Scratch(tmp_path, ProcessDatabase(url="", env={})))

    @contextlib.contextmanager
    def opened() -> Iterator[Stage]:
        events.append("open")
        yield stage
        events.append("close")

    preparations = {"with it": lambda _: events.append("prepare")}
    for line, _ in play(document, stage=stage, open_stage=opened, preparations=preparations):
        events.append(line)
    return events


def test_commands_are_played_in_order_after_what_they_need(tmp_path):
    text = """
```bash
# A comment
first 0

second \\
  0
```
1. In a list:
   <!-- run: with it, apart -->
   ```bash
   third 0
   ```
<!-- run: fails -->
```console
$ fourth 1
printed
$ fifth 1
...
```
```python
sixth 0
```
"""
    events = ["first 0", "second 0", "open", "prepare", "third 0", "fourth 1", "fifth 1", "close"]
    assert play_text(tmp_path, text) == events


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "```bash\nfirst 1\n```\n",
            "ended with exit status 1.*name it in the line above its block: <!-- run: NAME -->",
        ),
        ("<!-- run: fails -->\n```bash\nfirst 0\n```\n", "ended with exit status 0"),
        ("<!-- run: with that -->\n```bash\nfirst 0\n```\n", "Known are apart, fails, in a host, with it; add"),
        ("```console\n$ first 0\nnothing\n```\n", "never printed, or not in this order: nothing"),
    ],
)
def test_a_block_that_does_not_run_says_what_to_do(tmp_path, text, words):
    with pytest.raises(AssertionError, match=f"(?s){words}"):
        play_text(tmp_path, text)
