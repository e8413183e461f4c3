"""Users for tests."""

from __future__ import annotations

from factory.declarations import Sequence
from factory.django import DjangoModelFactory, Password

from apps.users.models import User


class UserFactory(DjangoModelFactory[User]):
    """A person who may log in (``client.force_login``); the account has no usable password."""

    class Meta:
        model = User

    email = Sequence("user{}@example.org".format)
    password = Password(None)
    is_active = True
