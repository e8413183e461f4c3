"""Bad input, to real processes: one line that says what is wrong and what to do, exit status 1, nothing changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.integration import rows
from tests.integration.forks import ForkServer, fork_server
from tests.processes import PRODUCTION, ProcessDatabase, new_database

HELP = r"See `python manage\.py {} --help`\."

WRITE_LISTS = """
from apps.service_providers.llm_service import default_models
from apps.service_providers.llm_service.default_models import Deleted, Model, k

default_models.DEFAULT_LLM_PROVIDER_MODELS = {models}
default_models.DELETED_MODELS = {removals}
"""
GPT_4 = 'Model("gpt-4", k(8))'
GPT_4O = 'Model("gpt-4o", 128000)'

# The lists that are wrong, and what the line must say. gpt-4 and gpt-4o are in the table.
BAD_LISTS = {
    "a removal that is no tuple": (
        [GPT_4O],
        '["gpt-4"]',
        r"DELETED_MODELS\[0\] is 'gpt-4', no removal\. Write \(provider, name\), .* or Deleted\(",
    ),
    "a removal of four": (
        [GPT_4O],
        '[("openai", "gpt-4", "gpt-4o", "2026-01-01")]',
        r"DELETED_MODELS\[0\] is \('openai', .*\), no removal\. Write \(provider, name\)",
    ),
    "a removal without a name": ([GPT_4O], '[("openai", None)]', r"DELETED_MODELS\[0\]: the name is None, no name of"),
    "a comma that is missing": (
        [GPT_4O],
        '[("openai" "gpt-4")]',
        r"DELETED_MODELS\[0\] is 'openaigpt-4', no removal\. Write",
    ),
    "an unknown provider": (
        [GPT_4O],
        '[("opanai", "gpt-4")]',
        r"DELETED_MODELS\[0\] names the provider 'opanai', which the platform does not know\. Use one of openai, azure, .* those that the platform can call\.",
    ),
    "an unknown provider of models": (
        [GPT_4O],
        "[]",
        r"DEFAULT_LLM_PROVIDER_MODELS\['opanai'\] is not a list of a provider that the platform knows\. Use one of",
    ),
    "a model that is no Model": (
        ['("gpt-4o", 128000)'],
        "[]",
        r"DEFAULT_LLM_PROVIDER_MODELS\['openai'\]\[0\] is \('gpt-4o', 128000\), no Model\. Write Model\(name, token_limit",
    ),
    "a model in both lists": (
        [GPT_4, GPT_4O],
        '[("openai", "gpt-4")]',
        r"openai/gpt-4 is both in DEFAULT_LLM_PROVIDER_MODELS and in DELETED_MODELS\. Take it out of the first to remove",
    ),
    "a removal twice": (
        [GPT_4O],
        '[("openai", "gpt-4"), ("openai", "gpt-4", "gpt-4o")]',
        r"openai/gpt-4 stands 2 times in DELETED_MODELS\. Keep one of the entries\.",
    ),
    "a replacement that does not exist": (
        [GPT_4O],
        '[("openai", "gpt-4", "gpt-9")]',
        r"Nothing was removed\. openai/gpt-4 is replaced by openai/gpt-9, which is not in the catalogue\. Name a model",
    ),
    "a replacement that goes without a successor": (
        [],
        '[("openai", "gpt-4", "gpt-4o"), ("openai", "gpt-4o")]',
        r"Nothing was removed\. openai/gpt-4 is replaced by openai/gpt-4o, which is removed without a successor\. Name a",
    ),
    "a cycle": (
        [],
        '[("openai", "gpt-4", "gpt-4o"), ("openai", "gpt-4o", "gpt-4")]',
        r"Nothing was removed\. The replacements of openai run in a circle: gpt-4 -> gpt-4o -> gpt-4\. Give one of them",
    ),
    "a replacement that is switched off": (
        ['Model("gpt-4o", 128000, deprecated=True, retires_on=__import__("datetime").date(2020, 1, 1))'],
        '[("openai", "gpt-4", "gpt-4o")]',
        r"Nothing was removed\. openai/gpt-4 is replaced by openai/gpt-4o, which the provider switched off on 2020-01-01\.",
    ),
    "a replacement that is not in the table": (
        [GPT_4O, 'Model("gpt-9", 128000)'],
        '[("openai", "gpt-4", "gpt-9")]',
        r"Nothing was removed\. .*its replacement gpt-9 is not in the table; run `migrate` or `llm_models sync` first",
    ),
}
# What `llm_models sync` does not need to know.
ONLY_A_REMOVAL_MINDS = {name for name, (_, _, line) in BAD_LISTS.items() if line.startswith("Nothing was removed")}

BAD_COMMAND_LINES = [
    ("remove_deprecated_models --nope", r"unrecognized arguments: --nope\. " + HELP),
    ("remove_deprecated_models extra", r"unrecognized arguments: extra\. " + HELP),
    ("remove_deprecated_models --format xml", r"argument --format: invalid choice: 'xml' \(choose from .*json.*\)\. " + HELP),
    ("remove_deprecated_models --batch-size 0", r"argument --batch-size: '0' is not a positive integer\. " + HELP),
    ("remove_deprecated_models --batch-size many", r"argument --batch-size: 'many' is not a positive integer\. " + HELP),
    ("remove_deprecated_models --wait -1", r"argument --wait: '-1' is not a number of seconds, 0 or more\. " + HELP),
    ("remove_deprecated_models --wait soon", r"argument --wait: 'soon' is not a number of seconds, 0 or more\. " + HELP),
    ("remove_deprecated_models --wait nan", r"argument --wait: 'nan' is not a number of seconds, 0 or more\. " + HELP),
    ("remove_deprecated_models --only gpt-4", r"gpt-4: not in DELETED_MODELS\. Give PROVIDER/NAME as listed there, such as \S+/\S+\."),
    ("remove_deprecated_models --only openai/gpt-4", r"openai/gpt-4: not in DELETED_MODELS\. Give PROVIDER/NAME"),
    ("remove_deprecated_models --fake --only openai/gpt-4", r"openai/gpt-4: not in DELETED_MODELS\. Give PROVIDER/NAME"),
    ("remove_deprecated_models --dry-run --only openai/gpt-4", r"openai/gpt-4: not in DELETED_MODELS\. Give PROVIDER/NAME"),
    ("remove_deprecated_models --database other", r"argument --database: invalid choice: 'other' \(choose from '?default'?, '?all'?\)\. " + HELP),
    ("remove_deprecated_models --fake --dry-run", r"--fake and --dry-run exclude each other: give one of them\."),
    ("remove_deprecated_models -v 7", r"argument -v/--verbosity: invalid choice: 7 \(choose from 0, 1, 2, 3\)\. " + HELP),
    ("custom_migrations", r"the following arguments are required: ACTION\. " + HELP),
    ("custom_migrations lst", r"argument ACTION: invalid choice: 'lst' \(choose from .*list.*\)\. " + HELP),
    ("custom_migrations list --status done", r"argument --status: invalid choice: 'done' \(choose from .*applied.*\)\. " + HELP.format("custom_migrations list")),
    ("custom_migrations list --format xml", r"argument --format: invalid choice: 'xml' \(choose from .*\)\. " + HELP.format("custom_migrations list")),
    ("custom_migrations list --database other", r"argument --database: invalid choice: 'other' \(choose from .*\)\. " + HELP.format("custom_migrations list")),
    ("custom_migrations show", r"the following arguments are required: NAME\. " + HELP.format("custom_migrations show")),
    ("custom_migrations show remove_old_models", r"No data migration is called remove_old_models\. Did you mean remove_deprecated_models.*\?"),
    ("custom_migrations run nope", r"No data migration is called nope\. Known: .*promote_custom_models.*"),
    ("custom_migrations run remove_deprecated_models:openai/gpt-4", r"No data migration is called remove_deprecated_models:openai/gpt-4\. Did you mean .*\?"),
    ("custom_migrations mark nope", r"No data migration is called nope\. Known: .*"),
    ("custom_migrations unmark nope", r"No data migration is called nope\. Known: .*"),
    ("custom_migrations unmark load_demo", r"No data migration is called load_demo\. Known: .*"),
    ("llm_models", r"the following arguments are required: SUBCOMMAND\. " + HELP),
    ("llm_models synk", r"argument SUBCOMMAND: invalid choice: 'synk' \(choose from .*sync.*\)\. " + HELP),
    ("llm_models sync --format xml", r"argument --format: invalid choice: 'xml' \(choose from .*\)\. " + HELP.format("llm_models sync")),
    ("llm_models sync --nope", r"unrecognized arguments: --nope\. " + HELP.format("llm_models sync")),
    ("prune_history", r"the following arguments are required: --older-than\. " + HELP),
    ("prune_history --older-than soon", r"argument --older-than: 'soon' is not a number of days, 1 to 36500\. " + HELP),
    ("prune_history --older-than 30 --database other", r"argument --database: invalid choice: 'other' \(choose from .*\)\. " + HELP),
    ("load_demo --teams none", r"argument --teams: invalid int value: 'none'\. " + HELP),
    ("load_demo --teams 0", r"--teams is 0: give 1 or more\."),
    ("load_demo --nodes 1", r"--nodes is 1, fewer than the 8 teams: every team needs one node at least\."),
    ("load_demo --nope", r"unrecognized arguments: --nope\. " + HELP),
]  # fmt: skip

# Every value that makes no sense is in tests/unit/config; here is that a command says so and does nothing.
BAD_ENVIRONMENTS = [
    ({"DATABASE_URL": "nonsense"}, r'Environment variable "DATABASE_URL" invalid: Not a valid database URL\.'),
    (
        {"DJANGO_DEBUG": "false"},
        r'Environment variable "DJANGO_SECRET_KEY" not set \(nor DJANGO_ALLOWED_HOSTS, SITE_URL\)\. Production '
        r"\(DJANGO_DEBUG=false\) needs it: set it to a random text of 50 characters or more\.",
    ),
]

COMMANDS = ["remove_deprecated_models", "custom_migrations list", "llm_models sync", "load_demo"]


@pytest.fixture(scope="module")
def database(process_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessDatabase]:
    """One database for the module: whatever changes it fails the test that did it."""
    with new_database(tmp_path_factory.mktemp("bad_input"), template=process_template) as made:
        made.env["DJANGO_SETTINGS_MODULE"] = "tests.pinned_settings"
        yield made


@pytest.fixture(scope="module")
def forks(database: ProcessDatabase) -> Iterator[ForkServer]:
    with fork_server(database) as server:
        yield server


def assert_refused(done: CompletedProcess[str], line: str) -> None:
    """Nothing on stdout, one line on stderr, exit status 1."""
    assert done.stdout == ""
    assert re.fullmatch(line + r".*\n", done.stderr), done.stderr
    assert done.stderr.count("\n") == 1
    assert done.returncode == 1


@contextmanager
def unchanged(database: ProcessDatabase) -> Iterator[None]:
    before = rows.of_database(database)
    yield
    assert rows.of_database(database) == before


@pytest.mark.parametrize(("command", "line"), BAD_COMMAND_LINES, ids=[command for command, _ in BAD_COMMAND_LINES])
def test_a_bad_command_line_is_one_line(database: ProcessDatabase, forks: ForkServer, command: str, line: str):
    with unchanged(database):
        done = forks.manage(*command.split())
    assert_refused(done, "CommandError: " + line.replace("{}", command.partition(" ")[0]))


def lists(case: str) -> str:
    """Return code that puts the wrong lists in the place of the real ones."""
    models, removals, _ = BAD_LISTS[case]
    provider = "opanai" if case == "an unknown provider of models" else "openai"
    return WRITE_LISTS.format(models=f'{{"{provider}": [{", ".join(models)}]}}', removals=removals)


@pytest.mark.parametrize("case", BAD_LISTS)
@pytest.mark.parametrize("option", ["", "--dry-run"])
def test_bad_lists_stop_a_removal_before_any_change(
    database: ProcessDatabase, forks: ForkServer, case: str, option: str
):
    """Rule 3."""
    with unchanged(database):
        done = forks.manage("remove_deprecated_models", *option.split(), prelude=lists(case))
    assert_refused(done, "CommandError: " + BAD_LISTS[case][2])


@pytest.mark.parametrize("case", sorted(set(BAD_LISTS) - ONLY_A_REMOVAL_MINDS))
@pytest.mark.parametrize("command", ["llm_models sync", "load_demo", "remove_deprecated_models --fake"])
def test_lists_that_cannot_be_read_stop_every_command(
    database: ProcessDatabase, forks: ForkServer, case: str, command: str
):
    with unchanged(database):
        done = forks.manage(*command.split(), prelude=lists(case))
    assert_refused(done, "CommandError: " + BAD_LISTS[case][2])


@pytest.mark.parametrize("case", sorted(set(BAD_LISTS) - {"a replacement that is not in the table"}))
def test_migrate_reports_every_finding_and_changes_nothing(database: ProcessDatabase, forks: ForkServer, case: str):
    """Django runs the system checks first, and prints them as it prints its own."""
    with unchanged(database):
        done = forks.manage("migrate", prelude=lists(case))
    assert done.returncode == 1
    assert done.stderr.startswith(
        "SystemCheckError: System check identified some issues:\n\nERRORS:\ndefault_models.py"
    )
    assert "\tHINT: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("env", "line"), BAD_ENVIRONMENTS, ids=[str(env) for env, _ in BAD_ENVIRONMENTS])
def test_a_bad_environment_is_one_line(database: ProcessDatabase, env: dict[str, str], line: str):
    with unchanged(database):
        done = database.manage("custom_migrations", "list", **env)
    assert_refused(done, line + r" See docs/operations\.md for what it takes\.")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_that_is_not_there_is_one_line(database: ProcessDatabase, command: str):
    done = database.manage(*command.split(), DATABASE_URL="postgres://u:p@127.0.0.1:1/x")
    assert_refused(
        done,
        r"CommandError: The database said: .*refused.*\. DATABASES in the settings says which one it is; fix it and run this again\.",
    )


def test_migrate_says_in_one_line_that_a_database_is_not_there(database: ProcessDatabase):
    """Its system checks come first, and ask the database, too."""
    done = database.manage("migrate", DATABASE_URL="postgres://u:p@127.0.0.1:1/x")
    assert_refused(
        done, r"CommandError: Database default cannot be reached: .*refused.* Check DATABASES in the settings\."
    )


@pytest.mark.parametrize("command", [*COMMANDS[:3], "notify_deprecated_models", "llm_models check"])
def test_a_catalogue_that_cannot_be_imported_is_one_line(database: ProcessDatabase, tmp_path: Path, command: str):
    """Not a traceback, which would hide which file it is, and what to do."""
    (tmp_path / "broken_catalogue.py").write_text("DEFAULT_LLM_PROVIDER_MODELS = {'openai': [nothing]}")
    env = {"PYTHONPATH": str(tmp_path), "MODEL_RETIREMENT_CATALOGUE": "broken_catalogue"}
    with unchanged(database):
        done = database.manage(*command.split(), **env)
    of_the_module = r".*broken_catalogue.* cannot be imported: NameError: name 'nothing' is not defined\."
    # No app holds that module, which the list of data migrations comes to first.
    of_the_app = r"No installed app holds broken_catalogue: set MODEL_RETIREMENT_MIGRATIONS_APP"
    assert_refused(done, rf"CommandError: ({of_the_module}|{of_the_app})")


WITHOUT_TABLES = [
    *COMMANDS,
    "promote_custom_models",
    "send_team_notices",
    "prune_history --older-than 30",
    "restore_removed_models 1",
    "llm_models usage",
    "llm_models usage --dangling",
    "llm_models removals",
    "llm_models timeline --format json",
]


def test_a_database_without_tables_is_one_line(empty_process_database: ProcessDatabase):
    empty_process_database.env["DJANGO_SETTINGS_MODULE"] = "tests.pinned_settings"
    for command in WITHOUT_TABLES:
        done = empty_process_database.manage(*command.split())
        assert_refused(done, r"CommandError: .* Run `(python manage\.py )?migrate` first\.")
    assert rows.of_database(empty_process_database) == {}


def test_the_demo_is_not_loaded_twice_nor_in_production(process_database: ProcessDatabase):
    process_database.env["DJANGO_SETTINGS_MODULE"] = "tests.pinned_settings"
    with unchanged(process_database):
        done = process_database.manage("load_demo", **PRODUCTION | {"DATABASE_URL": process_database.url})
    assert_refused(done, r"CommandError: This is a production environment .*")
    assert process_database.manage("load_demo", "--nodes", "20").returncode == 0
    with unchanged(process_database):
        done = process_database.manage("load_demo")
    assert_refused(done, r"CommandError: The demo is loaded in this database already\. To load it")
