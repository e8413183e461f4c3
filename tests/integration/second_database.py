"""Settings of a platform with more databases of tenants: at ``OTHER_DATABASE_URL``, and at those of ``MORE_DATABASE_URLS``."""

import dj_database_url

from tests.pinned_settings import *  # noqa: F403  # these settings are those, and some databases more
from tests.pinned_settings import DATABASES, env

DATABASES["other"] = DATABASES["default"] | env.dj_db_url("OTHER_DATABASE_URL")
DATABASES |= {
    f"shard_{number}": DATABASES["default"] | dj_database_url.parse(url)
    for number, url in enumerate(filter(None, env("MORE_DATABASE_URLS", "").split(",")), start=3)
}
