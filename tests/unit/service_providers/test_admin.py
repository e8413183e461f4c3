"""What staff may do with models and with the records of removals: read almost everything, write very little."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.service_providers.models import LlmProviderModel
from model_retirement.models import RemovalRun
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory

pytestmark = pytest.mark.django_db


def path(name: str, *args: int) -> str:
    return reverse(f"admin:service_providers_llmprovidermodel_{name}", args=args)


@pytest.mark.parametrize("custom", [False, True])
def test_no_model_is_deleted_by_hand(admin_client, custom):
    """Rules 4 and 15: a deletion would leave ids in JSON that point at nothing."""
    model = LlmProviderModelFactory.create(team=TeamFactory.create() if custom else None)
    assert admin_client.post(path("delete", model.pk), {"post": "yes"}).status_code == 403
    admin_client.post(path("changelist"), {"action": "delete_selected", "_selected_action": [model.pk], "post": "yes"})
    assert LlmProviderModel.objects.filter(pk=model.pk).exists()


def test_a_global_model_is_the_catalogue_s_and_cannot_be_changed_by_hand(admin_client):
    """Rule 2: code declares global models, the table follows."""
    model = LlmProviderModelFactory.create(max_token_limit=8192)
    admin_client.post(path("change", model.pk), {"name": "other", "max_token_limit": 1, "deprecated": "on"})
    model.refresh_from_db()
    assert (model.max_token_limit, model.deprecated) == (8192, False)
    assert model.name != "other"


def test_a_custom_model_keeps_its_name_and_may_be_deprecated(admin_client):
    model = LlmProviderModelFactory.create(team=TeamFactory.create(), name="ours")
    response = admin_client.post(
        path("change", model.pk), {"name": "other", "max_token_limit": 4000, "deprecated": "on"}
    )
    assert response.status_code == 302
    model.refresh_from_db()
    assert (model.name, model.max_token_limit, model.deprecated) == ("ours", 4000, True)


def test_a_model_added_by_hand_belongs_to_a_team(admin_client):
    new = {"type": "openai", "name": "made-up", "max_token_limit": 4000}
    refused = admin_client.post(path("add"), new)
    assert refused.context["adminform"].form.errors == {"team": ["This field is required."]}
    team = TeamFactory.create()
    assert admin_client.post(path("add"), {**new, "team": team.pk}).status_code == 302
    assert LlmProviderModel.objects.get(name="made-up").team == team


def test_the_list_says_whose_a_model_is_and_its_state(admin_client):
    LlmProviderModelFactory.create(name="made-up-1", deprecated=True)
    LlmProviderModelFactory.create(name="made-up-2", team=TeamFactory.create(name="Acme"))
    everything = admin_client.get(path("changelist"), {"q": "made-up"}).text
    assert '<td class="field-whose">global</td>' in everything
    assert '<td class="field-state"><span class="badge warn">Deprecated</span></td>' in everything
    custom = admin_client.get(path("changelist"), {"q": "made-up", "custom": "yes"}).text
    assert '<td class="field-whose">Acme</td>' in custom
    assert '<td class="field-state"><span class="badge good">Active</span></td>' in custom
    assert "made-up-1" not in custom


def test_records_of_removals_are_read_only(admin_client):
    run = RemovalRun.objects.create(triggered_by="migrate")
    page = admin_client.get(reverse("admin:model_retirement_removalrun_change", args=[run.pk]))
    assert 'name="_save"' not in page.text
    assert admin_client.get(reverse("admin:model_retirement_removalrun_add")).status_code == 403
    deletion = reverse("admin:model_retirement_removalrun_delete", args=[run.pk])
    assert admin_client.post(deletion, {"post": "yes"}).status_code == 403
