"""Staff in the admin: from what needs attention to a removal, its mail and its restore; and what keeps people out."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db.models import Q
from django.urls import reverse

from apps.demo.tenants import load
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue import view as catalogue
from model_retirement.models import RemovalRun, TeamMessage
from model_retirement.references import registry
from model_retirement.references.usage import count, pointing_now
from model_retirement.sync import sync
from tests.browser.acts import DESK, PHONE, barriers, log_in, overflows
from tests.factories.users import UserFactory
from tests.integration.admin_rows import Past, make_past
from tests.integration.admin_views import FILLED_PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from apps.users.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery"


def make_staff(*, is_superuser: bool) -> User:
    user = UserFactory.create(is_staff=True, is_superuser=is_superuser)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def staff(page: Page, live_server: Any) -> Page:
    """A tab of a superuser who has logged in."""
    user = make_staff(is_superuser=True)
    page.goto(live_server.url + reverse("admin:index"))
    log_in(page, email=user.email, password=PASSWORD)
    page.get_by_role("heading", name="Site administration").wait_for()
    return page


@pytest.fixture
def restorer(page: Page, live_server: Any) -> Page:
    """A tab of somebody who may see everything, restore removals, and do nothing else."""
    user = make_staff(is_superuser=False)
    allowed = Q(codename__startswith="view_") | Q(codename="restore_removalrun")
    user.user_permissions.set(Permission.objects.filter(allowed))
    page.goto(live_server.url + reverse("admin:index"))
    log_in(page, email=user.email, password=PASSWORD)
    return page


def used(row: LlmProviderModel) -> int:
    usage = count(registry=registry, pairs=pointing_now(model_ids=[row.pk], using="default"), using="default")
    return sum(usage.references.get(row.pk, {}).values())


def most_used_of_those_listed() -> LlmProviderModel:
    listed = Q()
    for entry in catalogue.load().removals:
        listed |= Q(type=entry.provider, name=entry.name)
    return max(LlmProviderModel.objects.filter(listed, team=None), key=used)


def test_staff_go_from_a_deprecated_model_to_its_removal_its_mail_and_its_restore(live_server, restorer, settings):
    settings.DEBUG = True
    sync(model=LlmProviderModel, catalogue=catalogue.load(), using="default")
    load(teams=6, nodes=120, seed=7)
    settings.DEBUG = False
    model = most_used_of_those_listed()
    references = used(model)
    assert references > 0

    page = restorer
    page.reload()
    page.get_by_role("link", name="Deprecated models").click()
    page.get_by_role("link", name=str(model), exact=True).click()
    page.get_by_text("listed: the next removal takes it out").wait_for()
    page.get_by_role("link", name="Where it is used").click()
    first = page.locator("#content tbody tr").first
    resource = first.get_by_role("rowheader").get_by_role("link")
    assert page.request.get(live_server.url + str(resource.get_attribute("href"))).ok
    page.get_by_label("Kind").select_option("pipeline")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**kind=pipeline")
    assert set(page.locator("#content tbody td:nth-child(2)").all_inner_texts()) == {"pipeline"}
    page.get_by_role("link", name="What its removal would do").click()
    page.get_by_text(f"would move {references} references").wait_for()

    call_command("remove_deprecated_models", only=[f"{model.type}/{model.name}"], no_send=True, verbosity=0)
    run = RemovalRun.objects.get()
    call_command("send_team_notices", stdout=io.StringIO())

    page.get_by_role("link", name="Home").click()
    page.get_by_role("link", name="Removals", exact=True).click()
    page.get_by_role("link", name=str(run), exact=True).click()
    page.get_by_role("row", name=str(model)).get_by_text(str(references), exact=True).first.wait_for()
    page.get_by_role("link", name="Journal: every change").click()
    assert page.locator("#content tbody tr").count() > 0
    page.get_by_role("link", name=str(run), exact=True).click()
    page.get_by_role("link", name="Sent", exact=True).first.click()
    mail = page.frame_locator("iframe.mail")
    mail.get_by_role("columnheader", name="What to do").wait_for()
    assert model.name in mail.locator("body").inner_text()
    assert model.name in page.locator("pre").last.inner_text()
    with page.context.expect_page() as opened:
        mail.get_by_role("link").first.click()
    opened.value.get_by_role("heading", level=1).wait_for()
    opened.value.close()

    # A tab that comes back from behind another one takes no clicks in a headless browser.
    page.goto(live_server.url + reverse("admin:model_retirement_removalrun_change", args=[run.pk]))
    page.get_by_role("link", name="Restore", exact=True).click()
    page.get_by_text(f"{references} references").wait_for()
    assert not LlmProviderModel.objects.filter(pk=model.pk).exists()
    page.get_by_role("button", name="Restore").click()
    page.get_by_role("listitem").filter(has_text="Restored 1 model as deprecated").wait_for()
    assert used(model) == references
    assert page.get_by_role("heading", name="Done here by staff").is_visible()
    assert page.get_by_role("link", name="Restore", exact=True).count() == 0


def test_a_message_is_sent_again_by_hand(live_server, staff):
    past = make_past(teams=1)
    staff.goto(live_server.url + reverse("admin:index"))
    staff.get_by_role("link", name="1 message given up").click()
    staff.locator("#result_list tbody a").first.click()
    staff.get_by_role("link", name="Send again").click()
    staff.get_by_text("It was given up after 9 attempts").wait_for()
    staff.get_by_role("button", name="Send again").click()
    staff.get_by_text("Queued again").first.wait_for()
    assert TeamMessage.objects.get(pk=past.message.pk).status == "queued"


def paths(past: Past) -> list[str]:
    """Return the paths of the front page, of the lists and of the pages that are ours."""
    lists = [
        reverse(f"admin:{name}_changelist")
        for name in (
            "service_providers_llmprovidermodel",
            "model_retirement_removalrun",
            "model_retirement_teammessage",
            "model_retirement_teamnotice",
            "model_retirement_data_migrations_custommigration",
            "model_retirement_data_migrations_custommigrationrun",
        )
    ]
    own = [page.path(past) for page in FILLED_PAGES if not page.name.endswith(("_export", "_mail"))]
    return [reverse("admin:index"), *lists, *own]


def test_every_page_obeys_its_own_policy(live_server, staff):
    """What the policy forbids is an error on the console, and the tab allows none."""
    for path in paths(make_past(teams=1)):
        response = staff.goto(live_server.url + path)
        assert response.ok, path
        assert "script-src" in response.headers["content-security-policy"], path


@pytest.mark.parametrize("bypass_csp", [True])
def test_no_page_keeps_anybody_out_or_breaks_what_tenants_wrote(live_server, staff):
    """Rule 18: at a desk by day and on a phone by night, for eyes, keyboards and screen readers."""
    past = make_past(teams=2)
    wrong: list[str] = []
    for width, scheme in ((DESK, "light"), (PHONE, "dark")):
        staff.set_viewport_size({"width": width, "height": 844})
        staff.emulate_media(color_scheme=scheme)
        for path in paths(past):
            staff.goto(live_server.url + path)
            wrong += [f"{path} {width} {scheme}: {barrier}" for barrier in barriers(staff)]
            if overflows(staff):
                wrong.append(f"{path} is wider than {width}")
    assert wrong == []
