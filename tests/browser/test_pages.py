"""Staff and team members as they use the site, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from apps.chatbots.models import Chatbot
from apps.demo.people import STAFF_EMAIL, STAFF_PASSWORD
from apps.demo.tenants import load
from apps.pipelines.models import Pipeline
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Membership
from model_retirement.catalogue import view as catalogue
from model_retirement.sync import sync
from tests.browser.acts import PHONE, log_in, overflows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def demo(context, settings):
    """The demo's tenants; asked for after the browser, which allows the database in this thread."""
    settings.DEBUG = True
    sync(model=LlmProviderModel, catalogue=catalogue.load(), using="default")
    load(teams=4, nodes=60, seed=1)
    settings.DEBUG = False


def first_with_nodes(kind: str) -> Any:
    rows = {
        "pipeline": Pipeline.objects.filter(nodes__isnull=False),
        "chatbot": Chatbot.objects.filter(pipeline__nodes__isnull=False),
    }
    return rows[kind].order_by("pk")[0]


def test_staff_log_in_and_read_the_list_of_models(live_server, page):
    page.goto(live_server.url + "/")
    log_in(page, email=STAFF_EMAIL, password=STAFF_PASSWORD)
    page.get_by_role("link", name="LLM models", exact=True).click()
    page.locator("#searchbar").fill("claude-2")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/?q=claude-2*")
    assert set(page.locator("#result_list .field-visible_name").all_inner_texts()) == {"claude-2.0", "claude-2.1"}
    page.get_by_role("link", name="claude-2.0", exact=True).click()
    page.get_by_text("102,400").wait_for()
    assert page.locator("input[name=max_token_limit]").count() == 0


def test_staff_open_a_pipeline_s_page_from_the_admin(live_server, page):
    pipeline = first_with_nodes("pipeline")
    path = reverse("admin:pipelines_pipeline_change", args=[pipeline.pk])
    page.goto(f"{live_server.url}{reverse('login')}?next={path}")
    log_in(page, email=STAFF_EMAIL, password=STAFF_PASSWORD)
    page.get_by_role("link", name="View on site").click()
    page.wait_for_url(f"**{pipeline.get_absolute_url()}")
    assert page.get_by_role("heading", level=1).inner_text() == pipeline.name
    assert page.locator("tbody tr").count() == len(pipeline.model_uses())


def test_a_member_follows_a_link_of_a_mail_and_reads_the_page_on_a_phone_by_day_and_by_night(live_server, page):
    chatbot = first_with_nodes("chatbot")
    member = Membership.objects.filter(team=chatbot.team).select_related("user")[0]
    member.user.set_password("correct horse battery")
    member.user.save()
    page.set_viewport_size({"width": PHONE, "height": 844})
    page.goto(live_server.url + chatbot.get_absolute_url())
    assert not overflows(page)
    log_in(page, email=member.user.email, password="wrong")
    page.get_by_text("Please enter a correct").wait_for()
    log_in(page, email=member.user.email, password="correct horse battery")
    assert page.get_by_role("heading", level=1).inner_text() == chatbot.name
    assert not overflows(page)
    colours = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(set(colours)) == 2
    page.get_by_role("link", name=str(chatbot.pipeline)).click()
    assert page.get_by_role("heading", level=1).inner_text() == chatbot.pipeline.name
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("heading", name="Log in").wait_for()
