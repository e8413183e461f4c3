"""Settings of a platform with a second database of tenants, at ``OTHER_DATABASE_URL``."""

from tests.pinned_settings import *  # noqa: F403  # these settings are those, and one database more
from tests.pinned_settings import DATABASES, env

DATABASES["other"] = DATABASES["default"] | env.dj_db_url("OTHER_DATABASE_URL")
