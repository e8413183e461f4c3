"""Fixtures of real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.two_shards import Shards, two_shards
from tests.processes import ProcessDatabase


@pytest.fixture
def shards(process_database: ProcessDatabase, process_template: str, tmp_path: Path) -> Iterator[Shards]:
    """Two databases with tenants."""
    with two_shards(process_database, template=process_template, folder=tmp_path) as pair:
        yield pair
