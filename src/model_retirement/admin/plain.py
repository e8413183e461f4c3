"""What the admin pages of the platform have in common: every row is there, and large tables stay fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple, RelatedFieldWidgetWrapper
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from model_retirement import conf
from model_retirement.data_migrations import neutral
from model_retirement.data_migrations.admin.lists import PlainList
from model_retirement.data_migrations.admin.pages import ReadOnly
from model_retirement.host_models import team_model
from model_retirement.keys import kind_of, parse_key
from model_retirement.wording import translated

if TYPE_CHECKING:
    from django.db.models import Field, ForeignKey, Manager, ManyToManyField, Model, QuerySet
    from django.forms import ModelChoiceField, ModelMultipleChoiceField
    from django.http import HttpRequest

    from model_retirement.keys import Key

TEAM = "team"

TEAM_SEARCH = tuple(f"team__{name}" for name in (conf.team_name(), conf.team_slug()) if name != "pk")
"""What a search for a row's team looks at."""


class OfATeam:
    """A field that asks what to offer, and says for which team."""

    team_id: Key | None = None

    def get_url(self) -> str:
        """Return where it asks."""
        path: str = super().get_url()  # type: ignore[misc]  # of the widget that it is mixed into
        return path if self.team_id is None else f"{path}?{TEAM}={self.team_id}"


class TeamSelect(OfATeam, AutocompleteSelect):
    """One row."""


class TeamSelectMultiple(OfATeam, AutocompleteSelectMultiple):
    """Several rows."""


def asks_for_choices(request: HttpRequest) -> bool:
    """Return whether a request asks what a field of a form is to offer."""
    return request.resolver_match is not None and request.resolver_match.url_name == "autocomplete"


def asking_team(request: HttpRequest) -> Key | None:
    """Return the id of the team for which a field asks; None on the form of a new object, whose team is not known."""
    return parse_key(request.GET.get(TEAM, ""), kind=kind_of(team_model()))


class PlainAdmin(PlainList):
    """Shows archived rows and published versions too, in lists and in the choices of foreign keys."""

    ordering = ["-pk"]
    list_per_page = 50

    @admin.display(description=_("name"), ordering="name")
    def visible_name(self, row: Any) -> str:
        """Return the row's name: the list's link to it, which needs words."""
        return str(translated(neutral.name(row.name)))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return _every_row(self.model).order_by(*self.get_ordering(request))

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        kwargs.setdefault("queryset", _every_row(db_field.related_model))
        kwargs.setdefault("widget", TeamSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField[Any] | None:
        kwargs.setdefault("widget", TeamSelectMultiple(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        widget = getattr(field, "widget", None)
        if isinstance(widget, RelatedFieldWidgetWrapper) and widget.can_change_related:
            # "View" would open the same page, with its form, beside "Change".
            widget.can_view_related = False
        return field

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[Any]:
        """Return the form, whose fields offer what the object's team may choose."""
        form = super().get_form(request, obj, change, **kwargs)
        for field in form.base_fields.values():
            widget = getattr(field.widget, "widget", None)
            if isinstance(widget, OfATeam):
                widget.team_id = getattr(obj, "team_id", None)
        return form


def _every_row(model: type[Model]) -> QuerySet[Any]:
    manager: Manager[Any] = model._base_manager  # noqa: SLF001  # default managers hide archives and versions
    return manager.all()


class NullFilter(admin.SimpleListFilter):
    """Rows whose ``field`` is null and those where it is not, under names that people know."""

    field: str
    null: str | Promise
    not_null: str | Promise

    def lookups(self, *_args: Any) -> list[tuple[str, str]]:
        return [("no", str(self.null)), ("yes", str(self.not_null))]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"no", "yes"}:
            return queryset
        return queryset.filter(**{f"{self.field}__isnull": self.value() == "no"})


class ReadOnlyInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # not subscriptable at run time
    """Rows of another table that belong to the object: to read here, to change on their own page if at all."""

    extra = 0
    template = "model_retirement_data_migrations/read_only_inline.html"  # Django's has a hidden button to add rows, and calls each link "View"
