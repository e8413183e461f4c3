"""A platform with teams, flows and data migrations of its own: ids in JSON with a foreign key beside them, and groups for roles."""

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
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "mirrored.urls"
STATIC_URL = "static/"
USE_TZ = True
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ["MAIL_FOLDER"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_rich",  # host:
    "model_retirement.data_migrations",  # host:
    "model_retirement",  # host:
    "flows",
]
# host: from here on for the engine
MODEL_RETIREMENT_TEAM_MODEL = "flows.Team"
MODEL_RETIREMENT_MODEL = "flows.LlmModel"
MODEL_RETIREMENT_CATALOGUE = "flows.default_models"
MODEL_RETIREMENT_PLATFORM = "flows.retirement.Platform"
MODEL_RETIREMENT_SITE_URL = "https://flows.example"
