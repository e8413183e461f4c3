"""What ``pip install`` brings is the engine, all of it, and nothing else; and the engine under test is one of the two."""

from __future__ import annotations

import ast
import sysconfig
import zipfile
from collections.abc import Iterable, Iterator
from email.message import Message
from email.parser import Parser
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.processes import ENGINE, ROOT
from tests.wheel import INSTALLED, installed_from, wheel_under_test

TREE = ROOT / "src/model_retirement"
METADATA = f"django_model_retirement-{INSTALLED.version}.dist-info"
BESIDES = {f"{METADATA}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "licenses/LICENSE")}

FRAMEWORK = {"asgiref", "django", "sqlparse"}
TABLES_AND_COLOURS = {"django-rich", "markdown-it-py", "mdurl", "pygments", "rich"}
SCHEMAS = {"annotated-types", "pydantic", "pydantic-core", "typing-extensions", "typing-inspection"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel that is tested; where ``src/`` is, the one that comes of it."""
    with zipfile.ZipFile(wheel_under_test(tmp_path_factory.mktemp("dist"))) as opened:
        yield opened


@pytest.fixture
def metadata(wheel: zipfile.ZipFile) -> Message:
    return Parser().parsestr(wheel.read(f"{METADATA}/METADATA").decode())


def sources() -> dict[str, bytes]:
    """Return the engine's files by their names in a wheel."""
    files = (file for file in ENGINE.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {file.relative_to(ENGINE.parent).as_posix(): file.read_bytes() for file in files}


def brought_by(lines: Iterable[str], *, extras: Iterable[str] = ()) -> set[str]:
    """Return the names of the packages that are installed for requirements, with what these require in turn.

    :param lines: requirements, as metadata has them
    :param extras: those that were asked for of the package with these requirements
    """
    environments = [{"extra": extra} for extra in ("", *extras)]
    names: set[str] = set()
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if marker is None or any(map(marker.evaluate, environments)):
            further = requires(requirement.name) or []
            names |= {canonicalize_name(requirement.name), *brought_by(further, extras=requirement.extras)}
    return names


def names_src(source: str) -> list[int]:
    """Return the lines of a module that name ``src`` or something in it."""
    constants = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    return [node.lineno for node in constants if str(node.value).partition("/")[0] == "src"]


def test_what_is_tested_is_the_tree_or_the_wheel_and_never_some_of_both():
    installed = Path(sysconfig.get_path("purelib"), "model_retirement")
    is_tree = TREE.is_dir()
    assert (TREE if is_tree else installed) == ENGINE
    assert (installed_from() is None) == is_tree


def test_no_other_test_looks_for_the_engine_in_the_tree():
    """Where there is no ``src/``, a test that reads what is in it would read nothing, and find nothing wrong."""
    modules = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    places = [f"{path.relative_to(ROOT)}: line {line}" for path in modules for line in names_src(path.read_text())]
    assert places == [], "ENGINE of tests/processes.py is where Python imports the engine from"


@pytest.mark.parametrize(
    ("code", "lines"),
    [('ROOT / "src"', [1]), ('\nROOT / "src/model_retirement"', [2]), ('"srcset"', []), ("src = 1", [])],
)
def test_a_look_into_the_tree_would_be_found(code: str, lines: list[int]):
    assert names_src(code) == lines


def test_the_wheel_has_every_file_of_the_engine_and_nothing_else(wheel: zipfile.ZipFile):
    packed = {name: wheel.read(name) for name in wheel.namelist()}
    assert {name: packed.pop(name, None) is not None for name in BESIDES} == dict.fromkeys(BESIDES, True)
    wanted = sources()
    assert sorted(packed) == sorted(wanted)
    assert [name for name in wanted if packed[name] != wanted[name]] == []


def test_the_comparison_covers_what_is_no_code():
    """A folder that is empty or elsewhere would make the comparison one of nothing with nothing."""
    kinds = {Path(name).suffix for name in sources()}
    assert kinds >= {".py", ".html", ".txt", ".css", ".typed", ".po", ".mo"}
    assert "model_retirement/migrations/0001_initial.py" in sources()


def test_the_wheel_asks_for_three_packages_and_states_its_licence(metadata: Message):
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert sorted(line.split(">=")[0] for line in required) == ["django", "django-rich", "pydantic"]
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata.get_all("License-File") == ["LICENSE"]


def test_an_installation_brings_three_packages_and_what_these_need(metadata: Message):
    brought = brought_by(metadata.get_all("Requires-Dist", []))
    assert brought == FRAMEWORK | TABLES_AND_COLOURS | SCHEMAS


def test_what_an_extra_brings_would_be_found(metadata: Message):
    lines = metadata.get_all("Requires-Dist", [])
    more = brought_by(lines, extras=["postgresql"]) - brought_by(lines)
    assert more == {"psycopg", "psycopg-binary"}
