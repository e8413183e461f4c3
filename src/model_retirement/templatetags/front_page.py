"""What the front page of the admin shows beside Django's list of apps."""

from __future__ import annotations

from typing import Any

from django import template

from model_retirement.admin.attention import AttentionItem, findings

register = template.Library()


@register.simple_tag(takes_context=True)
def attention(context: dict[str, Any]) -> list[AttentionItem] | None:
    """Return what needs attention today, or None for users who may see nothing of it."""
    return findings(context["request"])
