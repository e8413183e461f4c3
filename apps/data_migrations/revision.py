"""Which code is running."""

from __future__ import annotations

import functools
import subprocess

from django.conf import settings


@functools.cache
def code_version() -> str:
    """Return the short git revision of the checkout, or "" where there is none."""
    command = ["git", "-C", str(settings.BASE_DIR), "rev-parse", "--short", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603  # no input
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()
