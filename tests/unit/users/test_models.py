"""People log in with their e-mail address."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.users.models import User
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


def test_the_address_is_the_login_in_whatever_case_it_is_typed():
    user = User.objects.create_user("Zoë.Admin@EXAMPLE.org", "correct horse battery")
    assert user.email == "Zoë.Admin@example.org"
    assert authenticate(username="zoë.admin@example.ORG", password="correct horse battery") == user
    assert authenticate(username="zoë.admin@example.org", password="wrong") is None
    assert authenticate(username=None, password="correct horse battery") is None


def test_a_user_without_password_cannot_log_in():
    user = User.objects.create_user("quiet@example.org")
    assert not user.has_usable_password()
    assert not user.is_staff


def test_a_user_needs_an_address():
    with pytest.raises(ValueError, match="needs an e-mail address"):
        User.objects.create_user("")


def test_a_superuser_is_staff():
    user = User.objects.create_superuser("root@example.org", "correct horse battery")
    assert user.is_staff
    assert user.is_superuser
    assert str(user) == "root@example.org"


def test_two_accounts_for_one_address_are_impossible():
    UserFactory.create(email="one@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory.create(email="One@example.org")
    with pytest.raises(ValidationError, match="There is an account"):
        User(email="ONE@example.org", password="x").full_clean()
