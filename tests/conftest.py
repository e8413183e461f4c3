"""Fixtures for all tests."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, settings

from apps.service_providers.llm_service import default_models
from apps.users.models import User
from model_retirement.references import guard
from tests.catalogue_tree import catalogue_tree
from tests.factories.users import UserFactory
from tests.mail_backends import mail_is_down, on_mail
from tests.mail_server import mail_server
from tests.pinned_catalogue import pinned_lists
from tests.processes import empty_process_database, process_database, process_template

__all__ = [
    "catalogue_tree",
    "empty_process_database",
    "mail_is_down",
    "mail_server",
    "on_mail",
    "process_database",
    "process_template",
]

# No property is about seconds: on a busy machine an example that takes a millisecond elsewhere takes as long as it takes.
PROFILE = settings(
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,  # a ceiling in seconds like the deadline
        HealthCheck.function_scoped_fixture,  # who asks for one does not rely on it being new for each example
    ],
)
settings.register_profile("no deadline", PROFILE)
settings.load_profile("no deadline")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what tests have counted with ``record_property``, such as the moments at which a process was killed."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties if report.when == "call" else ():
            terminalreporter.write_line(f"{report.nodeid.partition('::')[2]}: {name} {value}")


@pytest.fixture
def pinned_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pinned lists and facts are in use in place of the live ones."""
    for name, entries in pinned_lists().items():
        monkeypatch.setattr(default_models, name, entries, raising=False)


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Passwords are hashed in no time: what makes a hash slow is Django's, and is tested there."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture
def admin_user(db: None) -> User:
    """The user of ``admin_client``. pytest-django's own has a password, which takes most of a test's time to hash."""
    return UserFactory.create(is_staff=True, is_superuser=True)


@pytest.fixture
def unguarded() -> Iterator[None]:
    """Deletions of models reach the keys that point at them: the guard that refuses them first is away."""
    guard.disconnect()
    yield
    guard.connect()
