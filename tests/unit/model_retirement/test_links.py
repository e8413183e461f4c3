"""Links lead to where the host shows what is stored: asked for many at once, and never to what is another team's."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from model_retirement.platform import Platform
from model_retirement.references import ForeignKeyReference, Registry, Resource, ResourcePath, links, registry
from model_retirement.references.links import Shown, urls, with_urls
from model_retirement.references.usage import pointing_now, stream_resources
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory

pytestmark = pytest.mark.django_db


class ShowsVersions(Platform):
    """An adapter of a host that shows a published version on a page of its own."""

    def resource_url(self, *, obj: Any) -> str:
        """Return where it is shown; what is put away is not shown."""
        if obj.is_archived:
            return ""
        edited = obj.working_version
        return f"/{obj.team.slug}/{edited.name}/v{obj.version_number}" if edited else f"/{obj.team.slug}/{obj.name}"


class ShowsNodes(Platform):
    """An adapter of a host whose rows with models are things of their own."""

    def resource_url(self, *, obj: Any) -> str:
        """Return where it is shown."""
        return f"/{obj.pipeline.team.slug}/{obj.pk}"


def shown(thing: Any) -> Shown:
    return Shown(thing._meta.label, thing.pk, thing.team_id)


def urls_of(*things: Shown) -> dict[Shown, str]:
    return urls(things, registry=registry, using="default")


def test_one_query_for_each_model_with_teams_and_what_they_are_versions_of(
    settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
):
    settings.MODEL_RETIREMENT_PLATFORM = f"{__name__}.ShowsVersions"
    team = TeamFactory.create(slug="acme")
    bot = ChatbotFactory.create(team=team, name="Triage")
    version = ChatbotFactory.create(team=team, name="Old", working_version=bot, version_number=3)
    archived = ChatbotFactory.create(team=team, is_archived=True)
    assistant = AssistantFactory.create(team=team, name="Coach")
    with django_assert_num_queries(2):
        assert urls_of(*map(shown, (bot, version, archived, assistant))) == {
            shown(bot): "http://localhost:8000/acme/Triage",
            shown(version): "http://localhost:8000/acme/Triage/v3",
            shown(assistant): "http://localhost:8000/acme/Coach",
        }


def test_what_is_gone_has_no_link():
    assistant = AssistantFactory.create()
    there, gone = shown(assistant), Shown("assistants.Assistant", assistant.pk + 1, assistant.team_id)
    nowhere = Shown("assistants.Robot", 1, assistant.team_id)
    assert list(urls_of(there, gone, nowhere)) == [there]


def test_what_belongs_to_another_team_by_now_has_no_link():
    """Rule 27: the address may have that team's name in it."""
    assistant = AssistantFactory.create()
    other = TeamFactory.create()
    assert urls_of(Shown("assistants.Assistant", assistant.pk, other.pk)) == {}


def test_a_thing_that_nobody_declares_any_more_is_shown_where_it_was():
    """A notice of years ago names kinds that the code may have dropped."""
    assistant = AssistantFactory.create()
    assert list(urls([shown(assistant)], registry=Registry(), using="default")) == [shown(assistant)]


HUGE = f'{{"number": {"1" * 5_000}}}'


@pytest.mark.parametrize("team", ["", "pipeline__team"])
def test_things_have_their_team_where_they_say_and_odd_rows_have_links(settings: Settings, team: str):
    """A host for one team has no team on its things. Rule 23: no address is made of JSON that cannot be read."""
    settings.MODEL_RETIREMENT_PLATFORM = f"{__name__}.ShowsNodes"
    own = Registry()
    node = NodeFactory.create(pipeline__team__slug="acme")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pipelines_node SET params = %s WHERE id = %s", [HUGE, node.pk])
    path = ResourcePath(Resource("node", "pipelines.Node", team=team, name="label", version_of="label"))
    own.register(ForeignKeyReference("pipelines.Node", "pipeline", team, path))
    mine, other = (Shown("pipelines.Node", node.pk, team_id) for team_id in (node.pipeline.team_id, 0))
    url_by_thing = urls([mine, other], registry=own, using="default")
    assert url_by_thing == dict.fromkeys([mine] if team else [mine, other], f"http://localhost:8000/acme/{node.pk}")


def test_a_stream_of_resources_gets_its_links_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
):
    model = LlmProviderModelFactory.create()
    assistants = AssistantFactory.create_batch(3, llm_provider_model=model)
    pairs = pointing_now(model_ids=[model.pk], using="default")
    resources = list(stream_resources(registry=registry, pairs=pairs, using="default"))
    assistants[1].delete()
    monkeypatch.setattr(links, "ROWS_AT_ONCE", 2)
    with django_assert_num_queries(2):
        linked = list(with_urls(resources, registry=registry, using="default"))
    assert [resource for resource, _ in linked] == resources
    there = {assistants[0].pk, assistants[2].pk}
    assert {resource.id for resource, url in linked if url} == there


@pytest.mark.sqlite  # PostgreSQL stores no bytes for text
def test_text_that_is_none_does_not_keep_links_back():
    """Rule 23."""
    assistant = AssistantFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE assistants_assistant SET name = CAST(%s AS text)", [b"Assist\xff"])
    assert list(urls_of(shown(assistant))) == [shown(assistant)]
