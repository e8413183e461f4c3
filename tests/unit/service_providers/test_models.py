"""Rows of models: which are unique, and who sees which."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from apps.service_providers.models import LlmProviderModel
from model_retirement.models import TeamTokenLimit
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory

pytestmark = pytest.mark.django_db


def test_two_global_rows_with_one_name_are_impossible():
    """Rule 16: NULL teams do not collide in a plain unique key."""
    LlmProviderModelFactory.create(type="openai", name="made-up")
    with pytest.raises(IntegrityError), transaction.atomic():
        LlmProviderModel.objects.bulk_create([LlmProviderModelFactory.build(type="openai", name="made-up")])
    LlmProviderModelFactory.create(type="azure", name="made-up")


def test_a_team_may_have_a_custom_model_with_the_name_of_a_global_one_but_only_once():
    """Rule 15: a custom model with a global one's name is a row of its own."""
    LlmProviderModelFactory.create(name="made-up")
    first, second = TeamFactory.create_batch(2)
    LlmProviderModelFactory.create(team=first, name="made-up")
    LlmProviderModelFactory.create(team=second, name="made-up")
    with pytest.raises(IntegrityError), transaction.atomic():
        LlmProviderModelFactory.create(team=first, name="made-up")


def test_a_team_is_offered_global_and_own_models_that_are_not_deprecated_and_keeps_the_deprecated_ones():
    """Rule 14: a deprecated model stays usable, it is only not offered any more."""
    team = TeamFactory.create()
    active = LlmProviderModelFactory.create()
    deprecated = LlmProviderModelFactory.create(deprecated=True)
    own = LlmProviderModelFactory.create(team=team)
    own_deprecated = LlmProviderModelFactory.create(team=team, deprecated=True)
    foreign = LlmProviderModelFactory.create(team=TeamFactory.create())
    mine = LlmProviderModel.objects.filter(pk__in=[active.pk, deprecated.pk, own.pk, own_deprecated.pk, foreign.pk])
    assert set(mine.usable_by(team)) == {active, deprecated, own, own_deprecated}
    assert set(mine.offered_to(team)) == {active, own}


def test_the_token_limit_that_a_team_chose_wins():
    team, other = TeamFactory.create_batch(2)
    model = LlmProviderModelFactory.create(max_token_limit=8192)
    limit = TeamTokenLimit.objects.create(team=team, type=model.type, name=model.name, max_token_limit=4000)
    assert (model.token_limit_for(team), model.token_limit_for(other)) == (4000, 8192)
    own = LlmProviderModelFactory.create(team=team, type=model.type, name=model.name, max_token_limit=16_000)
    assert own.token_limit_for(team) == 16_000  # the limit was chosen for the global one
    assert str(limit) == f"openai/{model.name}: 4000"
