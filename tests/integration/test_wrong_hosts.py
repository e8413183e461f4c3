"""A foreign platform that is set up wrongly is told so, by `check` and by each command, and nothing of it changes."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.test_hosts import HOSTS, UUIDS, Played
from tests.processes import new_database

SETTINGS, REFERENCES = "uuids/settings.py", "bots/llm_model_references.py"
ADAPTER, CATALOGUE = "bots/retirement.py", "bots/default_models.py"

# What is written in place of what, the id of the check, and what it says.
MISTAKES = {
    "an adapter that is not there": (
        SETTINGS, '"bots.retirement.Platform"', '"bots.retirement.Plattform"', "E201", "no adapter can be made of it",
    ),
    "an adapter that raises": (
        ADAPTER, "    def recipients", "    def __init__(self):\n        raise ValueError('no key')\n\n    def recipients", "E201", "ValueError: no key",
    ),
    "an adapter with other parameters": (
        ADAPTER, "recipients(self, *, team_ids, using)", "recipients(self, team_ids)", "E212", r"recipients cannot be called as recipients\(team_ids=…, using=…\)",
    ),
    "an adapter that knows providers by name alone": (
        ADAPTER, "    def recipients", "    def providers(self):\n        return ['openai']\n\n    def recipients", "E201", "providers of .* answers with 'openai'. .*pairs of key and name",
    ),
    "an adapter after which nobody hears": (
        ADAPTER, "def recipients", "def recipient", "E208", "overrides neither recipients nor deliver",
    ),
    "a catalogue that cannot be imported": (CATALOGUE, "import Deleted", "import Deletedd", "E201", "cannot be imported: ImportError"),
    "a catalogue with half of its lists": (CATALOGUE, "DELETED_MODELS", "REMOVED_MODELS", "E201", "a module without DELETED_MODELS"),
    "an address of nothing": (SETTINGS, '"https://uuids.example"', '"javascript:alert(1)"', "E201", "not the address of a site"),
    "a slug that teams do not have": (
        SETTINGS, "MODEL_RETIREMENT_CATALOGUE", 'MODEL_RETIREMENT_TEAM_SLUG = "handle"\nMODEL_RETIREMENT_CATALOGUE', "E201", "not a field of bots.Space",
    ),
    "a team model that the table does not point at": (
        SETTINGS, '"bots.Space"\nMODEL_RETIREMENT_TEAM_NAME = "title"', '"auth.Group"\nMODEL_RETIREMENT_TEAM_SLUG = "pk"', "E105", "is no foreign key to the key of auth.Group",
    ),
    "a model that is written otherwise": (REFERENCES, '"bots.Bot", "model"', '"bots.bot", "model"', "E105", "has to be written 'bots.Bot'"),
    "a field that is misspelt": (REFERENCES, '"bots.Bot", "model"', '"bots.Bot", "modell"', "E105", "bots.Bot has no such field"),
    "a way to no team": (
        REFERENCES, '"bots.Step", "routes", "bot__space"', '"bots.Step", "routes", "bot"', "E105", "no foreign key to the key of bots.Space",
    ),
    "ids in a field that is no JSON": (REFERENCES, '"bots.Step", "routes"', '"bots.Step", "label"', "E105", "a CharField and no JSONField"),
    "a mirror of another key": (REFERENCES, 'mirror="model_ref"', 'mirror="label"', "E207", "is not a generated column of that key"),
    "a resource with another name": (REFERENCES, 'name="title"', 'name="titel"', "E210", "name is titel"),
    "a relation that is forgotten": (
        REFERENCES, '    ForeignKeyReference("bots.Bot", "model", "space", ResourcePath(BOT)),\n', "", "E101", "bots.Bot.model points at LLM models",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """A host with rows that use a model which is to go."""
    folder = tmp_path_factory.mktemp("adopted")
    shutil.copytree(HOSTS / "uuids", folder / "uuids", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "mail").mkdir()
    with new_database(folder) as database:
        played = Played(host=UUIDS, folder=folder / "uuids", mail=folder / "mail", database=database)
        played.run("migrate", "--verbosity=0")
        played.program(UUIDS.rows)
        catalogue = played.folder / CATALOGUE
        text = catalogue.read_text().replace('Model("gpt-4", k(8)), ', "")
        catalogue.write_text(text.replace("= []", '= [Deleted("openai", "gpt-4", "gpt-4.1")]'))
        assert "1 model would be removed" in played.run("remove_deprecated_models", "--dry-run")
        yield played


@pytest.fixture
def mistaken(adopted: Played, tmp_path: Path) -> Played:
    """A copy of it, on the same database."""
    shutil.copytree(adopted.folder, tmp_path / "uuids", ignore=shutil.ignore_patterns("__pycache__"))
    return dataclasses.replace(adopted, folder=tmp_path / "uuids")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_one_line_and_nothing_is_removed(mistaken: Played, mistake: str):
    file, old, new, number, said = MISTAKES[mistake]
    source = mistaken.folder / file
    assert source.read_text().count(old) >= 1
    source.write_text(source.read_text().replace(old, new, 1 if file != CATALOGUE else -1))
    before = mistaken.rows()

    checked = mistaken.type("check")
    assert checked.returncode == 1
    assert "Traceback" not in checked.stderr
    assert re.search(rf"\(model_retirement\.({number})\) ", checked.stderr), checked.stderr

    removed = mistaken.type("remove_deprecated_models")
    assert removed.returncode == 1
    line = removed.stderr.removesuffix("\n")
    assert line.startswith("CommandError: ")
    assert "\n" not in line
    assert re.search(said, line)
    assert mistaken.rows() == before
    assert mistaken.names() >= {"gpt-4", "gpt-4.1"}


WITHOUT_CONTRIB = """
INSTALLED_APPS = [name for name in INSTALLED_APPS if not name.startswith({begins!r})]
MIDDLEWARE = []
TEMPLATES[0]["OPTIONS"] = {{}}
"""


@pytest.mark.parametrize("begins", ["django.contrib.admin", "django.contrib"])
def test_a_host_without_the_admin_or_any_app_of_djangos_runs_every_command(mistaken: Played, begins: str):
    """Django's checks import every library of tags, also those that only pages of the admin need."""
    settings = mistaken.folder / SETTINGS
    settings.write_text(settings.read_text() + WITHOUT_CONTRIB.format(begins=begins))
    (mistaken.folder / "uuids/urls.py").write_text("urlpatterns = []\n")
    assert "identified no issues" in mistaken.run("check")
    assert "1 model would be removed" in mistaken.run("remove_deprecated_models", "--dry-run")
    assert "gpt-4" in mistaken.run("llm_models", "usage")
    assert "There is nothing to send." in mistaken.run("send_team_notices")
    assert mistaken.run("custom_migrations", "list")
