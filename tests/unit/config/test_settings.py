"""What the environment says becomes settings, on every Django that the project runs on."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from typing import Any

import pytest
from django.core.mail.backends import console, dummy, filebased, locmem
from django.core.mail.backends.base import BaseEmailBackend
from django.test import override_settings
from environs import EnvError

from config.environment import DEVELOPMENT_KEY
from model_retirement.catalogue.findings import Rule
from model_retirement.notices import mailer
from model_retirement.notices.mailer import EmailBackend
from tests.processes import PRODUCTION, ROOT

VARIABLES = (
    "DATABASE_URL",
    "DEFAULT_FROM_EMAIL",
    "DJANGO_ALLOWED_HOSTS",
    "DJANGO_DEBUG",
    "DJANGO_SECRET_KEY",
    "EMAIL_URL",
    "LEASE_SECONDS",
    "LOG_FORMAT",
    "NOTIFY_DAYS_BEFORE",
    "SITE_URL",
)
NO_DATABASE = "Must be an sqlite:// or postgres:// URL."
NO_DAYS = "Must be days from 0 to 9999, such as 90,30,7,0."
NO_SECRET = "Must be a random text of 50 characters or more"
NO_SERVER = "Must be a mail server in production"
NO_SITE = "Must start with https:// and name the host that people reach"
NO_LEASE = "Must be greater than 0 and at most a day (86400)."


def settings_of(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, Any]:
    """Return the settings that an environment makes."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    return runpy.run_path(str(ROOT / "config/settings.py"))


def manage(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py`` with an environment that sets nothing but what is given; a warning is an error."""
    env = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return subprocess.run(
        [sys.executable, "-W", "error", "manage.py", *command],
        cwd=ROOT,
        env=env | {"DATABASE_URL": "sqlite://:memory:"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("DATABASE_URL", "", "Not a valid database URL."),
        ("DATABASE_URL", "nonsense", "Not a valid database URL."),
        ("DATABASE_URL", "postgres://host:port/name", "Not a valid database URL."),
        ("DATABASE_URL", "mysql://me:secret@host/name", NO_DATABASE),
        ("DATABASE_URL", "oracle://me:secret@host/name", NO_DATABASE),
        ("DATABASE_URL", "postgres://host", "Must end with the name of a database."),
        ("EMAIL_URL", "", "Not a valid email URL."),
        ("EMAIL_URL", "nonsense", "Not a valid email URL."),
        ("EMAIL_URL", "smtp://host:port", "Not a valid URL."),
        ("EMAIL_URL", "smtp://host?timeout=soon", "Not a valid email URL."),
        ("EMAIL_URL", "smtp://host?timeout=-1", "Must have a timeout greater than 0."),
        ("EMAIL_URL", "smtp://host?sll=true", "Must have no options but timeout, ssl and tls"),
        ("EMAIL_URL", "smtps://host?tls=true", "Must have no options but timeout, ssl and tls"),
        ("EMAIL_URL", "file://var/mail", "Must be file:// and the path of a folder"),
        ("EMAIL_URL", "file:///", "Must be file:// and the path of a folder"),
        ("LEASE_SECONDS", "", "Not a valid number."),
        ("LEASE_SECONDS", "soon", "Not a valid number."),
        ("LEASE_SECONDS", "nan", "Special numeric values (nan or infinity) are not permitted."),
        ("LEASE_SECONDS", "0", NO_LEASE),
        ("LEASE_SECONDS", "-1", NO_LEASE),
        ("LEASE_SECONDS", "86401", NO_LEASE),
        ("LOG_FORMAT", "", "Must be text or json."),
        ("LOG_FORMAT", "JSON", "Must be text or json."),
        ("NOTIFY_DAYS_BEFORE", "", NO_DAYS),
        ("NOTIFY_DAYS_BEFORE", "soon", NO_DAYS),
        ("NOTIFY_DAYS_BEFORE", "90,", NO_DAYS),
        ("NOTIFY_DAYS_BEFORE", "90,-1", NO_DAYS),
        ("NOTIFY_DAYS_BEFORE", "10000", NO_DAYS),
        ("NOTIFY_DAYS_BEFORE", "٩", NO_DAYS),
        ("SITE_URL", "platform.example", "Must start with http:// or https://."),
        ("SITE_URL", "https://", "Must be http:// or https:// and a host name"),
        ("SITE_URL", "https://platform.example/?next=1", "Must be http:// or https:// and a host name"),
        ("SITE_URL", "https://platform example", "Must be http:// or https:// and a host name"),
        ("DEFAULT_FROM_EMAIL", "platform", "Must be an e-mail address"),
        ("DJANGO_DEBUG", "maybe", "Not a valid boolean."),
        ("DJANGO_SECRET_KEY", "", "Must not be empty."),
        ("DJANGO_ALLOWED_HOSTS", " ,", "Must name a host."),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(monkeypatch, variable, value, complaint):
    environment = (PRODUCTION if variable in ("DJANGO_ALLOWED_HOSTS", "DJANGO_SECRET_KEY") else {}) | {variable: value}
    with pytest.raises(EnvError, match=re.escape(f'Environment variable "{variable}" invalid: {complaint}')):
        settings_of(monkeypatch, **environment)


@pytest.mark.parametrize(
    ("missing", "what"),
    [
        ("DJANGO_SECRET_KEY", "a random text"),
        ("DJANGO_ALLOWED_HOSTS", "the host names"),
        ("DATABASE_URL", "the database"),
        ("EMAIL_URL", "the mail server"),
        ("SITE_URL", "where the links in e-mails lead"),
    ],
)
def test_production_has_no_default_for_what_must_be_secret_or_its_own(monkeypatch, missing, what):
    """Rule 25."""
    environment = {name: value for name, value in PRODUCTION.items() if name != missing}
    with pytest.raises(EnvError, match=rf'^Environment variable "{missing}" not set\. .* set it to {what}'):
        settings_of(monkeypatch, **environment)


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("DJANGO_SECRET_KEY", "x", NO_SECRET),
        ("DJANGO_SECRET_KEY", "abcd" * 20, NO_SECRET),
        ("DJANGO_SECRET_KEY", "django-insecure-" + "kq3x7Vw9" * 8, NO_SECRET),
        ("DJANGO_SECRET_KEY", DEVELOPMENT_KEY, NO_SECRET),
        ("EMAIL_URL", "file:///srv/mail", NO_SERVER),
        ("EMAIL_URL", "console:", NO_SERVER),
        ("EMAIL_URL", "dummy:", NO_SERVER),
        ("EMAIL_URL", "memory:", NO_SERVER),
        ("SITE_URL", "http://platform.example", NO_SITE),
        ("SITE_URL", "https://localhost:8000", NO_SITE),
        ("SITE_URL", "https://LOCALHOST.", NO_SITE),
        ("SITE_URL", "https://platform.localhost", NO_SITE),
        ("SITE_URL", "https://127.0.0.2", NO_SITE),
        ("SITE_URL", "https://[::1]/", NO_SITE),
        ("SITE_URL", "https://0.0.0.0", NO_SITE),
        ("DEFAULT_FROM_EMAIL", "platform@localhost", "Must be an address of the site's own domain"),
        ("DEFAULT_FROM_EMAIL", "", "Must be an e-mail address"),
    ],
)
def test_production_refuses_what_is_good_for_development_only(monkeypatch, variable, value, complaint):
    """Rule 25: what leaves no secret, and mail and links that reach nobody."""
    with pytest.raises(EnvError, match=re.escape(f'Environment variable "{variable}" invalid: {complaint}')):
        settings_of(monkeypatch, **PRODUCTION | {variable: value})


def test_the_sender_is_of_the_sites_own_domain(monkeypatch):
    assert settings_of(monkeypatch)["DEFAULT_FROM_EMAIL"] == "platform@localhost"
    assert settings_of(monkeypatch, **PRODUCTION)["DEFAULT_FROM_EMAIL"] == "platform@platform.example"
    chosen = "Model news <models@example.org>"
    assert settings_of(monkeypatch, **PRODUCTION, DEFAULT_FROM_EMAIL=chosen)["DEFAULT_FROM_EMAIL"] == chosen


def test_a_site_without_a_domain_of_its_own_has_to_name_a_sender(monkeypatch):
    with pytest.raises(EnvError, match='"DEFAULT_FROM_EMAIL" invalid'):
        settings_of(monkeypatch, **PRODUCTION | {"SITE_URL": "https://10.1.2.3"})


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("DATABASE_URL", "postgres://me:{}@host/name"),
        ("DATABASE_URL", "postgres://me:1{}@host/name"),
        ("DATABASE_URL", "mysql://me:{}@host/name"),
        ("EMAIL_URL", "smtp://me:{}@host"),
        ("EMAIL_URL", "smtp://me:1{}@host"),
        ("EMAIL_URL", "smtps://me:{}@host?tls=true"),
        ("SITE_URL", "https://me:{}@host"),
    ],
)
@pytest.mark.parametrize("password", ["/hunter2", "?hunter2", "#hunter2", "[hunter2"])
def test_no_error_line_has_a_password(variable, url, password):
    """Rule 25: one that ends the user's part of its URL too early is told nowhere, not as a host nor as a name."""
    done = manage("check", **{variable: url.format(password)})
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f'Environment variable "{variable}" invalid: ')
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize("module", ["config.wsgi", "config.asgi"])
def test_a_server_ends_with_one_line_as_commands_do(module):
    """Rule 25."""
    env = {name: value for name, value in (os.environ | PRODUCTION).items() if name != "EMAIL_URL"}
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith('Environment variable "EMAIL_URL" not set. Production (DJANGO_DEBUG=false) needs it')


def test_with_nothing_set_everything_is_there_for_development(monkeypatch):
    made = settings_of(monkeypatch)
    assert made["DEBUG"] is True
    assert made["DATABASES"]["default"]["NAME"] == str(ROOT / "db.sqlite3")
    assert made["MODEL_RETIREMENT_LEASE_SECONDS"] == 30
    assert made["MODEL_RETIREMENT_NOTIFY_DAYS_BEFORE"] == [90, 30, 7, 0]
    assert made["SITE_URL"] == "http://localhost:8000"
    assert made["LOG_FORMAT"] == "text"
    assert "SECURE_SSL_REDIRECT" not in made


def test_the_days_before_a_retirement_are_put_in_order(monkeypatch):
    assert settings_of(monkeypatch, NOTIFY_DAYS_BEFORE=" 7, 60,14 ,7")["MODEL_RETIREMENT_NOTIFY_DAYS_BEFORE"] == [
        60,
        14,
        7,
    ]


def test_each_database_gets_what_it_needs(monkeypatch):
    embedded = settings_of(monkeypatch, DATABASE_URL="sqlite:///platform.sqlite3")["DATABASES"]["default"]
    assert embedded["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    server = settings_of(monkeypatch, DATABASE_URL="postgres://me:secret@host:6432/platform")["DATABASES"]["default"]
    assert server["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert (server["HOST"], server["PORT"], server["NAME"]) == ("host", 6432, "platform")


def test_production_is_strict(monkeypatch):
    made = settings_of(monkeypatch, **PRODUCTION | {"SITE_URL": "https://platform.example/"})
    assert made["DEBUG"] is False
    assert made["ALLOWED_HOSTS"] == ["platform.example", "www.platform.example"]
    assert made["SITE_URL"] == "https://platform.example"
    assert made["SECURE_SSL_REDIRECT"] is made["SESSION_COOKIE_SECURE"] is made["CSRF_COOKIE_SECURE"] is True
    assert made["SECURE_HSTS_SECONDS"] > 0


def test_production_silences_only_what_the_lint_of_the_catalogue_merely_warns_of(monkeypatch):
    silenced = settings_of(monkeypatch, **PRODUCTION)["SILENCED_SYSTEM_CHECKS"]
    of_the_table = {Rule.NOT_IN_TABLE, Rule.DIFFERS_FROM_TABLE, Rule.UNLISTED, Rule.CLOSED, Rule.UNASKED}
    assert set(silenced) == {rule for rule in Rule if ".W" in rule} - of_the_table


def configured(monkeypatch: pytest.MonkeyPatch, url: str | None) -> BaseEmailBackend:
    """Return what sends the mails of an environment."""
    made = settings_of(monkeypatch, **({} if url is None else {"EMAIL_URL": url}))
    of_mail = {name: value for name, value in made.items() if name == "MAILERS" or name.startswith("EMAIL_")}
    with override_settings(**of_mail):
        return mailer.configured_backend()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://host", ("host", 25, None, None, False, False, 30)),
        ("smtp://", ("localhost", 25, None, None, False, False, 30)),
        ("smtp://me:se%40cret@host:2525?timeout=7", ("host", 2525, "me", "se@cret", False, False, 7)),
        ("smtp://me:secret@host:465?ssl=true", ("host", 465, "me", "secret", False, True, 30)),
        ("submission://me:secret@host", ("host", 587, "me", "secret", True, False, 30)),
        ("submission://host?ssl=true", ("host", 587, None, None, False, True, 30)),
        ("smtps://me:secret@host", ("host", 465, "me", "secret", False, True, 30)),
        ("smtps://host:2465?timeout=7", ("host", 2465, None, None, False, True, 7)),
    ],
)
def test_a_mail_server_is_what_the_url_says(monkeypatch, url, expected):
    backend = configured(monkeypatch, url)
    assert isinstance(backend, EmailBackend)
    names = ("host", "port", "username", "password", "use_tls", "use_ssl", "timeout")
    assert tuple(getattr(backend, name) for name in names) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("console:", console),
        ("dummy:", dummy),
        ("memory:", locmem),
        ("file:////tmp/mail", filebased),
        (None, filebased),
    ],
)
def test_mail_need_not_leave_the_machine(monkeypatch, url, expected):
    assert type(configured(monkeypatch, url)) is expected.EmailBackend


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("file:///srv/mail", "/srv/mail"),
        ("file:////srv/mail", "/srv/mail"),
        ("file:///srv/our%20mail", "/srv/our mail"),
        ("file:var/other", ROOT / "var/other"),
        (None, ROOT / "var/mail"),
    ],
)
def test_mail_in_files_lies_where_the_url_says(monkeypatch, url, folder):
    monkeypatch.chdir(ROOT)
    backend = configured(monkeypatch, url)
    assert isinstance(backend, filebased.EmailBackend)
    assert backend.file_path == str(folder)


def test_the_deployment_check_is_silent():
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("System check identified no issues")


def test_a_bad_setting_ends_a_command_with_one_line():
    done = manage("migrate", LEASE_SECONDS="soon")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        'Environment variable "LEASE_SECONDS" invalid: Not a valid number. See docs/operations.md for what it takes.\n'
    )
