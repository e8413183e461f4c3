"""Settings of processes that have the sample app."""

import os

from tests.pinned_settings import *  # noqa: F403  # these settings are those, and two more
from tests.pinned_settings import INSTALLED_APPS as PLATFORM_APPS

INSTALLED_APPS = [*PLATFORM_APPS, "tests.sample_app"]
# Like "teams=later_teams,sample_app=other": packages that a test wrote.
MIGRATION_MODULES = dict(
    pair.split("=") for pair in os.environ.get("SAMPLE_MIGRATION_MODULES", "").split(",") if "=" in pair
)
