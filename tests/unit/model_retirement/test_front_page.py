"""What needs attention is told in any host's admin: with an admin of its own for the models, with none, and of any resource."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import RequestFactory
from django.urls import path
from pytest_django import Settings

from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, Node
from apps.service_providers.models import LlmProviderModel
from apps.users.models import User
from model_retirement.admin.attention import AttentionItem, findings
from model_retirement.admin.llm_models import LlmModelAdmin
from tests.factories.assistants import AssistantFactory
from tests.factories.pipelines import NodeFactory
from tests.factories.users import UserFactory
from tests.unit.model_retirement.dated import dated

__all__ = ["dated"]

pytestmark = pytest.mark.django_db


class HostsOwn(admin.ModelAdmin):
    """An admin of the host's for its table of models."""


def attention(user: User) -> list[AttentionItem] | None:
    request = RequestFactory().get("/admin/")
    request.user = user
    return findings(request)


def paths(user: User) -> dict[str, str]:
    """Return what is told to a user, with the page that it leads to."""
    return {finding.words: finding.path for finding in attention(user) or []}


@pytest.fixture(params=[HostsOwn, None], ids=["own", "none"])
def models_admin(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Any]:
    """Give the table of models another admin, or none."""
    admin.site.unregister(LlmProviderModel)
    if request.param:
        admin.site.register(LlmProviderModel, request.param)
    urls: Any = ModuleType("urls_of_a_host")
    urls.urlpatterns = [path("admin/", admin.site.urls)]
    settings.ROOT_URLCONF = urls
    yield request.param
    if request.param:
        admin.site.unregister(LlmProviderModel)
    admin.site.register(LlmProviderModel, LlmModelAdmin)


def test_models_are_told_of_where_the_host_has_pages_for_them(
    models_admin: Any, dated: dict[str, LlmProviderModel], admin_user: User
):
    AssistantFactory.create(llm_provider_model=dated["past"])
    told_paths = {
        words: where
        for words, where in paths(admin_user).items()
        if "past the date" in words or "removal list" in words
    }
    assert set(told_paths.values()) == ({"/admin/service_providers/llmprovidermodel/"} if models_admin else set())
    assert len(told_paths) == (3 if models_admin else 0)


@pytest.mark.parametrize(("may", "number"), [("view_pipeline", 1), ("view_assistant", None), ("view_node", None)])
def test_ids_of_models_that_are_gone_are_told_to_those_who_may_see_what_has_them(may: str, number: int | None):
    """Rule 6."""
    node = NodeFactory.create(label="Answer")
    Node.objects.filter(pk=node.pk).update(params={FALLBACK_MODEL_IDS_KEY: [987654321]})
    user: Any = UserFactory.create(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename=may))
    listed = attention(user)
    assert (listed and len(listed)) == number
    for finding in listed or []:
        assert finding.words.startswith("1 reference to a model that does not exist")
        assert finding.path == "/admin/pipelines/pipeline/"
        assert f"/admin/pipelines/pipeline/{node.pipeline_id}/change/" in finding.items[0].name
