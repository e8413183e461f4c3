"""A program that wants data migrations and has neither models of teams nor of LLMs."""

import os
import urllib.parse

_url = urllib.parse.urlsplit(os.environ["DATABASE_URL"])
_engine = {"sqlite": "sqlite3"}.get(_url.scheme, "postgresql")
DATABASES = {
    "default": {
        "ENGINE": f"django.db.backends.{_engine}",
        "NAME": _url.path.removeprefix("/"),
        "USER": _url.username or "",
        "PASSWORD": _url.password or "",
        "HOST": urllib.parse.parse_qs(_url.query).get("host", [_url.hostname or ""])[0],
        "PORT": _url.port or "",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "only for tests"
USE_TZ = True
INSTALLED_APPS = [
    "django_rich",
    "model_retirement.data_migrations",
    "stock",
]
