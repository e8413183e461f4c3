"""The run-once framework without the rest of the engine: it knows no model, no team, and imports nothing above it."""

from __future__ import annotations

import configparser
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ENGINE, ROOT, ProcessDatabase, new_database

LOADED = """
import importlib, json, sys
for name in {modules}:
    importlib.import_module(name)
print(json.dumps(sorted(name for name in sys.modules if name.startswith("model_retirement."))))
"""

Run = subprocess.CompletedProcess[str]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[ProcessDatabase]:
    shutil.copytree(ROOT / "tests/hosts/plain", tmp_path / "host", ignore=shutil.ignore_patterns("__pycache__"))
    with new_database(tmp_path) as made:
        made.env["DJANGO_SETTINGS_MODULE"] = "plain.settings"
        made.env["PYTHONPATH"] = str(ENGINE.parent)
        yield made


def manage(database: ProcessDatabase, folder: Path, *command: str) -> Run:
    """Run a command of the host, as a process of its own."""
    arguments = [sys.executable, "-W", "error", "manage.py", *command]
    return subprocess.run(arguments, cwd=folder / "host", env=database.env, capture_output=True, text=True, check=False)


def below() -> set[str]:
    """Return the engine's modules that the framework may import: the layers under it."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    layers = config["importlinter:contract:layers-of-the-engine"]["layers"]
    return {name.strip() for name in layers.partition("\ndata_migrations\n")[2].replace("\n", "|").split("|")}


def test_a_host_without_teams_and_models_has_data_migrations(database: ProcessDatabase, tmp_path: Path):
    (tmp_path / "host/stock/management/commands/a_broken.py").write_text("import no_such_module_anywhere\n")
    checked = manage(database, tmp_path, "check")
    assert (checked.returncode, checked.stderr) == (0, "")
    migrated = manage(database, tmp_path, "migrate")
    assert (migrated.returncode, migrated.stderr) == (0, "")
    assert migrated.stdout.endswith(
        "Running data migrations: 2024_cleanup\n2024_cleanup: applied: 2 items, label: nut.\n"
    )
    assert database.query("SELECT label FROM stock_item ORDER BY id") == [("nut",), ("bolt",), ("nut",)]
    shown = manage(database, tmp_path, "custom_migrations", "show", "cleanup_items", "--format", "json")
    document = json.loads(shown.stdout)
    assert (document["name"], document["options"], document["requested_by"]) == (
        "2024_cleanup",
        {"label": "nut"},
        "stock",
    )
    assert [(attempt["counts"], attempt["result"]) for attempt in document["attempts"]] == [
        ({"items": 2}, {"label": "nut"})
    ]


OWN_RECORDS = """
class Done(models.Model):
    name = models.CharField(max_length=200)
    applied_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
"""
IMPORTED = """
    operations = [
        migrations.CreateModel("Done", [
            ("id", models.BigAutoField(primary_key=True)),
            ("name", models.CharField(max_length=200)),
            ("applied_at", models.DateTimeField()),
        ]),
        migrations.RunSQL("INSERT INTO stock_done (name, applied_at) VALUES ('cleanup_items', '2024-03-01 12:00:00+00:00')"),
        ImportRecords("stock.Done"),
"""


def test_what_a_framework_of_the_host_s_own_has_done_is_not_done_again(database: ProcessDatabase, tmp_path: Path):
    stock = tmp_path / "host/stock"
    with (stock / "models.py").open("a") as models:
        models.write(OWN_RECORDS)
    path = stock / "migrations/0002_label_items.py"
    asking = path.read_text().replace("import RunDataMigration", "import ImportRecords, RunDataMigration")
    asking = asking.replace("import migrations", "import migrations, models")
    path.write_text(asking.replace("    operations = [\n", IMPORTED))
    migrated = manage(database, tmp_path, "migrate")
    assert (migrated.returncode, migrated.stderr) == (0, "")
    assert migrated.stdout.endswith("OK\nImported from stock.Done: 1 record.\n")
    assert database.query("SELECT label FROM stock_item ORDER BY id") == [("",), ("bolt",), ("",)]
    listed = json.loads(manage(database, tmp_path, "custom_migrations", "list", "--format", "json").stdout)
    assert listed == [
        {
            "name": "2024_cleanup",
            "status": "applied",
            "applied_at": "2024-03-01T12:00:00Z",
            "requested_by": "imported from stock.Done",
            "runs": 0,
        }
    ]
    again = manage(database, tmp_path, "custom_migrations", "import", "stock.Done")
    assert (again.returncode, again.stdout) == (0, "Imported from stock.Done: nothing; 1 here already.\n")


def test_nothing_above_the_framework_is_imported_for_it(database: ProcessDatabase, tmp_path: Path):
    """Commands are found by name: that leads to the host's, and to nothing of the engine's that is not installed."""
    modules = [
        ".".join(["model_retirement", *path.relative_to(ENGINE).with_suffix("").parts])
        for path in (ENGINE / "data_migrations").rglob("*.py")
        if not {"admin", "templatetags", "__init__"} & {*path.parts, path.stem}  # Django's admin is not installed
    ]
    listed = manage(database, tmp_path, "shell", "--no-imports", "-c", LOADED.format(modules=modules))
    assert listed.returncode == 0, listed.stderr
    loaded = {name.split(".")[1] for name in json.loads(listed.stdout)}
    assert "conf" in below()
    assert loaded <= {"data_migrations", *below()}


@pytest.mark.parametrize(
    ("command", "wrong", "right", "line"),
    [
        (
            # As luck would have it, all that is migrated at once is in the right order.
            ["migrate", "stock"],
            '        ("model_retirement_data_migrations", "0001_initial"),\n',
            "",
            'dd ("model_retirement_data_migrations", "0001_initial"), to the dependencies of stock.0002_label_items.',
        ),
        (["migrate"], '"label":', '"lable":', "2024_cleanup has no option lable; it takes label."),
        (["migrate"], '{"label": "nut"}', '{"wait": 5}', "option wait cannot be given; "),
    ],
)
@pytest.mark.parametrize("skip", [True, False])
def test_a_migration_that_asks_wrongly_is_stopped(
    database: ProcessDatabase, tmp_path: Path, *, command: list[str], wrong: str, right: str, line: str, skip: bool
):
    """By the checks, and by the operation where somebody skips them."""
    path = tmp_path / "host/stock/migrations/0002_label_items.py"
    path.write_text(path.read_text().replace(wrong, right))
    refused = manage(database, tmp_path, *command, *(["--skip-checks"] if skip else []))
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert line in refused.stderr
    if skip:
        assert len(refused.stderr.splitlines()) == 1
        assert refused.stderr.startswith("CommandError: ")
