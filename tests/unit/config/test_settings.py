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

from apps.service_providers.llm_service.findings import Rule
from apps.service_providers.notices import mailer
from apps.service_providers.notices.mailer import EmailBackend
from tests.processes import ROOT

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
PRODUCTION = {
    "EMAIL_URL": "smtp://mail.example",
    "DJANGO_DEBUG": "false",
    "DJANGO_SECRET_KEY": "kq3x7Vw9" * 8,
    "DJANGO_ALLOWED_HOSTS": "platform.example, www.platform.example,",
}
NO_DATABASE = "Must be an sqlite:// or postgres:// URL."
NO_DAYS = "Must be days from 0 to 9999, such as 90,30,7,0."
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
        ("EMAIL_URL", "smtp://host:port", "Not a valid email URL."),
        ("EMAIL_URL", "smtp://host?timeout=soon", "Not a valid email URL."),
        ("EMAIL_URL", "smtp://host?timeout=-1", "Must have a timeout greater than 0."),
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
        ("DJANGO_DEBUG", "maybe", "Not a valid boolean."),
        ("DJANGO_SECRET_KEY", "", "Must not be empty."),
        ("DJANGO_ALLOWED_HOSTS", " ,", "Must name a host."),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(monkeypatch, variable, value, complaint):
    environment = (PRODUCTION if variable in PRODUCTION else {}) | {variable: value}
    with pytest.raises(EnvError, match=re.escape(f'Environment variable "{variable}" invalid: {complaint}')):
        settings_of(monkeypatch, **environment)


@pytest.mark.parametrize("missing", ["DJANGO_SECRET_KEY", "DJANGO_ALLOWED_HOSTS"])
def test_production_has_no_default_for_what_must_be_secret_or_its_own(monkeypatch, missing):
    environment = {name: value for name, value in PRODUCTION.items() if name != missing}
    with pytest.raises(EnvError, match=f'"{missing}" not set'):
        settings_of(monkeypatch, **environment)


def test_with_nothing_set_everything_is_there_for_development(monkeypatch):
    made = settings_of(monkeypatch)
    assert made["DEBUG"] is True
    assert made["DATABASES"]["default"]["NAME"] == str(ROOT / "db.sqlite3")
    assert made["LEASE_SECONDS"] == 30
    assert made["NOTIFY_DAYS_BEFORE"] == [90, 30, 7, 0]
    assert made["SITE_URL"] == "http://localhost:8000"
    assert made["LOG_FORMAT"] == "text"
    assert "SECURE_SSL_REDIRECT" not in made


def test_the_days_before_a_retirement_are_put_in_order(monkeypatch):
    assert settings_of(monkeypatch, NOTIFY_DAYS_BEFORE=" 7, 60,14 ,7")["NOTIFY_DAYS_BEFORE"] == [60, 14, 7]


def test_each_database_gets_what_it_needs(monkeypatch):
    embedded = settings_of(monkeypatch, DATABASE_URL="sqlite:///platform.sqlite3")["DATABASES"]["default"]
    assert embedded["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    server = settings_of(monkeypatch, DATABASE_URL="postgres://me:secret@host:6432/platform")["DATABASES"]["default"]
    assert server["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert (server["HOST"], server["PORT"], server["NAME"]) == ("host", 6432, "platform")


def test_production_is_strict(monkeypatch):
    made = settings_of(monkeypatch, **PRODUCTION, SITE_URL="https://platform.example/")
    assert made["DEBUG"] is False
    assert made["ALLOWED_HOSTS"] == ["platform.example", "www.platform.example"]
    assert made["SITE_URL"] == "https://platform.example"
    assert made["SECURE_SSL_REDIRECT"] is made["SESSION_COOKIE_SECURE"] is made["CSRF_COOKIE_SECURE"] is True
    assert made["SECURE_HSTS_SECONDS"] > 0


def test_production_silences_only_what_the_lint_of_the_catalogue_merely_warns_of(monkeypatch):
    silenced = settings_of(monkeypatch, **PRODUCTION)["SILENCED_SYSTEM_CHECKS"]
    of_the_table = {Rule.NOT_IN_TABLE, Rule.DIFFERS_FROM_TABLE, Rule.UNLISTED}
    assert set(silenced) == {rule for rule in Rule if ".W" in rule} - of_the_table


def configured(monkeypatch: pytest.MonkeyPatch, url: str | None) -> BaseEmailBackend:
    """Return what sends the mails of an environment."""
    made = settings_of(monkeypatch, **({} if url is None else {"EMAIL_URL": url}))
    of_mail = {name: value for name, value in made.items() if name == "MAILERS" or name.startswith("EMAIL_")}
    with override_settings(**of_mail):
        return mailer._backend()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://host", ("host", 25, None, None, False, False, 30)),
        ("smtp://", ("localhost", 25, None, None, False, False, 30)),
        ("smtp://me:se%40cret@host:2525?timeout=7", ("host", 2525, "me", "se@cret", False, False, 7)),
        ("smtp://me:secret@host:465?ssl=true", ("host", 465, "me", "secret", False, True, 30)),
        ("submission://me:secret@host", ("host", 587, "me", "secret", True, False, 30)),
        ("submission://host?ssl=true", ("host", 587, None, None, False, True, 30)),
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
    [("file:////tmp/mail", "/tmp/mail"), ("file:///var/mail", ROOT / "var/mail"), (None, ROOT / "var/mail")],
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
