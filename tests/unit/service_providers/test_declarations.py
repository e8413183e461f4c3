"""The catalogue as it is written, compared with the facts it was made from."""

from __future__ import annotations

import json
import pathlib
import re

import pytest

from apps.service_providers.llm_service import default_models
from apps.service_providers.llm_service.default_models import Deleted, Model, k
from model_retirement.catalogue.parameters import BasicParameters
from tests.pinned_catalogue import PINNED_CATALOGUE

FACTS = json.loads((pathlib.Path(__file__).parents[2] / "data" / "catalogue.json").read_text())
SOURCE = PINNED_CATALOGUE.read_text()


def test_k_counts_in_binary_thousands():
    assert k(8) == 8192


def test_a_model_needs_a_name_and_a_limit_only():
    model = Model("gpt-4", k(8))

    assert (model.name, model.token_limit, model.parameters) == ("gpt-4", 8192, BasicParameters)
    assert not any([model.is_default, model.is_translation_default, model.deprecated, model.retires_on_is_earliest])
    assert (model.replacement, model.deprecated_on, model.retires_on) == (None, None, None)


def test_a_removal_needs_a_provider_and_a_name_only():
    assert Deleted("openai", "gpt-4") == ("openai", "gpt-4", None, None, False)


@pytest.mark.usefixtures("pinned_catalogue")
def test_the_catalogue_is_that_of_the_facts():
    flags = {"is_default": False, "is_translation_default": False, "deprecated": False, "replacement": None}
    written = {
        provider: [
            {"name": model.name, "token_limit": model.token_limit, **{flag: getattr(model, flag) for flag in flags}}
            for model in models
        ]
        for provider, models in default_models.DEFAULT_LLM_PROVIDER_MODELS.items()
    }
    facts = {provider: [flags | model for model in models] for provider, models in FACTS["catalogue"].items()}

    assert written == facts
    assert list(written) == list(facts)
    assert sum(len(models) for models in written.values()) == 90


@pytest.mark.usefixtures("pinned_catalogue")
def test_the_removals_are_those_of_the_facts():
    assert [[*entry, None][:3] for entry in default_models.DELETED_MODELS] == FACTS["deleted"]
    assert len(default_models.DELETED_MODELS) == 37


def test_every_entry_is_one_line_so_that_the_steps_of_the_guide_are_edits_of_one_line():
    live = pathlib.Path(default_models.__file__).read_text()
    models = sum(len(models) for models in default_models.DEFAULT_LLM_PROVIDER_MODELS.values())

    assert len(re.findall(r"^        Model\(.*\),(?:  #.*)?$", live, re.MULTILINE)) == models
    removals = re.findall(r"^    (?:Deleted)?\(.*\),(?:  #.*)?$", live, re.MULTILINE)
    assert len(removals) == len(default_models.DELETED_MODELS)


@pytest.mark.parametrize("line", ['        Model("gpt-4", k(8)),\n', '        Model("gpt-4o", 128000),\n'])
def test_the_lines_of_the_guide_are_there(line):
    assert SOURCE.count(line) >= 1


@pytest.mark.usefixtures("pinned_catalogue")
def test_the_steps_of_the_guide_make_a_removal():
    commented_out = SOURCE.replace(
        '        Model("gpt-4", k(8)),', '        # Model("gpt-4", k(8)),  # Remove this line'
    )
    added = commented_out.replace("] = [\n    (", '] = [\n    ("openai", "gpt-4"),\n    (', 1)
    module: dict = {}
    exec(compile(added, "default_models.py", "exec"), module)

    assert "gpt-4" not in [model.name for model in module["DEFAULT_LLM_PROVIDER_MODELS"]["openai"]]
    assert module["DELETED_MODELS"] == [("openai", "gpt-4"), *default_models.DELETED_MODELS]


def test_every_family_of_parameters_names_its_source():
    families = {model.parameters for models in default_models.DEFAULT_LLM_PROVIDER_MODELS.values() for model in models}

    assert [family for family in families if "https://" not in (family.__doc__ or "")] == []
