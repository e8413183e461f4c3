"""What ``pip install`` brings is the engine, all of it, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from importlib.metadata import version
from pathlib import Path

import pytest

import model_retirement
from tests.processes import ROOT

ENGINE = Path(model_retirement.__file__).parent
METADATA = f"django_model_retirement-{version('django-model-retirement')}.dist-info"
BESIDES = {f"{METADATA}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "licenses/LICENSE")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel that ``make wheel`` builds."""
    folder = tmp_path_factory.mktemp("dist")
    # The variables of a make around this one would be orders to the make inside.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    built = subprocess.run(
        ["make", "wheel", f"DIST={folder}", f"PYTHON={sys.executable}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (file,) = folder.glob("*.whl")
    with zipfile.ZipFile(file) as opened:
        yield opened


@pytest.fixture
def metadata(wheel: zipfile.ZipFile) -> Message:
    return Parser().parsestr(wheel.read(f"{METADATA}/METADATA").decode())


def sources() -> dict[str, bytes]:
    """Return the engine's files by their names in a wheel."""
    files = (file for file in ENGINE.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {file.relative_to(ENGINE.parent).as_posix(): file.read_bytes() for file in files}


def test_the_wheel_has_every_file_of_the_engine_and_nothing_else(wheel: zipfile.ZipFile):
    packed = {name: wheel.read(name) for name in wheel.namelist()}
    assert {name: packed.pop(name, None) is not None for name in BESIDES} == dict.fromkeys(BESIDES, True)
    wanted = sources()
    assert sorted(packed) == sorted(wanted)
    assert [name for name in wanted if packed[name] != wanted[name]] == []


def test_the_comparison_covers_what_is_no_code():
    """A folder that is empty or elsewhere would make the comparison one of nothing with nothing."""
    kinds = {Path(name).suffix for name in sources()}
    assert kinds >= {".py", ".html", ".txt", ".css", ".typed"}
    assert "model_retirement/migrations/0001_initial.py" in sources()


def test_the_wheel_asks_for_three_packages_and_states_its_licence(metadata: Message):
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert sorted(line.split(">=")[0] for line in required) == ["django", "django-rich", "pydantic"]
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata.get_all("License-File") == ["LICENSE"]
