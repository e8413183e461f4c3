"""How messages look: plain text with underlined headings, and HTML as mail programs take it.

Many mail programs drop style sheets, so each element has its style on itself. What a media query changes, for the dark and
for narrow windows, stands in a style sheet as well, for those that read it.
"""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

FONT = "font-family: system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif;"
CELL = "padding: 10px 12px 10px 0; vertical-align: top; text-align: start; font-size: 15px; line-height: 1.4; overflow-wrap: break-word;"
TAG = "margin: 0 0 4px; font-weight: bold; font-size: 18px; line-height: 1.3;"

STYLES = {
    "body": f"margin: 0; padding: 0; background-color: #f3f4f6; color: #1d2430; {FONT} font-size: 16px; line-height: 1.5;",
    "outer": "background-color: #f3f4f6; width: 100%;",
    "around": "padding: 16px;",
    "page": "background-color: #ffffff; width: 100%; max-width: 700px; border-radius: 8px;",
    "inner": f"padding: 24px; text-align: start; color: #1d2430; {FONT} font-size: 16px; line-height: 1.5; overflow-wrap: anywhere;",
    "p": "margin: 0 0 12px;",
    "h2": "margin: 28px 0 8px; font-size: 18px; line-height: 1.3;",
    "h3": "margin: 16px 0 4px; font-size: 16px; line-height: 1.3;",
    "h4": "margin: 12px 0 4px; font-size: 15px; line-height: 1.3;",
    "ul": "margin: 0 0 8px; padding: 0 0 0 20px;",
    "li": "margin: 0 0 4px;",
    "a": "color: #0b57b7;",
    "quiet": "color: #5a6474; font-weight: normal;",
    "table": "width: 100%; table-layout: fixed; border-collapse: collapse;",
    "th": f"{CELL} padding-top: 4px; padding-bottom: 4px; color: #5a6474; font-size: 13px; font-weight: normal;",
    "td": f"{CELL} border-top: 1px solid #d9dde4;",
    "name": f"{CELL} border-top: 1px solid #d9dde4; font-weight: bold;",
    "notes": "padding: 0 0 10px; font-size: 14px; line-height: 1.4;",
    "label": "display: none; mso-hide: all; color: #5a6474; font-size: 13px;",
    "bad": f"{TAG} color: #b42318;",
    "warn": f"{TAG} color: #8f4c07;",
    "good": f"{TAG} color: #17663a;",
    "section": "margin: 20px 0 0; padding: 14px 0 0; border-top: 1px solid #d9dde4;",
    "footer": "margin: 28px 0 0; padding: 12px 0 0; border-top: 1px solid #d9dde4; font-size: 14px; color: #5a6474;",
}
"""By the class of an element, what it looks like."""

DARK = {
    "body": "background-color: #14171c; color: #e6e9ef;",
    "outer": "background-color: #14171c;",
    "page": "background-color: #1d2129;",
    "inner": "color: #e6e9ef;",
    "a": "color: #8ab8ff;",
    "quiet": "color: #a3adbd;",
    "th": "color: #a3adbd;",
    "td": "border-color: #343b47;",
    "name": "border-color: #343b47;",
    "label": "color: #a3adbd;",
    "bad": "color: #ff9d91;",
    "warn": "color: #f3b765;",
    "good": "color: #7fd6a4;",
    "section": "border-color: #343b47;",
    "footer": "border-color: #343b47; color: #a3adbd;",
}
"""What differs where people like it dark."""

NARROW = {
    "around": "padding: 0;",
    "page": "border-radius: 0;",
    "inner": "padding: 16px;",
    "th": "display: none;",
    "td": "display: block; border-top: 0; padding: 0 0 4px;",
    "name": "display: block; padding: 10px 0 2px;",
    "label": "display: inline;",
}
"""What differs where there is no room for the columns of a table: the cells stand below each other, each with its label."""


@register.simple_tag
def css(name: str) -> SafeString:
    """Return the class of an element, and its style."""
    return format_html('class="{}" style="{}"', name, STYLES[name])


@register.simple_tag
def style_sheet() -> SafeString:
    """Return the rules for the dark and for narrow windows; they win against the styles of elements."""
    queries = (("prefers-color-scheme: dark", DARK), ("max-width: 520px", NARROW))
    return mark_safe("\n".join(f"@media ({query}) {{ {_rules(styles)} }}" for query, styles in queries))  # noqa: S308  # ours


def _rules(styles: dict[str, str]) -> str:
    return " ".join(f".{name} {{ {rules.replace(';', ' !important;')} }}" for name, rules in styles.items())


@register.filter
def underlined(heading: str) -> str:
    """Return a heading of plain text with a line of the same length below it."""
    return f"{heading}\n{'-' * len(heading)}"
