"""What the admin pages of the platform have in common: every row is there, and large tables stay fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from apps.data_migrations import neutral
from apps.data_migrations.admin.pages import ReadOnly

if TYPE_CHECKING:
    from django.db.models import ForeignKey, Manager, Model, QuerySet
    from django.forms import ModelChoiceField
    from django.http import HttpRequest


class PlainAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Shows archived rows and published versions too, in lists and in the choices of foreign keys."""

    ordering = ["-pk"]
    list_per_page = 50
    show_full_result_count = False  # counts the whole table for every filtered page

    @admin.display(description="name", ordering="name")
    def visible_name(self, row: Any) -> str:
        """Return the row's name: the list's link to it, which needs words."""
        return neutral.name(row.name)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return _every_row(self.model).order_by(*self.get_ordering(request))

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        kwargs.setdefault("queryset", _every_row(db_field.related_model))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def _every_row(model: type[Model]) -> QuerySet[Any]:
    manager: Manager[Any] = model._base_manager  # noqa: SLF001  # default managers hide archives and versions
    return manager.all()


class NullFilter(admin.SimpleListFilter):
    """Rows whose ``field`` is null and those where it is not, under names that people know."""

    field: str
    null: str
    not_null: str

    def lookups(self, *_args: Any) -> list[tuple[str, str]]:
        return [("no", self.null), ("yes", self.not_null)]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"no", "yes"}:
            return queryset
        return queryset.filter(**{f"{self.field}__isnull": self.value() == "no"})


class VersionFilter(NullFilter):
    """Working or published versions."""

    title = "version"
    parameter_name = "published"
    field = "working_version"
    null = "Working version"
    not_null = "Published version"


class VersionedAdmin(PlainAdmin):
    """Working versions, published versions and archives of one kind; the name of a published one ends in its number."""

    list_display = ["__str__", "team", "is_archived"]
    list_filter = [VersionFilter, "is_archived"]
    list_select_related = ["team"]
    search_fields = ["name", "team__name", "team__slug"]
    autocomplete_fields = ["team", "working_version"]


class ReadOnlyInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # not subscriptable at run time
    """Rows of another table that belong to the object: to read here, to change on their own page if at all."""

    extra = 0
