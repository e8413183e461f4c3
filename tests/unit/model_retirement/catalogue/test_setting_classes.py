"""What a class of settings takes that is none of the engine's: any pydantic class of a host."""

from __future__ import annotations

from typing import Annotated, Any, Self

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator, model_validator

from apps.pipelines.models import MODEL_ID_KEY, MODEL_PARAMETERS_KEY
from model_retirement.catalogue import setting_classes
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.parameter_mapping import NOT_TAKEN, OUT_OF_RANGE, map_parameters
from model_retirement.models import TeamNotice
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.unit.model_retirement.removal.removals import plan_of, run_of


class Plain(BaseModel):
    """As anybody would write it: what it does not know it ignores, and one setting has to be there."""

    deployment: str
    temperature: Annotated[float, Field(le=1)] | None = None
    thinking_budget: int | None = None
    stop: str | None = None

    @field_validator("stop", mode="before")
    @classmethod
    def _trimmed(cls, value: Any) -> Any:
        return value.strip()


class Strict(BaseModel):
    """With settings that go together or not at all."""

    model_config = ConfigDict(extra="forbid")

    low: int = 0
    high: int = 10
    seed: int = 0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


class Aliased(BaseModel):
    max_tokens: int | None = Field(None, alias="maxTokens")
    top_p: float | None = Field(None, validation_alias=AliasChoices("topP", "top"))


class AliasedOrNamed(Aliased):
    model_config = ConfigDict(populate_by_name=True)


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    effort: str = "low"


def after(target: type[BaseModel], before: dict[str, Any]) -> dict[str, Any]:
    return map_parameters(parameters=before, source_schema=None, target_schema=target).parameters


@pytest.mark.parametrize(
    ("target", "before", "expected"),
    [
        (Plain, {"temperature": 0.5, "seed": 3}, {"temperature": 0.5}),
        (Plain, {"temperature": 1.5, "stop": " . "}, {"stop": " . "}),
        (Plain, {"stop": 3}, {}),
        (Plain, {"effort": "high"}, {"thinking_budget": 24576}),
        (Plain, {"deployment": None}, {}),
        (Strict, {"low": 5, "high": 8, "other": 1}, {"low": 5, "high": 8}),
        (Strict, {"low": 20, "high": 30}, {"low": 20, "high": 30}),
        (Strict, {"low": 20, "high": 5, "seed": 7}, {"high": 5, "seed": 7}),
        (Strict, {"low": 20, "seed": 7, "high": "many"}, {"seed": 7}),
        (Aliased, {"maxTokens": 5, "max_tokens": 5, "top": 0.5, "topP": "x"}, {"maxTokens": 5, "top": 0.5}),
        (AliasedOrNamed, {"max_tokens": 5}, {"max_tokens": 5}),
        (Open, {"effort": 3, "whatever": [1]}, {"whatever": [1]}),
    ],
)
def test_a_plain_class_keeps_what_it_takes_and_the_rest_is_dropped(target, before, expected):
    """Rule 13."""
    assert after(target, before) == expected


def test_a_setting_that_fits_only_after_another_one_is_tried_again():
    class Budget(Strict):
        @model_validator(mode="after")
        def _in_order(self) -> Self:
            if self.low and not self.seed:
                raise ValueError("low needs a seed")
            if self.high == 0:
                raise ValueError("never")
            return self

    assert after(Budget, {"low": 1, "high": 0, "seed": 5}) == {"low": 1, "seed": 5}


def test_what_is_dropped_says_why():
    mapping = map_parameters(parameters={"temperature": 7, "colour": 1}, source_schema=None, target_schema=Plain)
    assert [change.reason for change in mapping.dropped] == [OUT_OF_RANGE, NOT_TAKEN]
    mapping = map_parameters(parameters={"low": 20, "high": 5}, source_schema=None, target_schema=Strict)
    assert [change.reason for change in mapping.dropped] == [setting_classes.BESIDE_OTHERS]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("parameters", "expected", "told_settings"),
    [
        (Plain, {"temperature": 0.7, "thinking_budget": 8192}, [["effort", "thinking_budget"], ["verbosity", ""]]),
        (None, {"temperature": 0.7, "effort": "medium", "verbosity": "low"}, []),
    ],
)
def test_a_removal_moves_and_drops_settings_with_a_class_of_the_hosts_and_without_one(
    parameters, expected, told_settings
):
    """Rule 13: the team is told which. Where nothing is known of settings they stay."""
    delete_all_models()
    old, new = LlmProviderModelFactory.create(name="old"), LlmProviderModelFactory.create(name="new")
    before = {"temperature": 0.7, "effort": "medium", "verbosity": "low"}
    node = NodeFactory.create(params={MODEL_ID_KEY: old.pk, MODEL_PARAMETERS_KEY: before})

    run_of(plan_of(("old", "new"), active=[Model("new", 16_000, parameters=parameters)]))

    node.refresh_from_db()
    assert node.params == {MODEL_ID_KEY: new.pk, MODEL_PARAMETERS_KEY: expected}
    assert TeamNotice.objects.get().payload["settings"] == told_settings
