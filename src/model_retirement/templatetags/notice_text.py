"""How the templates of messages set off what stands in their sentences, so that plain text and HTML share the sentences."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def strong(text: str) -> SafeString:
    """Return a name of the catalogue in bold."""
    return format_html("<strong>{}</strong>", text)


@register.filter
def strong_name(text: str) -> SafeString:
    """Return a name that a tenant wrote, from right to left perhaps, in bold."""
    return format_html('<strong dir="auto">{}</strong>', text)


@register.filter
def model_in_html(part: Any) -> SafeString:
    """Return the model that a part of a message is about, with its provider beside it."""
    return format_html('{} <span class="quiet">({})</span>', part.name, part.provider)


@register.filter
def model_in_text(part: Any) -> str:
    """Return the same as plain text."""
    return f"{part.name} ({part.provider})"


@register.filter
def underlined(heading: str) -> str:
    """Return a heading of plain text with a line of the same length below it."""
    return f"{heading}\n{'-' * len(heading)}"
