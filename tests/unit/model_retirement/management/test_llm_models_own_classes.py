"""The commands that edit a catalogue whose entries and settings are of the host's own classes."""

from __future__ import annotations

import io
from pathlib import Path

from django.core.management import call_command

from model_retirement.catalogue.view import load_source
from tests.catalogue_tree import CATALOGUE

SOURCE = """\
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel


class Settings(BaseModel):
    temperature: float = 1


@dataclass
class LanguageModel:
    name: str
    token_limit: int
    is_default: bool = False
    is_translation_default: bool = False
    deprecated: bool = False
    replacement: str | None = None
    deprecated_on: date | None = None
    parameters: type[BaseModel] = Settings
    vision: bool = False


DEFAULT_LLM_PROVIDER_MODELS = {
    "openai": [
        LanguageModel("old", 8192, vision=True),
        LanguageModel("new", 8192, True, True),
    ],
}
DELETED_MODELS = []
"""


def test_they_edit_its_lines_as_those_of_the_engines_own_class(catalogue_tree: Path):
    file = catalogue_tree / CATALOGUE
    file.write_text(SOURCE)

    call_command("llm_models", "deprecate", "openai/old", "--replacement", "new", stdout=io.StringIO())

    model = load_source(file.read_bytes(), path=file).find("openai", "old")
    assert model is not None
    assert (model.deprecated, model.replacement, model.parameters and model.parameters.__name__) == (
        True,
        "new",
        "Settings",
    )
    assert 'LanguageModel("old", 8192, vision=True, deprecated=True, replacement="new", ' in file.read_text()
    call_command("llm_models", "retire", "openai/old", stdout=io.StringIO())
    assert load_source(file.read_bytes(), path=file).find_removal("openai", "old") is not None
