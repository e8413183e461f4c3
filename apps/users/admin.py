"""Admin of users."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group

from apps.users.models import User
from model_retirement.data_migrations.admin.lists import PlainList


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Asks for the e-mail address where Django's form asks for a user name."""

    class Meta:
        model = User
        fields = ["email"]


@admin.register(User)
class UserAdmin(PlainList, DjangoUserAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Django's own, with the e-mail address as the login."""

    add_form = NewUserForm
    add_fieldsets = [(None, {"fields": ["email", "usable_password", "password1", "password2"]})]
    fieldsets = [
        (None, {"fields": ["email", "password", "first_name", "last_name"]}),
        ("Permissions", {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    list_display = ["email", "first_name", "last_name", "is_active", "is_staff"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["email", "first_name", "last_name"]
    ordering = ["email"]


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(PlainList, DjangoGroupAdmin):
    """Django's own."""
