"""A language in which every message is the same in brackets, and what stands outside of brackets on a page or in a mail."""

from __future__ import annotations

import functools
import io
import json
import re
from collections.abc import Collection, Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import django
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog
from django.apps import apps

from model_retirement.data_migrations import neutral
from translations.catalogue import extracted

LANGUAGE = "xx"
LEFT, RIGHT = "⟦", "⟧"
SKIPPED = {"script", "style"}
SIDEBAR = "nav-sidebar"
"""Django's list of apps and their models, the platform's among them."""
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SPOKEN = {"alt", "aria-label", "data-label", "placeholder", "title"}
"""Attributes that people see or hear."""
PLACEHOLDER = re.compile(r"(%\(\w+\)[sd]|%[sd%])")
URL = re.compile(r"https?://\S+")
SHORTEST_PART = 3
"""Characters of a datum that may stand among words."""
LETTERS = re.compile(r"[^\W\d_]{2,}")


def write_marked_catalogue(folder: Path) -> None:
    """Write the catalogue of the language where Django finds it if the folder is one of ``LOCALE_PATHS``."""
    path = folder / LANGUAGE / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(marked_catalogue())


@functools.cache
def marked_catalogue() -> bytes:
    """Return the catalogue of the language: the messages that the engine's sources have, and those of Django."""
    made = Catalog()
    made.mime_headers = [("Plural-Forms", "nplurals=2; plural=(n != 1)")]
    for catalogue in (extracted(), *_django()):
        for message in catalogue:
            if message.id:
                made.add(message.id, _marked(message.id), context=message.context)
    compiled = io.BytesIO()
    mofile.write_mo(compiled, made)
    return compiled.getvalue()


def _django() -> Iterable[Catalog]:
    for path in Path(django.__path__[0]).rglob("locale/en/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            yield pofile.read_po(file)


def _marked(ids: Any) -> Any:
    """Return a message with brackets around all of it but its placeholders: what is put there has to have its own."""
    if isinstance(ids, tuple):
        return tuple(map(_marked, ids))
    parts = PLACEHOLDER.split(ids)
    return "".join(part if number % 2 or not part else f"{LEFT}{part}{RIGHT}" for number, part in enumerate(parts))


class _Page(HTMLParser):
    """Collects what people see or hear of a page, piece by piece; what says that it is English is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.spoken: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        is_english = named.get("lang") == "en" and tag != "html"
        skipped = self._is_skipped() or tag in SKIPPED or named.get("id") == SIDEBAR or is_english
        if tag not in EMPTY:
            self._open.append((tag, skipped))
        if skipped:
            return
        is_button = tag == "input" and named.get("type") in {"submit", "button", "reset"}
        self.spoken += [text or "" for name, text in attrs if name in SPOKEN or (name == "value" and is_button)]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._is_skipped():
            self.pieces.append(data)

    def _is_skipped(self) -> bool:
        return bool(self._open) and self._open[-1][1]


def unmarked_html(html: str, *, data: Collection[str]) -> list[str]:
    """Return the texts of a page that went through no catalogue and are no data."""
    page = _Page()
    page.feed(html)
    page.close()
    return [
        *unmarked(page.pieces, data=data),
        *(text for spoken in page.spoken for text in unmarked([spoken], data=data)),
    ]


def unmarked(pieces: Iterable[str], *, data: Collection[str]) -> list[str]:
    """Return what stands outside of brackets in a text that comes in pieces, and is no data.

    :param data: what tenants, hosts and programs have written
    """
    texts, depth = [], 0
    for piece in pieces:
        outside = ""
        for character in piece:
            depth += (character == LEFT) - (character == RIGHT)
            outside += character if depth == 0 and character != RIGHT else ("\n" if depth == 0 else "")
        texts += [text for line in outside.split("\n") if (text := line.strip()) and not _is_data(text, data)]
    return texts


def _is_data(text: str, data: Collection[str]) -> bool:
    shown = URL.sub("", text).strip("… -()[]“”\"',.:;|")
    if not LETTERS.search(shown) or any(shown in datum for datum in data):
        return True
    for datum in sorted(data, key=len, reverse=True):
        if len(datum) >= SHORTEST_PART and datum in shown:
            return all(_is_data(rest, data) for rest in shown.split(datum))
    return False


def stored_texts() -> set[str]:
    """Return every text that the platform's and the engine's tables hold, as pages and mails give it.

    The values of choices are not among them, nor what the engine itself says: those are words to translate.
    """
    models = [model for model in apps.get_models() if model.__module__.startswith(("apps.", "model_retirement."))]
    return {
        form
        for model in models
        for row in model._base_manager.values(*(field.attname for field in model._meta.concrete_fields))
        for field in model._meta.concrete_fields
        if not field.choices or field.name == "type"
        for text in _texts(row[field.attname])
        for form in forms(text)
    }


def forms(text: str) -> set[str]:
    """Return a text as it is, and as pages, mails and JSON give it; nothing if it is too short to be told from others."""
    spellings = {text, neutral.name(text), neutral.mail(text, at_most=100), json.dumps(text, ensure_ascii=False)[1:-1]}
    return {form for form in spellings if len(form) > 1}


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from () if key == "warnings" else _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
