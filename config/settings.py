"""Settings: one file, every value that differs between environments comes from the environment.

With no variable set everything runs for development on an embedded SQLite database. The variables are described in
``docs/operations.md``.
"""

import datetime as dt
import logging
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import django
from csp.constants import NONE, SELF
from environs import Env

from config import environment
from model_retirement.numbers import whole_number

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()

DEBUG = env.bool("DJANGO_DEBUG", default=True)
if DEBUG:
    SECRET_KEY = env.str("DJANGO_SECRET_KEY", default=environment.DEVELOPMENT_KEY)
    ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
else:
    environment.check_complete(os.environ)
    SECRET_KEY = env.str("DJANGO_SECRET_KEY")
    environment.check_secret_key(SECRET_KEY)
    ALLOWED_HOSTS = [host.strip() for host in env.list("DJANGO_ALLOWED_HOSTS", subcast=str) if host.strip()]
    if not ALLOWED_HOSTS:
        raise environment.invalid("DJANGO_ALLOWED_HOSTS", "Must name a host.")
    # TLS ends at the proxy in front; the application server tells Django which requests came to it that way, for it
    # knows which proxy to trust. A header of our own choice could be forged where nothing removes it.
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    # What the catalogue's lint merely warns of is for those who edit it; `llm_models check` always shows it.
    SILENCED_SYSTEM_CHECKS = [f"model_retirement.W{number:03}" for number in (*range(1, 7), *range(10, 14), 16, 17)]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_linear_migrations",
    "django_rich",
    "model_retirement.contrib.migrate",
    "model_retirement.data_migrations",
    "model_retirement",
    "apps.data_migrations",
    "apps.users",
    "apps.teams",
    "apps.service_providers",
    "apps.pipelines",
    "apps.assistants",
    "apps.chatbots",
    "apps.evaluations",
    "apps.documents",
    "apps.demo",
]

MIDDLEWARE = [
    "config.requests.OurHosts",
    "config.requests.PlainAddresses",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

# Whatever is in a page's text, a browser runs nothing and loads nothing that is not a file of this site. So no template
# has a style or a script in it; the one exception is the page that shows an e-mail, which sets a policy of its own.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

DEFAULT_EXCEPTION_REPORTER_FILTER = "config.error_pages.PasswordFilter"

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.dj_db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
_engine = DATABASES["default"]["ENGINE"].removeprefix("django.db.backends.")
if _engine not in {"sqlite3", "postgresql"}:
    raise environment.invalid("DATABASE_URL", "Must be an sqlite:// or postgres:// URL.")
if not DATABASES["default"]["NAME"]:
    raise environment.invalid("DATABASE_URL", "Must end with the name of a database.")
if _engine == "sqlite3":
    # A transaction that starts with a read and then writes fails with "database is locked", however long the timeout.
    DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 30}
else:
    environment.check_password_is_encoded("DATABASE_URL", os.environ["DATABASE_URL"])
    # Server-side cursors outlive a transaction, which a pooler in transaction mode does not allow.
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "users.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"

# Who guesses a password gets five attempts in a quarter of an hour. They are counted by account and address together:
# a person cannot be kept out from elsewhere, nor everybody from one address. Behind a proxy all requests come from its
# address, so that they are counted by account.
AUTHENTICATION_BACKENDS = ["apps.users.logins.LimitedLogin", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "apps.users.logins.account"
AXES_CLIENT_IP_CALLABLE = "apps.users.logins.address"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
FORMAT_MODULE_PATH = "config.formats"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "var" / "static"

SITE_URL = environment.site_url(env.str("SITE_URL", default="http://localhost:8000"), production=not DEBUG)
MODEL_RETIREMENT_SITE_URL = SITE_URL
MODEL_RETIREMENT_TEAM_MODEL = "teams.Team"
MODEL_RETIREMENT_MODEL = "service_providers.LlmProviderModel"
# The demo has a catalogue and an adapter of its own.
MODEL_RETIREMENT_CATALOGUE = env.str(
    "MODEL_RETIREMENT_CATALOGUE", default="apps.service_providers.llm_service.default_models"
)
MODEL_RETIREMENT_PLATFORM = env.str("MODEL_RETIREMENT_PLATFORM", default="config.retirement.Platform")
DEFAULT_FROM_EMAIL = environment.sender(
    env.str("DEFAULT_FROM_EMAIL", default="platform@localhost" if DEBUG else f"platform@{urlsplit(SITE_URL).hostname}"),
    production=not DEBUG,
)
_email = environment.mail_settings(
    env.str("EMAIL_URL", default=f"file://{quote(str(BASE_DIR / 'var' / 'mail'))}"), production=not DEBUG
)
# Django's own SMTP backend forgets who was refused when others were accepted.
_backend = _email["EMAIL_BACKEND"].replace("django.core.mail.backends.smtp.", "model_retirement.notices.mailer.")
if django.VERSION >= (6, 1):
    # The settings below are deprecated there, and each backend takes its own options only.
    _options = {
        "mailer": {
            "host": _email["EMAIL_HOST"],
            "port": _email["EMAIL_PORT"],
            "username": _email["EMAIL_HOST_USER"],
            "password": _email["EMAIL_HOST_PASSWORD"],
            "use_tls": _email["EMAIL_USE_TLS"],
            "use_ssl": _email["EMAIL_USE_SSL"],
            "timeout": _email["EMAIL_TIMEOUT"],
        },
        "filebased": {"file_path": _email["EMAIL_FILE_PATH"]},
    }
    MAILERS = {"default": {"BACKEND": _backend, "OPTIONS": _options.get(_backend.split(".")[-2], {})}}
else:
    EMAIL_BACKEND = _backend
    EMAIL_FILE_PATH = _email["EMAIL_FILE_PATH"]
    EMAIL_HOST = _email["EMAIL_HOST"]
    EMAIL_PORT = _email["EMAIL_PORT"]
    EMAIL_HOST_USER = _email["EMAIL_HOST_USER"]
    EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS = _email["EMAIL_USE_TLS"]
    EMAIL_USE_SSL = _email["EMAIL_USE_SSL"]
    EMAIL_TIMEOUT = _email["EMAIL_TIMEOUT"]

# How many days before a model retires its teams are told, each time once (docs/adr/0016).
_days = [
    whole_number(day.strip(), most=9999)
    for day in env.list("NOTIFY_DAYS_BEFORE", subcast=str, default=["90", "30", "7", "0"])
]
if not _days or None in _days:
    raise environment.invalid("NOTIFY_DAYS_BEFORE", "Must be days from 0 to 9999, such as 90,30,7,0.")
MODEL_RETIREMENT_NOTIFY_DAYS_BEFORE = sorted({day for day in _days if day is not None}, reverse=True)

# Seconds for which a claim on a data migration holds without being renewed (docs/adr/0005).
MODEL_RETIREMENT_LEASE_SECONDS = env.float("LEASE_SECONDS", default=30.0)
if not 0 < MODEL_RETIREMENT_LEASE_SECONDS <= 24 * 60 * 60:
    raise environment.invalid("LEASE_SECONDS", "Must be greater than 0 and at most a day (86400).")

LOG_FORMAT = MODEL_RETIREMENT_LOG_FORMAT = env.str("LOG_FORMAT", default="text")
if LOG_FORMAT not in {"text", "json"}:
    raise environment.invalid("LOG_FORMAT", "Must be text or json.")
_as_json = LOG_FORMAT == "json"
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "config.logs.TextFormatter", "format": "%(levelname)s %(message)s"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": ["levelname", "name", "process", "message"],
            "rename_fields": {"levelname": "level", "name": "logger"},
            "timestamp": "time",
            # What Django puts on the lines of a request: its text is the whole address, with what a person searched for.
            "reserved_attrs": [*vars(logging.makeLogRecord({})), "message", "request"],
        },
    },
    "handlers": {
        # A person gets the command's own words; of the log only what went wrong. A collector of logs gets all of it.
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "level": "INFO" if _as_json else "WARNING",
        },
    },
    "loggers": {
        name: {"level": "INFO", "handlers": [] if _as_json else ["stderr"]} for name in ("apps", "model_retirement")
    },
}
if _as_json:
    LOGGING["root"] = {"level": "WARNING", "handlers": ["stderr"]}
    # Django's own handlers write text.
    LOGGING["loggers"] |= {
        name: {"level": "INFO", "handlers": [], "propagate": True} for name in ("django", "django.server")
    }
