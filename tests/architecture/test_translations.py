"""What the engine says to people can be translated: it goes through gettext, and its catalogues are those of the sources."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages import pofile
from django.apps import apps
from django.template.base import Lexer, Token, TokenType
from django.utils.functional import Promise

from model_retirement.admin.messages import MAIL_POLICY
from tests.marked_words import unmarked_html
from translations.catalogue import ENGINE, KEYWORDS, extracted, languages, mo, path_of, po, updated

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
WORDS = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}")
"""Two words in a row: what people read and programs do not."""

SPOKEN = (
    "admin/*.py",
    "data_migrations/admin/*.py",
    "model_history.py",
    "notices/changes.py",
    "notices/compose.py",
    "notices/kinds.py",
)
"""Modules that speak to people in a browser or in a mail, and to nobody else."""

NO_WORDS = {
    " in the admin",  # who did it, as a record keeps it for commands and pages alike
    MAIL_POLICY,
}
"""What looks like words and is none to translate."""

TEMPLATES = sorted(path for path in ENGINE.rglob("templates/**/*") if path.suffix in {".html", ".txt"})


@pytest.mark.parametrize("language", languages())
def test_the_catalogues_are_those_of_the_sources(language: str):
    path = path_of(language)
    assert po(updated(language)) == path.read_bytes(), "Run `make messages` and commit what it writes."
    assert mo(updated(language)) == path.with_suffix(".mo").read_bytes(), (
        "Run `make messages`, which compiles them, too."
    )


def test_the_sources_are_in_english():
    assert "en" in languages()


@pytest.mark.parametrize("language", languages())
def test_translations_have_the_placeholders_of_their_messages(language: str):
    for message in pofile.read_po(io.BytesIO(path_of(language).read_bytes())):
        wanted = {name for text in _texts(message.id) for name in PLACEHOLDER.findall(text)}
        for text in _texts(message.string) if message.id else ():
            assert set(PLACEHOLDER.findall(text)) <= wanted, text


def _texts(one_or_more: Any) -> list[str]:
    texts = one_or_more if isinstance(one_or_more, list | tuple) else (one_or_more,)
    return [text for text in texts if text]


def test_what_is_translated_is_kept_and_what_is_gone_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("translations.catalogue.LOCALE", tmp_path)
    path = path_of("de")
    path.parent.mkdir(parents=True)
    translated = 'msgid "%(number)s model"\nmsgid_plural "%(number)s models"\nmsgstr[0] "%(number)s Modell"\nmsgstr[1] "%(number)s Modelle"\n'
    path.write_text(f'msgid "Interrupted"\nmsgstr "Abgebrochen"\n\nmsgid "Gone"\nmsgstr "Weg"\n\n{translated}')
    made = updated("de")
    assert languages() == ["de"]
    kept = {_singular(message.id): message.string for message in made}
    assert kept["Interrupted"] == "Abgebrochen"
    assert kept["%(number)s model"] == ("%(number)s Modell", "%(number)s Modelle")
    assert "Gone" not in kept
    assert b"Abgebrochen" in mo(made)
    assert b"Failed or interrupted" not in mo(made)


def test_a_language_may_be_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("translations.catalogue.LOCALE", tmp_path)
    made = po(updated("pl")).decode()
    assert "Language: pl" in made
    assert "nplurals=3" in made
    assert 'msgid "Interrupted"\nmsgstr ""' in made


def engine_models() -> list[Any]:
    """Return the engine's models; what a host has derived from them has the host's words as well."""
    return [model for model in apps.get_models() if model.__module__.startswith("model_retirement.")]


def words_of(model: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a model says to people, by where it says so; Django's own primary keys are Django's to translate."""
    meta = model._meta
    yield from ((f"{meta.label} {name}", getattr(meta, name)) for name in ("verbose_name", "verbose_name_plural"))
    for field in meta.local_fields:
        if not field.auto_created:
            yield f"{meta.label}.{field.name} verbose_name", field.verbose_name
            yield f"{meta.label}.{field.name} help_text", field.help_text
            yield from ((f"{meta.label}.{field.name} {value}", label) for value, label in field.choices or ())


def test_what_models_say_is_translated():
    configs = [config for config in apps.get_app_configs() if config.name.startswith("model_retirement")]
    said = [(config.name, config.verbose_name) for config in configs]
    said += [words for model in engine_models() for words in words_of(model)]
    assert [where for where, words in said if words and not isinstance(words, Promise)] == []
    assert {str(words) for _, words in said if words} <= {_singular(message.id) for message in extracted()}


def _singular(ids: Any) -> str:
    return str(ids[0] if isinstance(ids, tuple) else ids)


def test_the_abstract_model_is_translated_for_hosts_that_derive_from_it():
    from model_retirement.abstract import AbstractLlmModel

    assert [where for where, words in words_of(AbstractLlmModel) if words and not isinstance(words, Promise)] == []


def literal_text(template: str) -> str:
    """Return a template with nothing in the place of its tags, of what they translate, and of names of styles."""
    text, ends = "", ""
    for token in Lexer(template).tokenize():
        tag = _tag(token)
        if ends:
            ends = "" if tag.startswith(ends) else ends
        elif tag.startswith("blocktranslate"):
            ends = "endblocktranslate"
        elif tag == "block bodyclass":
            ends = "endblock"
        elif token.token_type is TokenType.TEXT:
            text += token.contents
    return text


def _tag(token: Token) -> str:
    return token.contents if token.token_type is TokenType.BLOCK else ""


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ENGINE).as_posix())
def test_templates_say_nothing_that_is_not_translated(path: Path):
    """In all their branches, those included that no test renders."""
    assert unmarked_html(literal_text(path.read_text()), data=()) == []


@pytest.mark.parametrize(
    ("template", "left"),
    [
        ("<p>{% if x %}Nothing{% endif %}</p>", ["Nothing"]),
        ('<a title="To the list">{{ x }}</a>', ["To the list"]),
        ("{% translate 'Nothing' %}{% blocktranslate %}Nothing{% endblocktranslate %}<p>: {{ x }}</p>", []),
    ],
)
def test_text_that_is_not_translated_would_be_found(template: str, left: list[str]):
    assert unmarked_html(literal_text(template), data=()) == left


def untranslated(code: str) -> Iterator[str]:
    """Yield the sentences of a module that no function of gettext is given; docstrings and arguments of SQL are none."""
    tree = ast.parse(code)
    known = {id(part) for node in ast.walk(tree) if _translates(node) for part in ast.walk(node)}
    known |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in known:
            text = node.value
            if text not in NO_WORDS and WORDS.search(re.sub(r"<[^>]+>", "", text)):
                yield text


def _translates(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS


@pytest.mark.parametrize(
    "path",
    [path for pattern in SPOKEN for path in sorted(ENGINE.glob(pattern))],
    ids=lambda path: str(path.relative_to(ENGINE)),
)
def test_modules_that_speak_to_people_say_no_sentence_that_is_not_translated(path: Path):
    """In all their branches, those included that no test reaches in another language."""
    assert list(untranslated(path.read_text())) == []


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ("done = f'{x} was queued again'", [" was queued again"]),
        ("done = gettext('It was queued again.') % {'x': 1}", []),
        ("def f():\n 'Return what was done.'\n return 'queued'", []),
    ],
)
def test_a_sentence_that_is_not_translated_would_be_found(code: str, left: list[str]):
    assert list(untranslated(code)) == left
