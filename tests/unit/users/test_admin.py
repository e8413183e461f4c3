"""Staff make accounts by e-mail address."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.users.models import User

pytestmark = pytest.mark.django_db

NEW = {"usable_password": "true", "password1": "correct horse battery", "password2": "correct horse battery"}


def test_an_account_is_made_with_an_address_and_a_password(admin_client):
    path = reverse("admin:users_user_add")
    assert admin_client.post(path, {**NEW, "email": "new@example.org"}).status_code == 302
    assert User.objects.get(email="new@example.org").check_password("correct horse battery")
    refused = admin_client.post(path, {**NEW, "email": "NEW@example.org"})
    assert "There is an account with this e-mail address." in refused.text
