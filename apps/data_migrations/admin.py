"""The records of data migrations, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.data_migrations.models import CustomMigration, CustomMigrationRun


class ReadOnly:
    """Nothing is added, changed or deleted here: the records are what the work wrote."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # Django passes them
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # Django passes them
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # Django passes them
        return False


class CustomMigrationRunInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # no parameters at run time
    model = CustomMigrationRun
    fields = ["started_at", "finished_at", "status", "triggered_by", "counts", "error", "code_version"]
    extra = 0


@admin.register(CustomMigration)
class CustomMigrationAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # no parameters at run time
    list_display = ["name", "status", "applied_at", "requested_by", "requested_at"]
    list_filter = ["status"]
    search_fields = ["name", "requested_by"]
    inlines = [CustomMigrationRunInline]


@admin.register(CustomMigrationRun)
class CustomMigrationRunAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # no parameters at run time
    list_display = ["migration", "started_at", "finished_at", "status", "triggered_by", "code_version"]
    list_filter = ["status"]
    list_select_related = ["migration"]
    search_fields = ["migration__name", "triggered_by"]
