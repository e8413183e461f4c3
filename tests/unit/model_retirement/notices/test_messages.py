"""The outbox in the admin: what an e-mail says, as its readers see it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from model_retirement.catalogue.lifecycle import utc_today
from model_retirement.models import TeamMessage, TeamNotice
from tests.factories.service_providers import TeamMessageFactory, TeamNoticeFactory
from tests.factories.teams import MembershipFactory, TeamFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def message() -> TeamMessage:
    """A message to two admins about a model; one has got it."""
    team = TeamFactory.create(name="Acme <b>")
    message = TeamMessageFactory.create(
        team=team, recipients=["a@example.org", "b@example.org"], delivered_to=["a@example.org"]
    )
    TeamNoticeFactory.create(team=team, run=message.run, message=message, name="old")
    return message


def open_page(client: Client, page: str, message: TeamMessage) -> Any:
    return client.get(reverse(f"admin:model_retirement_teammessage_{page}", args=[message.pk]))


def words(response: Any) -> str:
    return " ".join(response.text.split())


def test_the_page_shows_recipients_subject_and_both_forms_of_the_mail(admin_client: Client, message: TeamMessage):
    """Rule 18: the words of the mail are text here, too."""
    text = words(open_page(admin_client, "change", message))
    assert 'a@example.org <span class="badge good">Accepted</span>' in text
    assert 'b@example.org <span class="badge quiet">Not yet</span>' in text
    assert "new-model replaces old, try it out (Acme &lt;b&gt;)" in text
    assert "which Acme &lt;b&gt; used, is no longer available" in text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in text
    assert f'src="{reverse("admin:model_retirement_teammessage_mail", args=[message.pk])}"' in text


def test_the_frame_gets_the_mail_and_a_policy_of_its_own(admin_client: Client, message: TeamMessage):
    frame = open_page(admin_client, "mail", message)
    assert "Acme &lt;b&gt;" in frame.text
    assert '<head><base target="_blank">' in frame.text
    policy = frame["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; sandbox")
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_other_pages_allow_neither_frames_nor_anything_inline(admin_client: Client, message: TeamMessage):
    page = open_page(admin_client, "change", message)
    assert "unsafe" not in page["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"


def test_pruned_addresses_are_shown_as_pruned(admin_client: Client, message: TeamMessage):
    listed = reverse("admin:model_retirement_teammessage_changelist")
    assert '<td class="field-admins">1 of 2</td>' in admin_client.get(listed).text
    TeamMessage.objects.update(status="sent", recipients=[], delivered_to=[])
    text = words(open_page(admin_client, "change", message))
    assert "The addresses have been pruned." in text
    assert "which Acme &lt;b&gt; used, is no longer available" in text
    assert '<td class="field-admins">pruned</td>' in admin_client.get(listed).text


def test_a_message_without_a_notice_says_nothing(admin_client: Client):
    message = TeamMessageFactory.create(run=None)
    assert "It says nothing" in words(open_page(admin_client, "change", message))
    assert open_page(admin_client, "mail", message).text == ""


def test_many_recipients_get_several_mails(admin_client: Client, message: TeamMessage):
    message.recipients = [f"admin{number}@example.org" for number in range(101)]
    message.save()
    assert "It goes out in 3 e-mails" in words(open_page(admin_client, "change", message))


def test_what_was_not_given_up_is_not_sent_again(admin_client: Client, message: TeamMessage):
    assert "Send again</a>" not in words(open_page(admin_client, "change", message))
    path = reverse("admin:model_retirement_teammessage_send-again", args=[message.pk])
    assert "has not been given up" in words(admin_client.post(path, follow=True))


def test_what_was_given_up_is_queued_for_those_who_have_not_got_it(admin_client: Client, message: TeamMessage):
    TeamMessage.objects.update(status="gave_up", attempts=9, last_error="550 <nobody>")
    MembershipFactory.create(team=message.team, role="admin", user__email="new@example.org")
    text = words(open_page(admin_client, "send-again", message))
    assert "1 admin of the team has not got it" in text
    assert "550 &lt;nobody&gt;" in text
    path = reverse("admin:model_retirement_teammessage_send-again", args=[message.pk])
    assert "Queued again" in words(admin_client.post(path, follow=True))
    message.refresh_from_db()
    assert (message.status, message.attempts) == ("queued", 0)


def test_without_a_reachable_admin_nothing_can_be_sent_again(admin_client: Client, message: TeamMessage):
    """Rule 24: nor if everybody who is left has got it."""
    TeamMessage.objects.update(status="gave_up")
    refusal = "No reachable admin of the team is left who has not got it: give the team one first."
    assert refusal in words(open_page(admin_client, "send-again", message))
    MembershipFactory.create(team=message.team, role="admin", user__email="a@example.org")
    assert refusal in words(open_page(admin_client, "send-again", message))


def test_a_message_without_addresses_has_no_button_to_send_it_again(admin_client: Client, message: TeamMessage):
    TeamMessage.objects.update(status="gave_up", recipients=[], delivered_to=[])
    assert "Send again" not in open_page(admin_client, "change", message).text
    path = reverse("admin:model_retirement_teammessage_send-again", args=[message.pk])
    assert "its addresses have been pruned" in words(admin_client.post(path, follow=True))


def test_a_notice_says_what_it_would_say_alone(admin_client: Client, message: TeamMessage):
    notice = message.notices.get()
    page = words(admin_client.get(reverse("admin:model_retirement_teamnotice_change", args=[notice.pk])))
    assert "The language model old, which Acme &lt;b&gt; used" in page
    assert f">Message {message.pk} to Acme &lt;b&gt;</a>" in page
    waiting = TeamNoticeFactory.create(run=None, event=TeamNotice.Event.REMOVED)
    page = words(admin_client.get(reverse("admin:model_retirement_teamnotice_change", args=[waiting.pk])))
    assert '<span class="badge warn">Waiting</span>' in page


def test_a_notice_of_a_deprecation_shows_its_stage_and_the_days_to_the_retirement(admin_client: Client):
    deprecated = {"run": None, "event": TeamNotice.Event.DEPRECATED, "retires_on": utc_today() + dt.timedelta(days=26)}
    notice = TeamNoticeFactory.create(stage="30", **deprecated)
    TeamNoticeFactory.create(stage="announced", **deprecated)
    page = words(admin_client.get(reverse("admin:model_retirement_teamnotice_change", args=[notice.pk])))
    listed = words(admin_client.get(reverse("admin:model_retirement_teamnotice_changelist")))
    for text in (page, listed):
        assert '<span class="badge warn">Deprecated</span> <span class="when">30-day stage</span>' in text
        assert f"retires in 26 days, on {notice.retires_on}" in text
    assert '<span class="when">announced</span>' in listed
    TeamNotice.objects.update(payload={**notice.payload, "retires_on_is_earliest": True})
    assert "or later" in words(admin_client.get(reverse("admin:model_retirement_teamnotice_changelist")))


def test_notices_can_be_narrowed(admin_client: Client, message: TeamMessage):
    TeamNoticeFactory.create(provider="groq", run=None)

    def count(**query: Any) -> int:
        listed = reverse("admin:model_retirement_teamnotice_changelist")
        return int(admin_client.get(listed, query).context["cl"].result_count)

    assert count() == 2
    assert count(provider="groq") == count(told="no") == count(told="yes") == 1
    assert count(run__id__exact=message.run_id) == 1
    assert count(provider="anthropic") == 0


def test_when_everybody_can_be_reached_the_page_says_so(admin_client: Client):
    page = admin_client.get(reverse("admin:model_retirement_teamnotice_unreachable"))
    assert "Every team has an admin who can be written to." in page.text
