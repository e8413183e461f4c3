"""The wheel of the engine that is under test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.processes import ROOT

INSTALLED = distribution("django-model-retirement")


def wheel_under_test(folder: Path) -> Path:
    """Return the wheel that the engine was installed from, or else the one that comes of ``src/``.

    :param folder: where that one is put
    """
    return installed_from() or _built(folder)


def installed_from() -> Path | None:
    """Return the wheel that the engine was installed from, or None where it is the one in ``src/``."""
    origin = json.loads(INSTALLED.read_text("direct_url.json") or "{}")
    return Path(unquote(urlsplit(origin["url"]).path)) if "archive_info" in origin else None


def _built(folder: Path) -> Path:
    """Return the wheel that ``make wheel`` builds."""
    # The variables of a make around this one would be orders to the make inside.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", "wheel", f"DIST={folder}", f"PYTHON={sys.executable}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (file,) = folder.glob("*.whl")
    return file
