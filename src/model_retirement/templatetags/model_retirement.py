"""What the admin's pages need: links to those of the host's LLM models, whatever it calls them, and words of numbers."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma

register = template.Library()
register.filter("intcomma", intcomma)  # a host need not have installed Django's app for it


@register.simple_tag
def llm_model_page(page: str, *args: Any) -> str:
    """Return the path of a page of the host's LLM models."""
    # Django imports every library of tags, also in a host without the admin.
    from model_retirement.admin import links  # noqa: PLC0415

    return links.llm_model_page(page, *args)
