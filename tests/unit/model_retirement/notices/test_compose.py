"""The words of a message."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re
from collections.abc import Sequence
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from model_retirement.models import TeamMessage, TeamNotice
from model_retirement.notices import compose, kinds
from model_retirement.notices.payload import NamedResource, Part, Payload, ResourceGroup, Resources, Told
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.service_providers import TeamMessageFactory, TeamNoticeFactory
from tests.factories.teams import TeamFactory

pytestmark = pytest.mark.django_db

RESTORED = TeamNotice.Event.RESTORED
DEPRECATED = TeamNotice.Event.DEPRECATED


MODELS = {
    "chatbot": "chatbots.Chatbot",
    "pipeline": "pipelines.Pipeline",
    "assistant": "assistants.Assistant",
    "evaluator": "evaluations.Evaluator",
    "transcript analysis": "evaluations.TranscriptAnalysis",
    "collection": "documents.Collection",
}

MAIN = Part()
FALLBACK = Part(member="fallback")


def group(kind: str, *names: str, parts: Sequence[Part] = (MAIN,), total: int | None = None) -> ResourceGroup:
    """Return resources of one kind that use a model in the same places.

    :param total: number of them, if not all are named
    """
    first = tuple(NamedResource(n, name, None, tuple(parts)) for n, name in enumerate(names, start=1))
    return ResourceGroup(
        kind=kind,
        model=MODELS.get(kind, "assistants.Assistant"),
        has_main=any(not part.member for part in parts),
        has_fewer=any(part.left is not None for part in parts),
        total=len(names) if total is None else total,
        first=first,
    )


def resources(*groups: ResourceGroup, idle: int = 0, **kinds: Sequence[str]) -> Resources:
    """Return what a notice says of resources: groups, and names by kind, with underscores for spaces."""
    named = (group(kind.replace("_", " "), *names) for kind, names in kinds.items())
    return Resources(groups=(*groups, *named), idle=idle)


HELPER = resources(assistant=["Helper"])
FACTS = {field.name for field in dataclasses.fields(Payload)}


def message_of(*notices: dict[str, Any], team_name: str = "Acme", **fields: Any) -> TeamMessage:
    """Return a message whose notices have the given fields; ``resources`` and the like go into the payload."""
    message = TeamMessageFactory.create(team=TeamFactory.create(name=team_name, slug="acme"), **fields)
    for notice in notices:
        facts: dict[str, Any] = {"resources": HELPER} | {name: fact for name, fact in notice.items() if name in FACTS}
        key = {name: fact for name, fact in notice.items() if name not in FACTS}
        payload = Payload(**facts).as_json()
        TeamNoticeFactory.create(team=message.team, run=message.run, message=message, payload=payload, **key)
    return message


def mail_of(*notices: dict[str, Any], **fields: Any) -> EmailMultiAlternatives:
    return compose.mail(message=message_of(*notices, **fields), part=0, to=["a@example.org"], using="default")


def html_of(mail: EmailMultiAlternatives) -> str:
    return str(mail.alternatives[0][0])


def without_tags(mail: EmailMultiAlternatives) -> str:
    """Return the words of the HTML part."""
    body = html_of(mail).partition("<body")[2]
    inline = re.sub(r"</?(?:strong|span|a)\b[^>]*>", "", f"<body{body}")
    return flat(html.unescape(re.sub(r"<[^>]+>", " ", inline)))


def parts_of(mail: EmailMultiAlternatives) -> tuple[str, str]:
    """Return the words of the text and of the HTML part."""
    return flat(mail.body), without_tags(mail)


def in_order(text: str, *pieces: str) -> bool:
    """Return whether the pieces follow each other in a text."""
    place = 0
    for piece in pieces:
        assert piece in text[place:], piece
        place = text.index(piece, place) + len(piece)
    return True


def flat(text: Any) -> str:
    return " ".join(str(text).split())


GONE = {"name": "gpt-4", "replacement": ""}
MOVED = {"name": "gpt-4", "replacement": "gpt-4.1"}


@pytest.fixture
def today():
    with time_machine.travel(dt.datetime(2026, 11, 25, 23, 59, tzinfo=dt.UTC), tick=False):
        yield dt.date(2026, 11, 25)


FEWER = Part(label="Answer", member="fallback", left=1)


@pytest.mark.parametrize(
    ("notices", "subject"),
    [
        ([MOVED], "gpt-4.1 replaces gpt-4, try it out"),
        ([GONE], "gpt-4 is removed, choose another model"),
        (
            [{**GONE, "resources": resources(group("chatbot", "Bot", parts=[FEWER]))}],
            "gpt-4 is removed, what used it goes on",
        ),
        (
            [{**MOVED, "resources": resources(group("chatbot", "Bot", parts=[MAIN, FEWER]))}],
            "gpt-4.1 replaces gpt-4, some lists are shorter",
        ),
        ([MOVED, {"name": "o1", "replacement": "o3"}], "2 models are removed, nothing stops working"),
        ([MOVED, {"name": "o1", "replacement": ""}], "2 models are removed, choose others"),
        ([{**MOVED, "event": RESTORED}], "gpt-4 is back"),
        ([{**MOVED, "event": RESTORED}, {"name": "o1", "event": RESTORED}], "2 models are back"),
    ],
)
def test_the_subject_says_since_when_and_what_happened(today, notices, subject):
    assert mail_of(*notices).subject == f"Since 25 November 2026: {subject} (Acme)"


def test_both_parts_say_what_replaced_a_model_and_where():
    made = mail_of({**MOVED, "resources": resources(assistant=["Front desk"])})
    for part in parts_of(made):
        assert "The language model gpt-4, which Acme used, is no longer available." in part
        assert "gpt-4 (OpenAI)" in part
        assert "what used it uses gpt-4.1 now" in part
        assert "try it out" in part
        assert "1 assistant" in part
        assert "Front desk" in part
        assert "because you are an admin of this team: Acme" in part
        assert "any more" not in part


def test_both_parts_lead_to_what_is_there_and_name_what_is_gone():
    """A link to what was deleted since would lead nowhere."""
    message = message_of({**MOVED, "resources": resources(assistant=["Front desk", "Gone"])})
    AssistantFactory.create(pk=1, team=message.team)
    made = compose.mail(message=message, part=0, to=["a@example.org"], using="default")
    url = "http://localhost:8000/a/acme/assistants/1/"
    assert f"- Front desk\n  {url}\n- Gone\n" in made.body
    assert re.findall(r'href="(\S+/assistants/\S+)"', html_of(made)) == [url]
    assert "Gone" in without_tags(made)


def test_a_published_version_leads_to_where_the_host_shows_it():
    first = (NamedResource(1, "Triage", 3, (MAIN,)),)
    version = dataclasses.replace(group("assistant", "Triage"), first=first)
    message = message_of({**MOVED, "resources": resources(version)})
    working = AssistantFactory.create(pk=1, team=message.team)
    for pk, number in ((2, 2), (3, 3)):
        AssistantFactory.create(pk=pk, team=message.team, working_version=working, version_number=number)
    made = compose.mail(message=message, part=0, to=["a@example.org"], using="default")
    assert "- Triage (version 3)\n  http://localhost:8000/a/acme/assistants/3/\n" in made.body


def test_a_lost_fallback_is_no_dead_chatbot():
    """What stopped comes first, and what goes on is said to go on."""
    place = Part("pipeline", "Flow", "Answer", "fallback", 0)
    lost = group("chatbot", "Lost", parts=[place])
    stopped = group("chatbot", "Stopped", parts=[Part("pipeline", "Flow", "Answer")])
    stopped = dataclasses.replace(stopped, first=(dataclasses.replace(stopped.first[0], id=2),))
    made = mail_of({**GONE, "resources": resources(lost, stopped, idle=9)})
    for part in parts_of(made):
        assert in_order(
            part,
            "Does not work any more",
            "Stopped (pipeline Flow, node Answer)",
            "Lost one of several models, and goes on",
            "Lost (pipeline Flow, node Answer: no fallback left)",
            "Also changed: 9 archived and published versions.",
        )


def test_several_models_are_told_thing_by_thing_and_those_that_need_somebody_come_first(today):
    """One thing that uses two models stands once, where the worst is told, and the other one beside it."""
    made = mail_of(
        {**MOVED, "resources": resources(chatbot=["Both", "Moved"])},
        {
            "name": "o1",
            "replacement": "",
            "resources": resources(group("chatbot", "Both", parts=[Part(label="Check")])),
        },
        {"name": "z1", "replacement": "z2", "resources": resources(idle=1)},
    )
    for part in parts_of(made):
        assert "3 language models that Acme used are no longer available." in part
        assert part.count("Both") == 1
        assert in_order(
            part,
            "Does not work any more",
            "o1 (OpenAI)",
            "1 chatbot",
            "Both (Check; also gpt-4)",
            "gpt-4 (OpenAI) → gpt-4.1",
            "1 chatbot",
            "z1: Also changed: 1 archived or published version.",
        )


def test_lists_that_several_models_made_shorter_are_told_once():
    """Rule 32."""
    fewer = [Part("pipeline", "Flow", "Answer", "fallback", left) for left in (1, 0)]
    made = mail_of(
        *(
            {"name": name, "replacement": "new", "resources": resources(group("chatbot", "Desk", parts=[part]))}
            for name, part in zip(("a", "b"), fewer, strict=True)
        )
    )
    for part in parts_of(made):
        assert "Desk (pipeline Flow, node Answer: no fallback left; also b: node Answer)" in part
        assert "1 fallback left" not in part
        assert "Where several models became the same one, it counts once" in part


def test_a_published_version_that_alone_is_concerned_is_named_as_one():
    named = NamedResource(1, "Triage", 3, (MAIN,))
    made = mail_of({**MOVED, "resources": Resources((dataclasses.replace(group("chatbot", "x"), first=(named,)),))})
    for part in parts_of(made):
        assert "Triage (version 3)" in part


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
    headings = [line.strip(" :") for line in body.splitlines() if line[:1].isdecimal() and line.endswith(":")]
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
    message = message_of({**MOVED, "resources": resources(chatbot=["Triage", "Triage"])})
    for pk in (1, 2):
        ChatbotFactory.create(pk=pk, team=message.team)
    made = compose.mail(message=message, part=0, to=["a@example.org"], using="default")
    for part in (made.body, html_of(made)):
        assert "/a/acme/chatbots/1/" in part
        assert "/a/acme/chatbots/2/" in part


def test_long_lists_end_with_a_count():
    labels = [Part(label=label) for label in "abcdefg"]
    pipelines = group("pipeline", *["Flow"] * 10, parts=labels, total=1_010)
    for part in parts_of(mail_of({**MOVED, "resources": resources(pipelines)})):
        assert "1,010 pipelines" in part
        assert "and 1,000 more" in part
        assert "nodes a, b, c, d, e and 2 more" in part


def test_a_model_of_which_nothing_is_named_is_counted_all_the_same():
    """All that it names uses another model, too, of which worse is told."""
    made = mail_of(
        {"name": "a", "replacement": "", "resources": resources(chatbot=["Both"])},
        {"name": "b", "replacement": "c", "resources": resources(group("chatbot", "Both", total=5))},
    )
    for part in parts_of(made):
        assert in_order(part, "a (OpenAI)", "1 chatbot", "Both", "b (OpenAI) → c", "4 chatbots", "and 4 more")


def test_warnings_and_settings_that_do_not_carry_over_are_told():
    """Rule 13."""
    made = mail_of(
        {
            **MOVED,
            "warnings": ("gpt-4.1 reads less",),
            "settings": (("top_p", ""), ("effort", "effort"), ("budget", "effort")),
        }
    )
    for part in parts_of(made):
        assert "gpt-4.1 reads less." in part
        assert "The setting “top_p” was dropped: gpt-4.1 does not have it." in part
        assert "The setting “effort” got a value that gpt-4.1 accepts." in part
        assert "The setting “budget” became “effort”, its counterpart in gpt-4.1." in part


def test_settings_that_people_have_called_oddly_or_many_break_no_text():
    """Rule 8: their names are keys of a JSON object, which anybody may write."""
    odd = (("a\nBcc: b@example.org", ""), ("\u2028", ""), *((f"key {number}", "") for number in range(20)))
    made = mail_of({**MOVED, "settings": odd})
    for part in parts_of(made):
        assert "The setting “a Bcc: b@example. org” was dropped" in part
        assert "The setting “(no name)” was dropped" in part
        assert "“key 7” was dropped" in part
        assert "“key 8”" not in part
        assert "12 more settings changed or went." in part
    assert "\nBcc" not in made.body
    assert made.message().as_bytes()


def test_a_restore_is_told_as_one():
    made = mail_of({**MOVED, "event": RESTORED})
    for part in parts_of(made):
        assert "gpt-4, which we had removed, is available to Acme again." in part
        assert "marked as deprecated" in part
        assert "no longer available" not in part


def ends(days: int | None, *, replaced: bool = True, **facts: Any) -> dict[str, Any]:
    """Return a notice that gpt-4 is deprecated and retires in so many days."""
    day = None if days is None else dt.date(2026, 11, 25) + dt.timedelta(days=days)
    return {**(MOVED if replaced else GONE), "event": DEPRECATED, "retires_on": day, **facts}


@pytest.mark.parametrize(
    ("notices", "subject"),
    [
        ([ends(27)], "By 22 December 2026: try gpt-4.1, which replaces gpt-4"),
        ([ends(1, replaced=False)], "By 26 November 2026: choose another model than gpt-4"),
        ([ends(0)], "By 25 November 2026: try gpt-4.1, which replaces gpt-4"),
        ([ends(-3, replaced=False)], "Since 22 November 2026: gpt-4 is switched off, choose another model"),
        ([ends(-3)], "Since 22 November 2026: gpt-4 is switched off, choose gpt-4.1 or another model"),
        ([ends(27, retires_on_is_earliest=True)], "By 22 December 2026: try gpt-4.1, which replaces gpt-4"),
        ([ends(-1, retires_on_is_earliest=True)], "By 24 November 2026: try gpt-4.1, which replaces gpt-4"),
        ([ends(None)], "Day not known yet: try gpt-4.1, which replaces gpt-4"),
        (
            [ends(27, replaced=False, resources=resources(group("chatbot", "Bot", parts=[FALLBACK])))],
            "By 22 December 2026: gpt-4 goes, what uses it carries on",
        ),
        (
            [ends(None), ends(90, name="o3"), ends(7, name="o1")],
            "By 2 December 2026: 3 models that you use are switched off, o1 first",
        ),
        (
            [ends(None), ends(None, name="o1")],
            "Day not known yet: 2 models that you use are switched off, gpt-4 first",
        ),
    ],
)
def test_the_subject_of_a_deprecation_begins_with_the_day(today, notices, subject):
    """It is read days later, when "in 3 days" is wrong."""
    assert mail_of(*notices).subject == f"{subject} (Acme)"


GOES_ON = "Until its day what uses a model goes on working, but nothing new can choose it."


@pytest.mark.parametrize(
    ("notice", "said", "not_said"),
    [
        (
            ends(27),
            [
                "OpenAI switches off the language model gpt-4, which Acme uses, on 22 December 2026.",
                GOES_ON,
                "gpt-4 (OpenAI)",
                "what still uses it when we remove it moves to gpt-4.1 by itself",
                "try gpt-4.1 out",
                "Will move by itself",
            ],
            ["choose another model", "cannot wait"],
        ),
        (
            ends(None, replaced=False),
            [
                "OpenAI will switch off the language model gpt-4, which Acme uses. The day is not known yet.",
                GOES_ON,
                "not known yet",
                "what uses it stops working",
                "choose another model",
                "Will stop working",
            ],
            ["by itself", "cannot wait"],
        ),
        (
            ends(-3),
            [
                "OpenAI switched off the language model gpt-4, which Acme uses, on 22 November 2026.",
                "what uses it does not work any more",
                "choose gpt-4.1, or another model, now",
                "this cannot wait",
            ],
            [GOES_ON, "by itself"],
        ),
        (
            ends(-3, replaced=False),
            ["what uses it does not work any more", "choose another model now"],
            [GOES_ON],
        ),
        (
            ends(-3, retires_on_is_earliest=True),
            ["OpenAI switches off the language model gpt-4, which Acme uses, on 22 November 2026 or later.", GOES_ON],
            ["cannot wait"],
        ),
        (
            ends(27, resources=resources(group("assistant", "Front desk", parts=[FALLBACK])), replaced=False),
            [
                "what uses it goes on with its other models",
                "add another model where it matters",
                "Loses one of several models, and goes on",
                "Front desk (fallback)",
            ],
            ["choose another model"],
        ),
        (
            ends(-1, resources=resources(group("assistant", "Front desk", parts=[FALLBACK]))),
            ["Loses one of several models, and goes on", "Front desk (fallback)"],
            ["choose another model", "cannot wait"],
        ),
    ],
)
def test_both_parts_say_when_a_model_retires_and_what_to_do(today, notice, said, not_said):
    made = mail_of({"resources": resources(assistant=["Front desk"]), **notice})
    for part in parts_of(made):
        for text in (*said, "1 assistant", "Front desk"):
            assert text in part
        for text in not_said:
            assert text not in part
        assert " days" not in part


@pytest.mark.parametrize(
    ("days", "said", "goes_on"),
    [
        ([27, 90], "2 language models that Acme uses, or has added, are switched off by their providers.", True),
        ([-1, 90], "2 language models that Acme uses, or has added, are switched off by their providers.", True),
        ([-1, -2], "2 language models that Acme uses, or has added, are switched off by their providers.", False),
    ],
)
def test_several_deprecated_models_are_told_apart_by_what_still_works(today, days, said, goes_on):
    made = mail_of(*(ends(left, name=f"m{left}", replaced=left > 0) for left in days))
    for part in parts_of(made):
        assert said in part
        assert (GOES_ON in part) == goes_on


def test_those_that_retire_first_come_first(today):
    made = mail_of(ends(90, name="late"), ends(None, name="some day"), ends(7, name="soon"))
    for part in parts_of(made):
        assert in_order(part, "soon (OpenAI)", "late (OpenAI)", "some day (OpenAI)")


def test_a_mail_that_was_sent_says_for_ever_what_it_said(today):
    """Staff look at it later, and a repeat of it is the same mail."""
    message = message_of(ends(-1))
    message.sent_at = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    made = compose.mail(message=message, part=0, to=["a@example.org"], using="default")
    assert made.subject == "By 24 November 2026: try gpt-4.1, which replaces gpt-4 (Acme)"


@pytest.mark.parametrize(
    ("notice", "line"),
    [
        ({**MOVED}, "OpenAI switches it off on 22 December 2026."),
        ({**GONE, "retires_on": dt.date(2026, 11, 1)}, "OpenAI switched it off on 1 November 2026."),
        ({**MOVED, "event": RESTORED}, "Switched off on: 22 December 2026"),
    ],
)
def test_mails_of_removals_and_restores_have_the_date_as_well(today, notice, line):
    made = mail_of({"retires_on": dt.date(2026, 12, 22), **notice})
    for part in parts_of(made):
        assert line in part


@pytest.mark.parametrize(("retires_on", "act"), [(dt.date(2026, 12, 22), "choose another model"), (None, "nothing")])
def test_a_restored_model_with_a_date_is_no_reason_to_do_nothing(today, retires_on, act):
    made = mail_of({**MOVED, "event": RESTORED, "retires_on": retires_on})
    for part in parts_of(made):
        assert f"What to do: {act}" in part
        assert ("Switched off on" in part) == (retires_on is not None)


def test_where_one_of_several_days_is_not_known_the_others_are_said(today):
    dated = {**MOVED, "retires_on": dt.date(2026, 12, 22)}
    made = mail_of(dated, {**GONE, "name": "o1"})
    assert "not known" in without_tags(made)
    assert "not known" not in made.body


def test_text_of_tenants_is_escaped_in_html_only():
    """Rule 8: subjects and plain text are not HTML-escaped."""
    name = 'R&D <script>alert("1")</script> {{ settings.SECRET_KEY }} {% now "Y" %}'
    made = mail_of({**MOVED, "resources": resources(assistant=[name])}, team_name="R&D's <b>")
    assert made.subject.endswith(": gpt-4.1 replaces gpt-4, try it out (R&D's <b>)")
    assert name.replace(".", ". ") in flat(made.body)  # no link
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
    assert made.subject.endswith(f": gpt-4.1 replaces gpt-4, try it out ({shown})")
    assert b"\nBcc:" not in made.message().as_bytes()


def test_a_resource_without_a_name_can_still_be_clicked():
    message = message_of({**MOVED, "resources": resources(assistant=[" \n"])})
    AssistantFactory.create(pk=1, team=message.team)
    made = compose.mail(message=message, part=0, to=["a@example.org"], using="default")
    assert "- (no name)" in made.body
    assert ">(no name)</a>" in html_of(made)


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_of_a_tenant_breaks_a_mail(team_name, name):
    message = TeamMessage(team=TeamFactory.build(pk=1, name=team_name, slug="acme"))
    notice = TeamNoticeFactory.build(
        team=message.team,
        run=None,
        created_at=dt.datetime(2026, 11, 25, tzinfo=dt.UTC),
        payload=Payload(resources=resources(assistant=[name])).as_json(),
    )
    made = compose.compose(message=message, notices=[notice], part=0, to=["a@example.org"], using="default")
    assert len(made.subject.splitlines()) == 1
    assert len(made.subject) < 150
    assert all(len(line) <= 72 for line in made.body.split("\n"))
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


def test_a_kind_of_which_all_is_told_with_another_model_has_no_heading():
    """A heading that says none of them, with nothing below it, would be read as news."""
    made = mail_of(
        {"name": "a", "replacement": "", "resources": resources(chatbot=["Both"])},
        {"name": "b", "replacement": "c", "resources": resources(chatbot=["Both"], assistant=["Other"])},
    )
    assert re.findall(r"^(\d+ \w+):$", str(made.body), re.MULTILINE) == ["1 chatbot", "1 assistant"]


def test_links_take_one_query_for_each_kind_of_resource(django_assert_num_queries):
    affected = resources(assistant=["A"] * 10, chatbot=["B"] * 10)
    message = message_of({**MOVED, "resources": affected}, {**GONE, "name": "o1", "resources": affected})
    for pk in range(1, 11):
        AssistantFactory.create(pk=pk, team=message.team)
        ChatbotFactory.create(pk=pk, team=message.team)
    with django_assert_num_queries(3):
        made = compose.mail(message=message, part=0, to=["a@example.org"], using="default")
    assert html_of(made).count("<a href=") == 20 + 2


def test_a_provider_that_is_not_known_any_more_is_named_as_it_was_stored():
    assert "gpt-4 (gone-ai)" in mail_of({**MOVED, "provider": "gone-ai"}).body


def test_a_broken_payload_is_an_error_and_no_empty_mail():
    message = TeamMessageFactory.create()
    TeamNoticeFactory.create(team=message.team, message=message, payload={})
    with pytest.raises(KeyError):
        compose.mail(message=message, part=0, to=["a@example.org"], using="default")


def test_a_message_without_notices_is_an_error_and_no_empty_mail():
    with pytest.raises(IndexError):
        compose.mail(message=TeamMessageFactory.create(), part=0, to=["a@example.org"], using="default")


def was(**facts: Any) -> Told:
    """Return what a team had been told."""
    defaults = {
        "stage": "30",
        "replacement": "gpt-4.1",
        "retires_on": dt.date(2026, 12, 22),
        "retires_on_is_earliest": False,
    }
    return Told(**{**defaults, **facts})


@pytest.mark.parametrize(
    ("notice", "subject", "sentences"),
    [
        (
            ends(87, was=was()),
            "By 20 February 2027 (was 22 December 2026): try gpt-4.1, which replaces gpt-4",
            ["The date has moved since we told you last: from 22 December 2026 to 20 February 2027."],
        ),
        (
            ends(27, was=was(retires_on_is_earliest=True)),
            "By 22 December 2026 (now firm): try gpt-4.1, which replaces gpt-4",
            ["has become firm since we told you last: it was 22 December 2026 or later, and is 22 December 2026."],
        ),
        (
            ends(27, was=was(), retires_on_is_earliest=True),
            "By 22 December 2026 (no longer firm): try gpt-4.1, which replaces gpt-4",
            ["is not firm any more since we told you last: it was 22 December 2026, and is 22 December 2026 or later."],
        ),
        (
            ends(87, was=was(retires_on_is_earliest=True)),
            "By 20 February 2027 (was 22 December 2026 or later): try gpt-4.1, which replaces gpt-4",
            ["The date has moved since we told you last: from 22 December 2026 or later to 20 February 2027."],
        ),
        (
            ends(None, was=was(retires_on_is_earliest=True)),
            "Not on 22 December 2026 or later: try gpt-4.1, which replaces gpt-4",
            ["The date that we had told you, 22 December 2026 or later, is withdrawn. A new one is not known yet."],
        ),
        (
            ends(None, was=was(retires_on=None, replacement="o3")),
            "Day not known yet: try gpt-4.1, which replaces gpt-4",
            ["We had told you that o3 will replace it. Now gpt-4.1 will."],
        ),
        (
            ends(27, was=was(retires_on=None)),
            "By 22 December 2026: try gpt-4.1, which replaces gpt-4",
            ["When we told you last, no date was known. It retires on 22 December 2026."],
        ),
        (
            ends(27, was=was(replacement="gpt-4o")),
            "By 22 December 2026: try gpt-4.1, which replaces gpt-4",
            ["We had told you that gpt-4o will replace it. Now gpt-4.1 will."],
        ),
        (
            ends(27, was=was(replacement="")),
            "By 22 December 2026: try gpt-4.1, which replaces gpt-4",
            ["When we told you last, nothing was to replace it. Now gpt-4.1 will."],
        ),
        (
            ends(27, replaced=False, was=was()),
            "By 22 December 2026: choose another model than gpt-4",
            ["We had told you that gpt-4.1 will replace it. Nothing will."],
        ),
        (
            ends(27, was=was(stage="called off", replacement="", retires_on=None)),
            "By 22 December 2026: try gpt-4.1, which replaces gpt-4",
            ["We had told you that its retirement was called off. It is deprecated again."],
        ),
        (
            ends(87, replaced=False, was=was()),
            "By 20 February 2027 (was 22 December 2026): choose another model than gpt-4",
            [
                "The date has moved since we told you last: from 22 December 2026 to 20 February 2027.",
                "We had told you that gpt-4.1 will replace it. Nothing will.",
            ],
        ),
    ],
)
def test_what_is_otherwise_than_before_is_said_with_what_it_was(today, notice, subject, sentences):
    """Rule 21."""
    made = mail_of(notice)
    assert made.subject == f"{subject} (Acme)"
    for part in parts_of(made):
        for sentence in sentences:
            assert sentence in part


def called_off(**facts: Any) -> dict[str, Any]:
    return {**GONE, "event": DEPRECATED, "stage": "called off", "retires_on": None, **facts}


@pytest.mark.parametrize(
    ("earlier", "sentence"),
    [
        (was(), "We had told you that it retires on 22 December 2026. It does not."),
        (was(retires_on=None), "We had told you that it is deprecated. It is not any more."),
    ],
)
def test_a_retirement_that_is_called_off(today, earlier, sentence):
    """Rule 21: nothing is to do, and nobody reads that nothing new can choose it."""
    made = mail_of(called_off(was=earlier))
    assert made.subject == "Called off: gpt-4 stays (Acme)"
    for part in parts_of(made):
        assert sentence in part
        assert "What to do: nothing; if you have moved" in part
        assert "nothing new can choose" not in part
        assert "stop" not in part


def test_several_retirements_that_are_called_off(today):
    made = mail_of(called_off(was=was()), called_off(name="gpt-3", was=was()))
    assert made.subject == "Called off: 2 models stay (Acme)"
    for part in parts_of(made):
        assert "The retirement of 2 language models is called off" in part


def test_what_is_called_off_stands_beside_what_is_not(today):
    """One mail, however many models."""
    made = mail_of(ends(27), called_off(name="gpt-3", was=was(), resources=resources(assistant=["a", "Old"])))
    assert made.subject == "By 22 December 2026: try gpt-4.1, which replaces gpt-4 (Acme)"
    for part in parts_of(made):
        assert "The retirement of the language model gpt-3 is called off" in part
        assert in_order(part, "Will move by itself", "Stays as it is", "Old")


def own(days: int | None, **facts: Any) -> dict[str, Any]:
    """Return a notice to a team that has a model of its own and uses no other one of that name."""
    return ends(days, **{"resources": Resources(), "own": HELPER, **facts})


def test_a_teams_own_model_is_told_as_its_own(today):
    """Rule 15: it is left alone, and its provider switches it off all the same."""
    made = mail_of(own(27))
    assert made.subject == "By 22 December 2026: choose another model than your own gpt-4 (Acme)"
    for part in parts_of(made):
        assert "which Acme has added itself, on 22 December 2026." in part
        assert "gpt-4 (OpenAI), your own" in part
        assert "what uses it stops working, for nothing moves by itself" in part
        assert "We leave a model of your own alone" in part
        assert "Helper" in part
        assert "gpt-4.1" not in part
        assert "nothing new can choose it" not in part


def test_a_team_that_uses_both_reads_of_both(today):
    """Rule 15."""
    both = mail_of(ends(27, own=Resources()))
    assert both.subject == "By 22 December 2026: try gpt-4.1, which replaces gpt-4 (Acme)"
    for part in parts_of(both):
        assert "Will move by itself" in part
        assert "gpt-4 (OpenAI), your own" in part
        assert "nothing of yours uses it at present" in part


@pytest.mark.parametrize(
    ("notices", "subject", "said", "not_said"),
    [
        (
            [own(27), own(7, name="o1")],
            "By 2 December 2026: 2 models that you use are switched off, o1 first",
            ["o1 (OpenAI), your own", "gpt-4 (OpenAI), your own", "Until its day what uses a model goes on working."],
            ["nothing new can choose"],
        ),
        (
            [own(None)],
            "Day not known yet: choose another model than your own gpt-4",
            ["which Acme has added itself. The day is not known yet."],
            [],
        ),
        (
            [own(27, retires_on_is_earliest=True)],
            "By 22 December 2026: choose another model than your own gpt-4",
            ["which Acme has added itself, on 22 December 2026 or later."],
            [],
        ),
        (
            [own(-1, own=Resources())],
            "Since 24 November 2026: choose another model than your own gpt-4",
            ["OpenAI switched off the language model gpt-4, which Acme has added itself,", "nothing of yours uses it"],
            ["this cannot wait", "switches it off"],
        ),
        (
            [own(-1)],
            "Since 24 November 2026: choose another model than your own gpt-4",
            ["this cannot wait", "choose another model now", "Does not work any more"],
            [],
        ),
        (
            [own(9, own=resources(group("assistant", "Helper", parts=[FALLBACK])))],
            "By 4 December 2026: choose another model than your own gpt-4",
            ["what uses it goes on with its other models", "Loses one of several models"],
            ["stop"],
        ),
        (
            [ends(-1, resources=Resources())],
            "Since 24 November 2026: gpt-4 is switched off, choose gpt-4.1 or another model",
            ["nothing of yours uses it at present"],
            ["this cannot wait"],
        ),
    ],
)
def test_what_is_said_of_models_fits_them(today, notices, subject, said, not_said):
    """What is true of the platform's models is not true of a team's own ones, nor of what nothing uses."""
    made = mail_of(*notices)
    assert made.subject == f"{subject} (Acme)"
    for part in parts_of(made):
        assert [words for words in said if words not in part] == []
        assert [words for words in not_said if words in part] == []


def test_a_restore_with_something_left_says_first_what_is_not_back():
    """Rule 22."""
    left = {
        "event": RESTORED,
        "moved_on": resources(collection=["Texts"]),
        "changed": resources(evaluator=["Kindness"]),
    }
    made = mail_of({**MOVED, **left, "resources": resources(assistant=["Helper"], idle=2)})
    for part in parts_of(made):
        assert "it is back, but not everywhere where it was used" in part
        assert in_order(
            part,
            "Not back",
            "Texts",
            "Back as before",
            "Helper",
            "As you left it",
            "Kindness",
            "Also back: 2 archived and",
        )


def test_what_people_have_changed_is_no_reason_to_do_something():
    made = mail_of({**MOVED, "event": RESTORED, "resources": Resources(), "changed": HELPER})
    for part in parts_of(made):
        assert "it is back, but for what you have changed since" in part
        assert "What to do: nothing" in part


def test_what_only_archives_used_is_nothing_to_do():
    made = mail_of({**GONE, "resources": resources(idle=1)})
    for part in parts_of(made):
        assert "only archives and published versions were changed" in part
        assert "What to do: nothing" in part
        assert "Also changed: 1 archived or published version." in part


def test_no_line_of_the_text_is_longer_than_72_characters_but_that_of_an_address():
    """A reader's own program wraps at other places, and quotes of it fall apart."""
    name = "A name of a hundred characters, as people give them when they mean to be understood by everybody else"
    parts = [Part("pipeline", name, name, "fallback", 2)]
    affected = resources(group("chatbot", name, "x" * 99, parts=parts))
    body = mail_of({**MOVED, "resources": affected}, {**GONE, "name": "o1", "resources": affected}, team_name=name).body
    long = [line for line in body.splitlines() if len(line) > 72]
    assert long == []
    url = "https://platform.example/" + "a-long-path/" * 10
    assert compose.wrapped(f"  {url}\n- {name} more") == (
        f"  {url}\n"
        "- A name of a hundred characters, as people give them when they mean to\n"
        "  be understood by everybody else more"
    )


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("Models <models@example.org>", "mailto:models@example.org"),
        ("https://help.example.org/models", "https://help.example.org/models"),
        ("", "mailto:platform@example.org"),
    ],
)
def test_a_message_says_whom_to_ask(contact, link, settings: Settings):
    settings.MODEL_RETIREMENT_CONTACT = contact
    settings.DEFAULT_FROM_EMAIL = "platform@example.org"
    made = mail_of(MOVED)
    assert f'href="{link}"' in html_of(made)
    assert f"Questions? Ask\n{contact or 'platform@example.org'}\n" in made.body


def test_every_element_has_its_style_on_itself():
    """Many mail programs drop style sheets."""
    page = html_of(mail_of(MOVED))
    bare = re.findall(r"<(?:p|h\d|ul|li|td|th|a|table|body|div)(?![^>]*style=)[^>]*>", page)
    assert bare == []
    assert "prefers-color-scheme: dark" in page


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


@pytest.mark.parametrize("event", TeamNotice.Event)
def test_a_channel_of_the_host_has_the_words_of_the_e_mail(event: TeamNotice.Event):
    """Without them a host's own words said of a restored model that it is another one now."""
    message = message_of(MOVED | {"event": event})
    words = compose.words_of(message=message, notices=list(message.notices.all()), using="default")
    mail = compose.mail(message=message, part=0, to=["a@example.org"], using="default")
    assert words == (mail.subject, mail.body, html_of(mail))
