"""The sample app's commands are known to all tests here."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _sample_commands_are_known(sample_commands: dict[str, str]) -> None:
    """Commands are found by name, so they have to be there before a test starts."""
