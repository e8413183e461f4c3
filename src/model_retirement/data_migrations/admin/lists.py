"""Lists of the admin, safe from what a person can write into their addresses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.filters import SimpleListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import DateField
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

LARGEST_OFFSET = dt.timedelta(hours=14)
"""From UTC; no clock on earth has a larger one, and PostgreSQL takes none of 16 hours or more."""

MOST_WORDS = 20
LONGEST_SEARCH = 500
"""Characters; SQLite refuses patterns of 50,000, and a search among 100,000 rows takes time for each."""


class PlainList(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Filters by what it declares, and searches for some words.

    Django lets an address filter by every column and every look-up, ``name__regex`` included, which keeps a process busy
    for as long as somebody likes; and it makes a condition of every word, until the database refuses.
    """

    show_full_result_count = False  # counts the whole table for every filtered page
    show_facets = admin.ShowFacets.NEVER  # counts it once more for every choice of a filter
    linked_lookups: tuple[str, ...] = ()
    """Look-ups that our own links use, beside those of ``list_filter``."""

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup in (*self.linked_lookups, *self._declared(request)) and _is_in_time(value)

    def _declared(self, request: Any) -> Iterator[str]:
        filters: Any = self.get_list_filter(request)
        for declared in filters:
            if isinstance(declared, type) and issubclass(declared, SimpleListFilter):
                yield str(declared.parameter_name)
                continue
            name = str(declared if isinstance(declared, str) else declared[0])
            yield from (f"{name}__exact", f"{name}__isnull")
            if isinstance(self.opts.get_field(name), DateField):
                yield from (f"{name}__gte", f"{name}__lt")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list; say so if it searches for less than what was asked."""
        asked = request.GET.get("q", "")
        if searched(asked) != asked:
            words = gettext("Only the first %(words)s words, %(characters)s characters at most, were searched for.")
            messages.warning(request, words % {"words": MOST_WORDS, "characters": LONGEST_SEARCH})
        return super().changelist_view(request, extra_context)

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        """Carry an action out on the chosen rows; on none if one of them cannot be a row."""
        if all(self._is_key(chosen) for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            return super().response_action(request, *args, **kwargs)
        messages.error(request, gettext("Nothing was done: something was chosen that is no row of this list."))
        return None

    def _is_key(self, chosen: str) -> bool:
        try:
            self.opts.pk.run_validators(self.opts.pk.to_python(chosen))
        except ValidationError:
            return False
        return chosen != ""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, searched(search_term))


def _is_in_time(value: str) -> bool:
    """Return whether a value is no moment, which its filter refuses, or one that databases can compare with."""
    try:
        moment = parse_datetime(value)
        offset = moment.utcoffset() if moment else None
        if moment and offset is not None:
            moment.astimezone(dt.UTC)
            return abs(offset) <= LARGEST_OFFSET
    except (OverflowError, ValueError):
        return False
    return True


def searched(asked: str) -> str:
    """Return what is searched for: what was asked, or its beginning."""
    short = asked[:LONGEST_SEARCH]
    words = short.split()
    return short if len(words) <= MOST_WORDS else " ".join(words[:MOST_WORDS])
