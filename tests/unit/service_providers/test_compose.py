"""The words of a message."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from apps.assistants.models import Assistant
from model_retirement.models import TeamMessage, TeamNotice
from model_retirement.notices import compose, kinds
from tests.factories.service_providers import TeamMessageFactory, TeamNoticeFactory
from tests.factories.teams import TeamFactory

pytestmark = pytest.mark.django_db

RESTORED = TeamNotice.Event.RESTORED
DEPRECATED = TeamNotice.Event.DEPRECATED


def resources(**kinds: Any) -> dict[str, Any]:
    """Return what a notice says of resources: kind to names, underscores for spaces; or to the whole entry."""
    models = {
        "chatbot": "chatbots.Chatbot",
        "pipeline": "pipelines.Pipeline",
        "assistant": "assistants.Assistant",
        "evaluator": "evaluations.Evaluator",
        "transcript analysis": "evaluations.TranscriptAnalysis",
        "collection": "documents.Collection",
    }
    return {
        kind.replace("_", " "): {
            "model": models.get(kind.replace("_", " "), "assistants.Assistant"),
            "total": len(names),
            "first": [[n, name, []] for n, name in enumerate(names, start=1)],
        }
        for kind, names in kinds.items()
    }


def message_of(*notices: dict[str, Any], team_name: str = "Acme", **fields: Any) -> TeamMessage:
    """Return a message whose notices have the given fields; ``resources`` and the like go into the payload."""
    message = TeamMessageFactory.create(team=TeamFactory.create(name=team_name, slug="acme"), **fields)
    for notice in notices:
        payload = {"warnings": [], "settings": [], "resources": resources(assistant=["Helper"])}
        extra = {*payload, "retires_on_is_earliest", "own", "was", "moved_on", "changed"}
        payload |= {key: notice.pop(key) for key in list(notice) if key in extra}
        TeamNoticeFactory.create(team=message.team, run=message.run, message=message, payload=payload, **notice)
    return message


def mail_of(*notices: dict[str, Any], **fields: Any) -> EmailMultiAlternatives:
    return compose.mail(message=message_of(*notices, **fields), part=0, to=["a@example.org"], using="default")


def html_of(mail: EmailMultiAlternatives) -> str:
    return str(mail.alternatives[0][0])


def without_tags(mail: EmailMultiAlternatives) -> str:
    """Return the words of the HTML part."""
    return flat(html.unescape(re.sub(r"<[^>]+>", "", html_of(mail))))


def flat(text: Any) -> str:
    return " ".join(str(text).split())


GONE = {"name": "gpt-4", "replacement": ""}
MOVED = {"name": "gpt-4", "replacement": "gpt-4.1"}


@pytest.mark.parametrize(
    ("notices", "subject"),
    [
        ([MOVED], "Acme: gpt-4 was replaced by gpt-4.1"),
        ([GONE], "Acme: gpt-4 was removed, please check your settings"),
        ([MOVED, {"name": "o1", "replacement": "o3"}], "Acme: 2 models were replaced"),
        ([MOVED, {"name": "o1", "replacement": ""}], "Acme: 2 models were removed, please check your settings"),
        ([{**MOVED, "event": RESTORED}], "Acme: gpt-4 is back"),
        ([{**MOVED, "event": RESTORED}, {"name": "o1", "event": RESTORED}], "Acme: 2 models are back"),
    ],
)
def test_the_subject_names_the_team_and_what_happened(notices, subject):
    assert mail_of(*({**notice} for notice in notices)).subject == subject


def test_both_parts_say_what_replaced_a_model_and_where():
    made = mail_of({**MOVED, "resources": resources(assistant=["Front desk"])})
    for part in (flat(made.body), flat(html_of(made))):
        assert "is no longer available." in part
        assert "gpt-4 (OpenAI) was replaced by gpt-4.1" in part.replace('<span class="quiet">', "").replace(
            "</span>", ""
        )
        assert "1 assistant" in part
        assert "Front desk" in part
        assert "http://localhost:8000/a/acme/assistants/1/" in part
        assert "because you are an admin of" in part
        assert "cleared" not in part.lower().replace(".cleared {", "")
    assert "What to do next" in made.body
    assert "Whatever of yours used it now uses gpt-4.1." in flat(made.body)


def test_both_parts_say_that_a_setting_was_cleared_and_stay_true_for_fallbacks_and_juries():
    made = mail_of({**GONE})
    for part in (flat(made.body), flat(html_of(made))):
        assert "the setting was cleared wherever it was chosen" in part
        assert "where it was one of several, as a fallback or in a jury, the others carry on" in part
        assert "Try out" not in part


def test_several_models_are_counted_and_those_that_need_somebody_come_first():
    made = mail_of({**MOVED}, {"name": "o1", "replacement": ""}, {"name": "z1", "replacement": "z2"})
    assert flat(made.body).startswith(
        "Hello, 3 language models that Acme used are no longer available. 2 were replaced. 1 has no replacement, so the"
        " setting was cleared wherever it was chosen."
    )
    for part in (made.body, html_of(made)):
        places = [part.index(text) for text in ("Look through", "Try out", "o1 ", "gpt-4 ", "z1 ")]
        assert places == sorted(places)


def test_several_models_without_a_replacement():
    made = mail_of({**GONE}, {"name": "o1", "replacement": ""})
    for part in (made.body, html_of(made)):
        assert "Nothing replaces them, so the setting was cleared wherever they were chosen." in flat(part)


def test_kinds_come_in_the_order_in_which_people_think_with_their_plurals():
    kinds = resources(
        collection=["a"],
        wiki=["a"],
        evaluator=["a", "b"],
        transcript_analysis=["a", "b"],
        chatbot=["a", "b"],
        assistant=["a"],
        pipeline=["a", "b"],
        batch=["a", "b"],
    )
    body = mail_of({**MOVED, "resources": kinds}).body
    headings = [line.strip(" :") for line in body.splitlines() if line.startswith("  ") and line.endswith(":")]
    assert headings == [
        "2 chatbots",
        "2 pipelines",
        "1 assistant",
        "2 evaluators",
        "2 transcript analyses",
        "1 collection",
        "2 batches",
        "1 wiki",
    ]


@pytest.mark.parametrize(
    ("noun", "number", "words"),
    [
        ("chatbot", 1, "1 chatbot"),
        ("chatbot", 0, "0 chatbots"),
        ("transcript analysis", 1_234, "1,234 transcript analyses"),
        ("summary", 2, "2 summaries"),
        ("survey", 2, "2 surveys"),
        ("box", 2, "2 boxes"),
    ],
)
def test_plurals(noun, number, words):
    assert kinds.headline(noun, number) == words


def test_resources_of_one_name_are_told_apart_by_their_links():
    """Rule 7: by identity, not by name."""
    made = mail_of({**MOVED, "resources": resources(chatbot=["Triage", "Triage"])})
    for part in (made.body, html_of(made)):
        assert "/a/acme/chatbots/1/" in part
        assert "/a/acme/chatbots/2/" in part


def test_long_lists_end_with_a_count():
    pipeline = [1, "Flow", ["a", "b", "c", "d", "e", "f", "g"]]
    found = {"pipeline": {"model": "pipelines.Pipeline", "total": 1_010, "first": [pipeline] * 10}}
    made = mail_of({**MOVED, "resources": found})
    for part in (flat(made.body), flat(html_of(made))):
        assert "1,010 pipelines" in part
        assert "and 1,000 more" in part
        assert "a, b, c, d, e and 2 more" in part


def test_warnings_and_settings_that_do_not_carry_over_are_told():
    """Rule 13."""
    made = mail_of(
        {
            **MOVED,
            "warnings": ["gpt-4.1 reads less"],
            "settings": [["top_p", ""], ["effort", "effort"], ["budget", "effort"]],
        }
    )
    for part in (flat(made.body), flat(html_of(made))):
        assert "Please note: gpt-4.1 reads less." in part
        assert "Please note: the setting “top_p” was dropped: gpt-4.1 does not have it." in part
        assert "Please note: the setting “effort” got a value that gpt-4.1 accepts." in part
        assert "Please note: the setting “budget” became “effort”, its counterpart in gpt-4.1." in part


def test_settings_that_people_have_called_oddly_or_many_break_no_text():
    """Rule 8: their names are keys of a JSON object, which anybody may write."""
    odd = [["a\nBcc: b@example.org", ""], ["\u2028", ""], *([f"key {number}", ""] for number in range(20))]
    made = mail_of({**MOVED, "settings": odd})
    for part in (flat(made.body), flat(html_of(made))):
        assert "Please note: the setting “a Bcc: b@example. org” was dropped" in part
        assert "Please note: the setting “(no name)” was dropped" in part
        assert "“key 7” was dropped" in part
        assert "“key 8”" not in part
        assert "Please note: 12 more settings changed or went." in part
    assert "\nBcc" not in made.body
    assert made.message().as_bytes()


def test_a_restore_is_told_as_one():
    made = mail_of({**MOVED, "event": RESTORED})
    assert "gpt-4, which we had removed, is available to Acme again." in flat(made.body)
    for part in (made.body, html_of(made)):
        assert "marked as deprecated" in flat(part)
        assert "no longer available" not in flat(part)


@pytest.fixture
def today():
    with time_machine.travel(dt.datetime(2026, 11, 25, 23, 59, tzinfo=dt.UTC), tick=False):
        yield dt.date(2026, 11, 25)


def ends(days: int | None, *, replaced: bool = True, **facts: Any) -> dict[str, Any]:
    """Return a notice that gpt-4 is deprecated and retires in so many days."""
    day = None if days is None else dt.date(2026, 11, 25) + dt.timedelta(days=days)
    return {**(MOVED if replaced else GONE), "event": DEPRECATED, "retires_on": day, **facts}


@pytest.mark.parametrize(
    ("notices", "subject"),
    [
        ([ends(27)], "Acme: gpt-4 retires in 27 days, gpt-4.1 will replace it"),
        ([ends(1, replaced=False)], "Acme: gpt-4 retires in 1 day, please choose another model"),
        ([ends(0)], "Acme: gpt-4 retires today, gpt-4.1 will replace it"),
        ([ends(-3, replaced=False)], "Acme: gpt-4 retired 3 days ago, please choose another model"),
        ([ends(27, retires_on_is_earliest=True)], "Acme: gpt-4 retires in 27 days or later, gpt-4.1 will replace it"),
        ([ends(-1, retires_on_is_earliest=True)], "Acme: gpt-4 may retire any day, gpt-4.1 will replace it"),
        ([ends(None)], "Acme: gpt-4 is deprecated, gpt-4.1 will replace it"),
        (
            [ends(None), ends(90, name="o3"), ends(7, name="o1")],
            "Acme: 3 models that you use are deprecated, the first retires in 7 days",
        ),
        ([ends(None), ends(None, name="o1")], "Acme: 2 models that you use are deprecated"),
    ],
)
def test_the_subject_of_a_deprecation_says_how_many_days_are_left(today, notices, subject):
    assert mail_of(*({**notice} for notice in notices)).subject == subject


GOES_ON = "it goes on working where it is used, but nothing new can choose it."


@pytest.mark.parametrize(
    ("notice", "said", "not_said"),
    [
        (
            ends(27),
            [
                "gpt-4, which Acme uses, retires in 27 days, on 2026-12-22: that is when its provider switches it off.",
                GOES_ON,
                "Try the replacement out",
                "gpt-4 (OpenAI) retires in 27 days, on 2026-12-22 gpt-4.1 will replace it.",
            ],
            ["Choose another model", "cannot wait"],
        ),
        (
            ends(None, replaced=False),
            [
                "gpt-4, which Acme uses, is deprecated: its provider will switch it off. The date is not known yet.",
                GOES_ON,
                "Choose another model",
                "Nothing takes the place of that model: what has no other stops working; where it is one of several,",
                "gpt-4 (OpenAI) is deprecated",
            ],
            ["Try the replacement out", "cannot wait"],
        ),
        (
            ends(-3),
            [
                "gpt-4, which Acme uses, retired 3 days ago, on 2026-11-22: its provider has switched it off.",
                "What uses gpt-4 does not work any more: this cannot wait.",
                "Try the replacement out",
            ],
            [GOES_ON, "Choose another model"],
        ),
        (
            ends(-3, retires_on_is_earliest=True),
            ["gpt-4, which Acme uses, may retire any day from 2026-11-22 on: that is when", GOES_ON],
            ["cannot wait"],
        ),
    ],
)
def test_both_parts_say_when_a_model_retires_and_what_to_do(today, notice, said, not_said):
    made = mail_of({**notice, "resources": resources(assistant=["Front desk"])})
    for part in (flat(made.body), without_tags(made)):
        for text in (*said, "1 assistant", "Front desk"):
            assert text in part
        for text in not_said:
            assert text not in part
    assert "http://localhost:8000/a/acme/assistants/1/" in html_of(made)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            [27, 90],
            "2 language models that Acme uses are deprecated. They go on working where they are used until their"
            " providers switch them off, but nothing new can choose them.",
        ),
        (
            [-1, 90],
            "2 language models that Acme uses are deprecated. 1 of them has been switched off by its provider. The other"
            " goes on working where it is used",
        ),
        (
            [-1, -2, 90],
            "2 of them have been switched off by their providers. The other goes on",
        ),
        (
            [-1, -2],
            "2 language models that Acme uses are deprecated. Their providers have switched them off. What to do next",
        ),
    ],
)
def test_several_deprecated_models_are_told_apart_by_what_still_works(today, days, said):
    made = mail_of(*(ends(left, name=f"m{left}", replaced=left > 0) for left in days))
    for part in (flat(made.body).replace("--------------- ", ""), without_tags(made)):
        assert said in part


def test_those_that_retire_first_come_first(today):
    made = mail_of(ends(90, name="late"), ends(None, name="some day"), ends(7, name="soon"))
    for part in (made.body, html_of(made)):
        places = [part.index(f"{name} ") for name in ("soon", "late", "some day")]
        assert places == sorted(places)


def test_a_mail_that_was_sent_says_for_ever_what_it_said(today):
    """Staff look at it later, and a repeat of it is the same mail."""
    message = message_of(ends(27))
    message.sent_at = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    made = compose.mail(message=message, part=0, to=["a@example.org"], using="default")
    assert made.subject == "Acme: gpt-4 retires in 21 days, gpt-4.1 will replace it"


@pytest.mark.parametrize(
    ("notice", "line"),
    [
        ({**MOVED}, "The old model retires in 27 days, on 2026-12-22."),
        ({**GONE}, "It retires in 27 days, on 2026-12-22."),
        ({**MOVED, "event": RESTORED}, "gpt-4 (OpenAI) retires in 27 days, on 2026-12-22"),
    ],
)
def test_mails_of_removals_and_restores_have_the_date_as_well(today, notice, line):
    made = mail_of({**notice, "retires_on": dt.date(2026, 12, 22)})
    for part in (flat(made.body), without_tags(made)):
        assert line in part


@pytest.mark.parametrize(
    ("retires_on", "said", "not_said"),
    [
        (
            dt.date(2026, 12, 22),
            "Choose another model in time where a date of retirement is given.",
            "Nothing has to be",
        ),
        (None, "Nothing has to be done. The model stays marked as deprecated", "Choose another model"),
    ],
)
def test_a_restored_model_with_a_date_is_no_reason_to_do_nothing(today, retires_on, said, not_said):
    made = mail_of({**MOVED, "event": RESTORED, "retires_on": retires_on})
    for part in (flat(made.body), without_tags(made)):
        assert said in part
        assert not_said not in part


def test_text_of_tenants_is_escaped_in_html_only():
    """Rule 8: subjects and plain text are not HTML-escaped."""
    name = 'R&D <script>alert("1")</script> {{ settings.SECRET_KEY }} {% now "Y" %}'
    made = mail_of({**MOVED, "resources": resources(assistant=[name])}, team_name="R&D's <b>")
    assert made.subject == "R&D's <b>: gpt-4 was replaced by gpt-4.1"
    assert name.replace(".", ". ") in made.body  # no link
    assert "R&D's <b>" in made.body
    page = html_of(made)
    assert "<script>" not in page
    assert "R&amp;D &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; {{ settings. SECRET_KEY }}" in page
    assert "R&amp;D&#x27;s &lt;b&gt;" in page


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Acme\nBcc: all@example.org", "Acme Bcc: all@example. org"),
        ("Acme\r\n\r\nHello", "Acme Hello"),
        ("Acme\u2028\u2029\x00\x1b[31m", "Acme [31m"),
        ("\u202eemcA\u202c", "emcA"),
        ("👨‍👩‍👧 فريق الدعم", "👨‍👩‍👧 فريق الدعم"),
        ("x" * 10_000, "x" * 49 + "…"),
        ("x" + "\u0301" * 300, "x" + "\u0301" * 48 + "…"),  # characters that take no room of their own
    ],
)
def test_the_subject_is_one_line_of_bearable_length_whatever_the_name(name, shown):
    """Rule 8: a newline in a team name harms nothing."""
    message = message_of({**MOVED})
    message.team.name = name
    made = compose.mail(message=message, part=0, to=["a@example.org"], using="default")
    assert made.subject == f"{shown}: gpt-4 was replaced by gpt-4.1"
    assert b"\nBcc:" not in made.message().as_bytes()


def test_a_resource_without_a_name_can_still_be_clicked():
    made = mail_of({**MOVED, "resources": resources(assistant=[" \n"])})
    assert "- (no name)" in made.body
    assert ">(no name)</a>" in html_of(made)


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_of_a_tenant_breaks_a_mail(team_name, name):
    message = TeamMessage(team=TeamFactory.build(pk=1, name=team_name, slug="acme"))
    notice = TeamNoticeFactory.build(
        team=message.team,
        run=None,
        payload={"warnings": [], "settings": [], "resources": resources(assistant=[name])},
    )
    made = compose.compose(message=message, notices=[notice], part=0, to=["a@example.org"])
    assert len(made.subject.splitlines()) == 1
    assert len(made.subject) < 150
    assert "<script" not in html_of(made).replace("<style", "")
    made.message().as_bytes()


def test_a_repeat_has_the_same_message_id_and_every_part_its_own():
    message = message_of({**MOVED})

    def message_id(part: int, to: str) -> str:
        made = compose.mail(message=message, part=part, to=[to], using="default")
        return str(made.extra_headers["Message-ID"])

    assert message_id(0, "a@example.org") == message_id(0, "b@example.org") == f"<{message.message_id}.0@localhost>"
    assert message_id(1, "a@example.org") == f"<{message.message_id}.1@localhost>"


def test_a_mail_asks_for_no_automatic_answer_and_shows_the_admins_to_each_other():
    message = message_of({**MOVED})
    made = compose.mail(message=message, part=0, to=["a@example.org", "b@example.org"], using="default").message()
    assert made["To"] == "a@example.org, b@example.org"
    assert made["Auto-Submitted"] == "auto-generated"


def test_links_are_made_without_reading_the_resources(django_assert_num_queries):
    message = message_of({**MOVED, "resources": resources(assistant=["A"] * 10, chatbot=["B"] * 10)})
    assert not Assistant.objects.exists()
    with django_assert_num_queries(1):
        compose.mail(message=message, part=0, to=["a@example.org"], using="default")


def test_a_provider_that_is_not_known_any_more_is_named_as_it_was_stored():
    assert "gpt-4 (gone-ai) was replaced" in mail_of({**MOVED, "provider": "gone-ai"}).body


def test_a_broken_payload_is_an_error_and_no_empty_mail():
    message = TeamMessageFactory.create()
    TeamNoticeFactory.create(team=message.team, message=message, payload={})
    with pytest.raises(KeyError):
        compose.mail(message=message, part=0, to=["a@example.org"], using="default")


def test_a_message_without_notices_is_an_error_and_no_empty_mail():
    with pytest.raises(IndexError):
        compose.mail(message=TeamMessageFactory.create(), part=0, to=["a@example.org"], using="default")


def was(**facts: Any) -> dict[str, Any]:
    """Return what a notice says was otherwise: a payload's ``was``."""
    told = {"stage": "30", "replacement": "gpt-4.1", "retires_on": "2026-12-22", "retires_on_is_earliest": False}
    return {**told, **facts}


@pytest.mark.parametrize(
    ("notice", "subject", "sentences"),
    [
        (
            ends(87, replaced=True, was=was()),
            "gpt-4 retires in 87 days instead of on 2026-12-22, gpt-4.1 will replace it",
            ["The date has moved since we told you last: from 2026-12-22 to 2027-02-20."],
        ),
        (
            ends(27, replaced=True, was=was(retires_on_is_earliest=True)),
            "gpt-4 retires in 27 days (now firm), gpt-4.1 will replace it",
            ["The date has become firm since we told you last: it was 2026-12-22 or later, and is 2026-12-22."],
        ),
        (
            ends(27, replaced=True, was=was(), retires_on_is_earliest=True),
            "gpt-4 retires in 27 days or later (no longer firm), gpt-4.1 will replace it",
            [
                "The date is not firm any more since we told you last: it was 2026-12-22, and is 2026-12-22 or later.",
            ],
        ),
        (
            ends(87, replaced=True, was=was(retires_on_is_earliest=True)),
            "gpt-4 retires in 87 days instead of on 2026-12-22 or later, gpt-4.1 will replace it",
            ["The date has moved since we told you last: from 2026-12-22 or later to 2027-02-20."],
        ),
        (
            ends(None, replaced=True, was=was(retires_on_is_earliest=True)),
            "gpt-4 will not retire on 2026-12-22 or later, gpt-4.1 will replace it",
            ["The date that we had told you, 2026-12-22 or later, is withdrawn. A new one is not known yet."],
        ),
        (
            ends(27, replaced=True, was=was(retires_on=None)),
            "gpt-4 retires in 27 days, gpt-4.1 will replace it",
            ["When we told you last, no date was known. It retires on 2026-12-22."],
        ),
        (
            ends(27, replaced=True, was=was(replacement="gpt-4o")),
            "gpt-4 retires in 27 days, gpt-4.1 will replace it",
            ["We had told you that gpt-4o will replace it. Now gpt-4.1 will."],
        ),
        (
            ends(27, replaced=True, was=was(replacement="")),
            "gpt-4 retires in 27 days, gpt-4.1 will replace it",
            ["When we told you last, nothing was to replace it. Now gpt-4.1 will."],
        ),
        (
            ends(27, replaced=False, was=was()),
            "gpt-4 retires in 27 days, please choose another model",
            ["We had told you that gpt-4.1 will replace it. Nothing will."],
        ),
        (
            ends(27, replaced=True, was=was(stage="called off", replacement="", retires_on=None)),
            "gpt-4 retires in 27 days, gpt-4.1 will replace it",
            ["We had told you that its retirement was called off. It is deprecated again."],
        ),
        (
            ends(87, replaced=False, was=was()),
            "gpt-4 retires in 87 days instead of on 2026-12-22, please choose another model",
            [
                "The date has moved since we told you last: from 2026-12-22 to 2027-02-20.",
                "We had told you that gpt-4.1 will replace it. Nothing will.",
            ],
        ),
    ],
)
def test_what_is_otherwise_than_before_is_said_with_what_it_was(today, notice, subject, sentences):
    """Rule 21."""
    made = mail_of(dict(notice))
    assert made.subject == f"Acme: {subject}"
    for part in (flat(made.body), without_tags(made)):
        for sentence in sentences:
            assert sentence in part


def called_off(**facts: Any) -> dict[str, Any]:
    return {**GONE, "event": DEPRECATED, "stage": "called off", "retires_on": None, **facts}


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (was(), "We had told you that it retires on 2026-12-22. It does not."),
        (was(retires_on=None), "We had told you that it is deprecated. It is not any more."),
    ],
)
def test_a_retirement_that_is_called_off(today, told, sentence):
    """Rule 21: nothing is to do, and nobody reads that nothing new can choose it."""
    made = mail_of(called_off(was=told))
    assert made.subject == "Acme: the retirement of gpt-4 is called off"
    for part in (flat(made.body), without_tags(made)):
        assert sentence in part
        assert "Nothing has to be done." in part
        assert "nothing new can choose" not in part
        assert "Without a replacement" not in part


def test_several_retirements_that_are_called_off(today):
    made = mail_of(called_off(was=was()), called_off(name="gpt-3", was=was()))
    assert made.subject == "Acme: the retirement of 2 models is called off"
    for part in (flat(made.body), without_tags(made)):
        assert "The retirement of 2 language models has been" in part


def test_what_is_called_off_stands_beside_what_is_not(today):
    """One mail, however many models."""
    made = mail_of(ends(27), called_off(name="gpt-3", was=was()))
    assert made.subject == "Acme: gpt-4 retires in 27 days, gpt-4.1 will replace it"
    for part in (flat(made.body), without_tags(made)):
        assert "The retirement of the language model gpt-3 has been" in part
        assert "About what is listed under" in part


def test_a_teams_own_model_has_a_section_of_its_own(today):
    """Rule 15: it is left alone, and its provider switches it off all the same."""
    made = mail_of(ends(27, resources={}, own=resources(assistant=["Helper"])))
    assert made.subject == "Acme: gpt-4 retires in 27 days, your own model of that name with it"
    for part in (flat(made.body), without_tags(made)):
        assert "has added as a model of its own" in part
        assert "Models of your own" in part
        assert "Helper" in part
        assert "With a replacement" not in part
        assert "nothing new can choose it" not in part


def test_a_team_that_uses_both_reads_of_both(today):
    """Rule 15."""
    both = mail_of(ends(27, own={}))
    assert both.subject == "Acme: gpt-4 retires in 27 days, gpt-4.1 will replace it"
    for part in (flat(both.body), without_tags(both)):
        assert "With a replacement" in part
        assert "Models of your own" in part
        assert "Nothing uses it at present." in part


def own(days: int, **facts: Any) -> dict[str, Any]:
    """Return a notice to a team that has a model of its own and uses no other one of that name."""
    return ends(days, **{"resources": {}, "own": resources(assistant=["Helper"]), **facts})


@pytest.mark.parametrize(
    ("notices", "subject", "said", "not_said"),
    [
        (
            [own(27), own(7, name="o1")],
            "2 models of your own are deprecated, the first retires in 7 days",
            ["2 language models that Acme has added as models of its own are deprecated.", "switch them off."],
            ["uses are", "nothing new can choose"],
        ),
        (
            [own(27), ends(7, name="o1")],
            "2 models that you use or have added are deprecated, the first retires in 7 days",
            [
                "2 language models that Acme uses or has added itself are deprecated.",
                "switch them off, but nothing new can choose what is not your own.",
            ],
            [],
        ),
        (
            [own(-1, own={})],
            "gpt-4 retired 1 day ago, your own model of that name with it",
            ["its provider has switched it off for you as well.", "Nothing uses it at present."],
            ["this cannot wait", "switches it off"],
        ),
        (
            [own(-1), ends(-1, name="o1", resources={})],
            "2 models that you use or have added are deprecated, the first retired 1 day ago",
            ["What uses gpt-4 does not work any more: this cannot wait."],
            ["gpt-4, o1"],
        ),
        (
            [ends(-1), ends(7, name="o1")],
            "2 models that you use are deprecated, the first retired 1 day ago",
            [
                "The other goes on working where it is used until its provider switches it off, but nothing new can"
                " choose it."
            ],
            ["The others"],
        ),
    ],
)
def test_what_is_said_of_several_fits_them_all(today, notices, subject, said, not_said):
    """What is true of the platform's models is not true of a team's own ones, nor of what nothing uses."""
    made = mail_of(*({**notice} for notice in notices))
    assert made.subject == f"Acme: {subject}"
    for part in (flat(made.body).lower(), without_tags(made).lower()):
        assert [words for words in said if words.lower() not in part] == []
        assert [words for words in not_said if words.lower() in part] == []


def test_what_was_cleared_and_is_not_back_names_no_replacement():
    """Rule 22."""
    moved_on = {"event": RESTORED, "resources": {}, "moved_on": resources(assistant=["Helper"])}
    made = mail_of({**GONE, **moved_on}, {**MOVED, **moved_on, "name": "o1"})
    for part in (flat(made.body), without_tags(made)):
        assert "gpt-4 (OpenAI) was cleared, and a later removal changed what was left" in part
        assert "o1 (OpenAI) was replaced by gpt-4.1, which a later removal replaced" in part


def test_a_message_is_written_in_its_own_language(settings: Settings):
    """Whoever sends it: a command, a page that a person reads in another language, or the preview of a notice."""
    settings.MODEL_RETIREMENT_PLATFORM = "tests.unit.model_retirement.adapters.Multilingual"
    message = message_of({"replacement": "new"}, language="de")
    with translation.override("fr"):
        made = compose.mail(message=message, part=0, to=["a@example.org"], using="default")
        assert translation.get_language() == "fr"
    assert "OpenAI in de" in made.body
    assert "OpenAI in de" in str(made.alternatives[0][0])


def test_messages_are_in_the_language_of_the_platform(settings: Settings):
    settings.LANGUAGE_CODE = "de"
    assert TeamMessage().language == "de"
