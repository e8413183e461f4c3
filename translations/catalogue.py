"""What the engine says to people, as a gettext catalogue. GNU gettext is nothing that pip installs; Babel is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages import extract, mofile, pofile
from babel.messages.catalog import Catalog, Message
from django.utils.translation.template import templatize

import model_retirement

ENGINE = Path(str(model_retirement.__file__)).parent
LOCALE = ENGINE / "locale"

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    # Those of model_retirement.wording.
    "Words": None,
    "CountedWords": (1, 2),
    "counted": (1, 2),
}
"""The functions that are given messages, with the places of a message and its plural."""

HEADERS = ("Language", "Plural-Forms", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")
"""What a catalogue says of itself. All else that Babel would write changes with the day or with its own version."""


class EngineCatalogue(Catalog):
    """A catalogue of one language that is the same whenever and wherever it is written."""

    def __init__(self, language: str) -> None:
        super().__init__(
            locale=language,
            header_comment="# What django-model-retirement says to people. `make messages` finds the messages anew.",
            fuzzy=False,
        )

    @property  # type: ignore[misc]  # it can be set in Babel's class; here nobody does
    def mime_headers(self) -> list[tuple[str, str]]:
        """The lines of its header."""
        *headers, (name, value) = [header for header in super().mime_headers if header[0] in HEADERS]
        return [*headers, (name, f"{value}\n")]


def sources() -> Iterator[Path]:
    """Yield the files of the engine that say something to people."""
    for path in sorted(ENGINE.rglob("*")):
        if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts[-2:-1]:
            yield path


def extracted() -> Catalog:
    """Return the messages of the engine, by file."""
    catalog = Catalog()
    for path in sources():
        name = path.relative_to(ENGINE).as_posix()
        for _line, ids, _comments, context in _messages(path):
            catalog.add(ids, locations=[(name, 0)], context=context)
    return catalog


def _messages(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    code = path.read_text()
    if path.suffix != ".py":
        # Django makes of a template what looks like Python but for its indentation.
        code = "\n".join(line.lstrip() for line in templatize(code, origin=str(path)).splitlines())
    return extract.extract("python", io.BytesIO(code.encode()), KEYWORDS, options={"encoding": "utf-8"})


def languages() -> list[str]:
    """Return the languages that there are catalogues of."""
    return sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/django.po"))


def path_of(language: str) -> Path:
    """Return where the catalogue of a language is."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def updated(language: str) -> Catalog:
    """Return the catalogue of a language with the messages that the sources have now; what is translated stays."""
    written = pofile.read_po(io.BytesIO(path.read_bytes() if (path := path_of(language)).exists() else b""))
    made = EngineCatalogue(language)
    for message in extracted():
        if message.id:
            made.add(message.id, _translation(message, written), locations=message.locations, context=message.context)
    return made


def _translation(message: Message, written: Catalog) -> Any:
    known = written.get(message.id, message.context)
    return known.string if known is not None and known.pluralizable == message.pluralizable else None


def po(catalogue: Catalog) -> bytes:
    """Return a catalogue as text."""
    text = io.BytesIO()
    pofile.write_po(text, catalogue, width=120, sort_by_file=True, include_lineno=False)
    return text.getvalue()


def mo(catalogue: Catalog) -> bytes:
    """Return what is translated as Django reads it; the rest is looked for in the languages that stand in for this one."""
    translated = EngineCatalogue(str(catalogue.locale))
    for message in catalogue:
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and all(strings):
            translated.add(message.id, message.string, context=message.context)
    compiled = io.BytesIO()
    mofile.write_mo(compiled, translated)
    return compiled.getvalue()
