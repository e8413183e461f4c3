"""Teams and who is in them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from apps.evaluations.models import Evaluator
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Membership, Team
from tests.factories.evaluations import EvaluatorFactory, TranscriptAnalysisFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import MembershipFactory, TeamFactory

pytestmark = pytest.mark.django_db


def test_a_user_is_once_in_a_team():
    membership = MembershipFactory.create(role=Membership.Role.ADMIN)
    assert list(membership.team.members.all()) == [membership.user]
    assert str(membership) == f"{membership.user.email} in {membership.team.name} (admin)"
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipFactory.create(team=membership.team, user=membership.user)


def test_a_slug_is_taken_once():
    TeamFactory.create(slug="acme")
    with pytest.raises(IntegrityError), transaction.atomic():
        TeamFactory.create(slug="acme")


def test_a_team_goes_with_all_that_it_owns_also_with_a_judge_on_its_own_model():
    team = TeamFactory.create()
    custom = LlmProviderModelFactory.create(team=team)
    EvaluatorFactory.create(team=team, llm_provider_model=custom)
    TranscriptAnalysisFactory.create(team=team, llm_provider_model=custom)
    NodeFactory.create(pipeline=PipelineFactory.create(team=team), llm_provider_model=custom)
    team.delete()
    assert not Team.objects.exists()
    assert not Evaluator.objects.exists()
    assert not LlmProviderModel.objects.filter(pk=custom.pk).exists()
