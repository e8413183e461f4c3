"""People who log in. The e-mail address is the login."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    """Creates and finds users by e-mail address."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user who logs in with this address, in whatever case it is typed.

        :raises User.DoesNotExist: if there is none.
        """
        # Lower() instead of iexact, which PostgreSQL compares in upper case, past the index of the constraint below.
        return self.annotate(address=Lower("email")).get(address=(username or "").lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a user who may log in; without a password the account has an unusable one.

        :raises ValueError: if the address is empty.
        """
        if not email:
            raise ValueError("A user needs an e-mail address: it is the login.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a user with every permission."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """One person, who may be a member of several teams."""

    username = None  # type: ignore[assignment]  # Django's documented way to take a field of AbstractUser away
    email = models.EmailField("e-mail address", unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="users_one_account_per_address",
                violation_error_message="There is an account with this e-mail address.",
            )
        ]

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # AbstractUser's manager asks for a user name

    def __str__(self) -> str:
        return self.email
