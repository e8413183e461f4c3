"""What the front page of the admin shows beside Django's list of apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

if TYPE_CHECKING:
    from model_retirement.admin.attention import AttentionItem

register = template.Library()


@register.simple_tag(takes_context=True)
def attention(context: dict[str, Any]) -> list[AttentionItem] | None:
    """Return what needs attention today, or None for users who may see nothing of it."""
    # Django imports every library of tags, also in a host without the admin.
    from model_retirement.admin.attention import findings  # noqa: PLC0415

    return findings(context["request"])
