"""Addresses that no page has to think of, on every page and both databases."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories.service_providers import LlmProviderModelFactory
from tests.integration.admin_rows import make_past

pytestmark = pytest.mark.django_db

PLACES = {
    "use": ("service_providers_llmprovidermodel_use", "team"),
    "list": ("service_providers_llmprovidermodel_changelist", "q"),
    "filter": ("model_retirement_teamnotice_changelist", "provider"),
    "column": ("model_retirement_teamnotice_changelist", "name__exact"),
    "state": ("model_retirement_data_migrations_custommigration_changelist", "state"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("query", ["{}=%00", "{}=a%00b", "%00=1", "{}=1&{}=%00"])
def test_a_nul_character_in_an_address_is_refused(admin_client, place, query):
    """PostgreSQL, which stores none, ended such a request with status 500."""
    name, parameter = PLACES[place]
    args = [LlmProviderModelFactory.create().pk] if place == "use" else []
    answer = admin_client.get(f"{reverse(f'admin:{name}', args=args)}?{query.replace('{}', parameter)}")
    assert (answer.status_code, answer.text) == (
        400,
        "Bad Request: the address has a NUL character or half a character in it.\n",
    )


def test_it_is_refused_in_every_part_of_the_site(admin_client):
    past = make_past(teams=1)
    journal = reverse("admin:model_retirement_removalrun_journal", args=[past.run.pk])
    for path in (f"{journal}?reference=%00", "/api/teams/acme/llm-models/?x=%00", "/a/acme%00/", "/?%00", "/x%00"):
        assert admin_client.get(path).status_code == 400, path
    assert admin_client.get(f"{journal}?reference=%ED%A0%80").status_code == 200
