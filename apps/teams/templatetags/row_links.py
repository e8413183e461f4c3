"""Links from a table of rows to their own pages in the admin."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

register = template.Library()


@register.simple_tag(takes_context=True)
def row_link(context: dict[str, Any], row: Any) -> str:
    """Return a link to the page of a row, called by what the user may do there; who sees the table may open it."""
    may_change = admin.site.get_model_admin(type(row)).has_change_permission(context["request"], row)
    word = "change" if may_change else "view"
    path = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])  # noqa: SLF001  # the documented Meta API
    return format_html('<a href="{}" class="inline{}link">{}</a>', path, word, word.capitalize())
