"""Attempts to log in: there is a limit for each account from each address, whatever form is used."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import authenticate
from django.test import Client
from django.urls import reverse

from apps.users.models import User
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def ada() -> User:
    return made("ada@example.org")


def made(email: str) -> User:
    user = UserFactory.create(email=email, is_staff=True, is_superuser=True)
    user.set_password(PASSWORD)
    user.save()
    return user


def status(
    *, email: str = "ada@example.org", password: str = "wrong", path: str = "", address: str = "192.0.2.1"
) -> int:
    """Try to log in; 200 is the form again, 302 is in, 429 is kept out."""
    form = {"username": email, "password": password}
    return Client().post(path or reverse("login"), form, REMOTE_ADDR=address).status_code


@pytest.mark.parametrize("path", ["login", "admin:login"])
def test_after_too_many_attempts_not_even_the_right_password_opens_until_time_has_passed(ada, path):
    path = reverse(path)
    tries = [status(path=path, email=email) for email in ("ada@example.org", " ADA@Example.org ") * 3]
    assert tries == [200] * (settings.AXES_FAILURE_LIMIT - 1) + [429] * 2
    assert status(path=path, password=PASSWORD) == 429
    with time_machine.travel(dt.datetime.now(dt.UTC) + settings.AXES_COOLOFF_TIME + dt.timedelta(seconds=5)):
        assert status(path=path, password=PASSWORD) == 302


def test_the_page_says_how_to_go_on(ada):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        status()
    page = Client().post(reverse("login"), {"username": ada.email, "password": "x"}, REMOTE_ADDR="192.0.2.1")
    assert "Try again in a quarter of an hour" in page.text
    assert PASSWORD not in page.text


@pytest.mark.parametrize("address", ["192.0.2.1", "", "unix:"])
def test_one_account_that_is_guessed_at_keeps_nobody_else_out(ada, address):
    """Behind a proxy, or a socket file, all requests come from one address."""
    made("grace@example.org")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        status(address=address)
    assert status(password=PASSWORD, address=address) == 429
    assert status(email="grace@example.org", password=PASSWORD, address=address) == 302
    assert status(password=PASSWORD, address="192.0.2.77") == 302


def test_whoever_gets_in_begins_anew(ada):
    for _ in range(2):
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            assert status() == 200
        assert status(password=PASSWORD) == 302


def test_an_attempt_may_hold_anything(ada):
    answers = [
        Client().post(
            f"{reverse('login')}?x=%01", {"username": text, "password": text}, headers={"User-Agent": "\x1b" * 400}
        )
        for text in ("a\0b", "x" * 5000, "\u202e", "")
    ]
    assert [answer.status_code for answer in answers] == [200] * 4


def test_a_shell_that_checks_a_password_is_not_limited(ada):
    assert authenticate(username=ada.email, password="wrong") is None
    assert authenticate(username=ada.email, password=PASSWORD) == ada
