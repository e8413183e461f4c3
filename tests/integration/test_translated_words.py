"""Every word that the engine shows to people goes through gettext: in a language of brackets none is left outside."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone, translation

from model_retirement import conf
from model_retirement.admin.attention import findings
from model_retirement.catalogue.token_limits import limit_warnings
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import MessageNotice, RemovalRun, TeamMessage, TeamNotice
from model_retirement.notices.payload import NamedResource, Part, Payload, Resources
from model_retirement.platform import host
from model_retirement.references import registry
from tests.factories.service_providers import TeamMessageFactory
from tests.factories.teams import TeamFactory
from tests.integration.admin_rows import EVIL, LONG, MAKERS, make_past, make_run
from tests.integration.admin_views import FILLED_PAGES, STANDARD
from tests.marked_words import LANGUAGE, forms, stored_texts, unmarked, unmarked_html, write_marked_catalogue
from tests.unit.model_retirement.notices import test_compose as messages

pytestmark = pytest.mark.django_db

ENGINE = ("model_retirement.",)
OURS = [model for model in MAKERS if model.__module__.startswith(ENGINE) or model.__name__ == "LlmProviderModel"]


@pytest.fixture(autouse=True)
def in_brackets(settings, tmp_path):
    """Let the site speak the language of brackets."""
    write_marked_catalogue(tmp_path)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [(LANGUAGE, "Brackets")]
    settings.LANGUAGE_CODE = LANGUAGE
    with translation.override(LANGUAGE):
        yield


def data() -> set[str]:
    """Return what is data on pages and in mails: what is stored, what the host calls its things, names of the code."""
    labels = {label for reference in registry for label in reference.journal_labels}
    hosts = {str(name) for _, name in host().providers()}
    return (
        stored_texts()
        | labels
        | hosts
        | forms(EVIL)
        | forms(LONG)
        | forms(f"openai/{EVIL}")
        | {SITE, conf.contact(), "UTC"}
    )


SITE = "Platform administration"
OTHERS = {"Service providers", "Type", "Created at"}
"""What the platform calls its app of the models and the fields that it has added to them."""
DJANGO_S_OWN = {"False", "Search"}
"""What Django says in English in every language, beside its icons."""


def words_left_out(response: Any) -> list[str]:
    assert response.status_code == 200
    return [text for text in unmarked_html(response.text, data=data()) if text not in OTHERS | DJANGO_S_OWN]


def test_our_own_pages(admin_client):
    past = make_past(teams=2)
    pages = {page.name + page.query: admin_client.get(page.path(past)) for page in FILLED_PAGES}
    left = {name: words_left_out(page) for name, page in pages.items() if not page.streaming}
    assert {name: words for name, words in left.items() if words} == {}


@pytest.mark.parametrize("name", STANDARD)
@pytest.mark.parametrize("model", OURS)
def test_the_pages_that_django_makes_of_our_models(admin_client, model, name):
    row = MAKERS[model]()
    args = [] if name in {"changelist", "add"} else [row.pk]
    page = admin_client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args))
    if page.status_code != 403:
        assert words_left_out(page) == []


def test_what_needs_attention(admin_client, rf, admin_user):
    make_past(teams=2)
    make_run()
    request = rf.get("/")
    request.user = admin_user
    attention = findings(request)
    assert attention
    for finding in attention:
        for text in (finding.words, *(text for item in finding.items for text in (item.name, item.remark))):
            assert unmarked_html(text, data=data()) == []


def removal(**fields: Any) -> RemovalRun:
    run = make_run()
    RemovalRun.objects.filter(pk=run.pk).update(**fields)
    return run


def test_removals_in_every_state(admin_client):
    now = timezone.now()
    for run in (
        removal(),
        removal(finished_at=now),
        removal(finished_at=now, restored_at=now),
        removal(finished_at=now, journal_pruned_at=now),
        removal(finished_at=now, restored_at=now, journal_pruned_at=now),
    ):
        for name in ("change", "journal", "restore"):
            page = admin_client.get(reverse(f"admin:model_retirement_removalrun_{name}", args=[run.pk]))
            assert words_left_out(page) == [], name
    assert words_left_out(admin_client.get(reverse("admin:model_retirement_removalrun_changelist"))) == []


def test_messages_in_every_state(admin_client):
    for status in TeamMessage.Status.values:
        for addresses in ([], ["a@example.org", "b@example.org"]):
            message = TeamMessageFactory.create(status=status, recipients=addresses, delivered_to=addresses[:1])
            for name in ("change", "send-again"):
                page = admin_client.get(reverse(f"admin:model_retirement_teammessage_{name}", args=[message.pk]))
                assert words_left_out(page) == [], (status, name)
    assert words_left_out(admin_client.get(reverse("admin:model_retirement_teammessage_changelist"))) == []


def test_data_migrations_in_every_state(admin_client):
    for status in CustomMigration.Status.values:
        row = CustomMigration.objects.create(name=f"work:{status}", status=status)
        for name in ("change", "mark", "unmark"):
            path = reverse(f"admin:model_retirement_data_migrations_custommigration_{name}", args=[row.pk])
            assert words_left_out(admin_client.get(path)) == [], (status, name)
    path = reverse("admin:model_retirement_data_migrations_custommigration_changelist")
    assert words_left_out(admin_client.get(path)) == []


ACTIONS = {
    "model_retirement_removalrun_restore": lambda past: past.run,
    "model_retirement_teammessage_send-again": lambda past: past.message,
    "model_retirement_data_migrations_custommigration_mark": lambda past: past.migration,
    "model_retirement_data_migrations_custommigration_unmark": lambda past: past.migration,
}


@pytest.mark.parametrize("name", ACTIONS)
def test_what_an_action_answers(admin_client, name):
    """Done, and refused because it has been done."""
    row = ACTIONS[name](make_past(teams=1))
    for _ in range(2):
        page = admin_client.post(reverse(f"admin:{name}", args=[row.pk]), follow=True)
        assert page.context["messages"]
        assert words_left_out(page) == []


def test_what_lists_answer(admin_client):
    message = TeamMessageFactory.create(status=TeamMessage.Status.GAVE_UP)
    path = reverse("admin:model_retirement_teammessage_changelist")
    for chosen in (str(message.pk), str(message.pk), "x"):
        page = admin_client.post(path, {"action": "send_again", "_selected_action": chosen}, follow=True)
        assert words_left_out(page) == []
    assert words_left_out(admin_client.get(path, {"q": "x " * 50})) == []
    models = "admin:service_providers_llmprovidermodel"
    page = admin_client.get(reverse(f"{models}_export", args=["csv"]), {"bad": "filter"}, follow=True)
    assert words_left_out(page) == []


def cases_of(test: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield the notices of each case of a test of messages."""
    for mark in test.pytestmark:
        for first, *_ in mark.args[1]:
            yield [first] if isinstance(first, dict) else list(first)


DEPRECATED, OWN, WAS = messages.ends, messages.own, messages.was
HELPER = messages.HELPER
PLACES = [
    Part(below, within, label, member, left)
    for below, within in (("", ""), ("pipeline", "Flow"), ("helping hand", "Handle"))
    for label in ("", "Answer")
    for member, left in (("", None), ("fallback", None), ("jury model", 0), ("model", 1), ("helping hand", 3))
]
OLD_VERSION = Resources((dataclasses.replace(messages.group("chatbot"), first=(NamedResource(1, "Desk", 2, ()),)),))
LONG_LIST = messages.resources(
    messages.group("pipeline", *["Desk"] * 10, parts=[Part(label=label) for label in "abcdefg"], total=20),
    messages.group("chatbot", "Desk", parts=PLACES),
    messages.group("helping hand", " "),
    idle=1,
)
(LIMIT,) = limit_warnings(name="gpt-4", max_token_limit=9, replacement="gpt-4.1", replacement_limit=8)
SETTINGS = (("top_p", ""), ("effort", "effort"), ("budget", "effort"))
CASES = [
    *(
        case
        for test in (
            messages.test_the_subject_says_since_when_and_what_happened,
            messages.test_the_subject_of_a_deprecation_begins_with_the_day,
            messages.test_both_parts_say_when_a_model_retires_and_what_to_do,
            messages.test_mails_of_removals_and_restores_have_the_date_as_well,
            messages.test_what_is_otherwise_than_before_is_said_with_what_it_was,
            messages.test_what_is_said_of_models_fits_them,
        )
        for case in cases_of(test)
    ),
    *(
        [DEPRECATED(left, name=f"gpt-{left}", replaced=left > 0) for left in days]
        for days in ([27, 90], [-1, 90], [-1, -2, 90], [-1, -2], [-1, 27, 90])
    ),
    *(
        [messages.called_off(was=WAS(**facts), name=name) for name in names]
        for facts in ({}, {"retires_on": None})
        for names in (["gpt-3"], ["gpt-3", "o1"])
    ),
    [DEPRECATED(27), messages.called_off(name="gpt-3", was=WAS())],
    [DEPRECATED(27, resources=Resources(), own=HELPER)],
    [DEPRECATED(27, own=Resources())],
    [OWN(27), OWN(-1, name="o1")],
    [OWN(-1), OWN(-2, name="o1"), DEPRECATED(9, name="o3")],
    [OWN(-1), DEPRECATED(-2, name="o1"), DEPRECATED(9, name="o3"), DEPRECATED(9, name="o4")],
    [{**messages.GONE}, {**messages.GONE, "name": "o1"}],
    [{**messages.MOVED}, {**messages.GONE, "name": "o1"}, {**messages.GONE, "name": "o3"}],
    [{**messages.MOVED, "warnings": (LIMIT,), "settings": (*SETTINGS, *((f"key {n}", "") for n in range(20)))}],
    *(
        [{**case, "resources": resources}]
        for case in (messages.MOVED, messages.GONE)
        for resources in (LONG_LIST, OLD_VERSION)
    ),
    [{**messages.GONE, "resources": messages.resources(idle=2)}],
    [{**messages.MOVED, "resources": HELPER}, {**messages.GONE, "name": "o1", "resources": LONG_LIST}],
    [
        DEPRECATED(27),
        DEPRECATED(28, name="o1", resources=messages.resources(messages.group("assistant", "Helper", parts=PLACES))),
    ],
    [DEPRECATED(27, replaced=False, own=HELPER, resources=HELPER)],
    [{**messages.MOVED, "event": messages.RESTORED, "resources": messages.resources(assistant=["Helper"], idle=2)}],
    *(
        [{**case, "event": messages.RESTORED, "moved_on": HELPER, "changed": HELPER, "retires_on": day}]
        for case in (messages.MOVED, messages.GONE)
        for day in (None, dt.date(2026, 12, 22))
    ),
]


@pytest.mark.parametrize("notices", CASES)
def test_messages(notices):
    with time_machine.travel(dt.datetime(2026, 11, 25, tzinfo=dt.UTC), tick=False):
        made = messages.mail_of(*({**notice} for notice in notices))
    check(made)


def check(mail: EmailMultiAlternatives) -> None:
    """Find words outside of brackets in any part of a mail."""
    known = data() | {text for notice in TeamNotice.objects.all() for text in names_in(notice.payload)}
    # A host's own words are in no catalogue of ours.
    known |= {"1 helping hand", "3 helping hands left", "helping hand Handle"}
    unmarked_words = {
        "subject": unmarked([str(mail.subject)], data=known),
        "text": unmarked([str(mail.body)], data=known),
        "HTML": unmarked_html(messages.html_of(mail), data=known),
    }
    assert {part: words for part, words in unmarked_words.items() if words} == {}


def names_in(payload: Any) -> Iterator[str]:
    read = Payload.read(payload)
    for resources in (read.resources, read.own, read.moved_on, read.changed):
        for group in resources.groups if resources else ():
            for resource in group.first:
                yield from (resource.name, *(name for part in resource.parts for name in (part.within, part.label)))


@pytest.mark.parametrize("language", [None, "en"])
def test_a_message_has_the_language_of_the_site_whoever_sends_it(language):
    """``migrate`` translates nothing, and staff may read the admin in another language."""
    with translation.override(language):
        check(messages.mail_of({**messages.MOVED}))


COMMANDS = [
    ["remove_deprecated_models", "--dry-run"],
    ["remove_deprecated_models", "--fake"],
    ["notify_deprecated_models", "--dry-run"],
    ["notify_deprecated_models"],
    ["promote_custom_models"],
    ["prune_history", "--dry-run"],
    ["send_team_notices"],
    ["restore_removed_models", "{run}", "--dry-run"],
    ["restore_removed_models", "{run}"],
    ["custom_migrations", "list"],
    ["custom_migrations", "show", "remove_deprecated_models"],
    ["llm_models", "usage"],
    ["llm_models", "removals"],
    ["llm_models", "removals", "{run}"],
    ["llm_models", "check"],
    ["check"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands_speak_plain_english(command, capfd):
    run = make_past(teams=2).run
    said = io.StringIO()
    with contextlib.suppress(CommandError):
        call_command(*(part.format(run=run.pk) for part in command), stdout=said, stderr=said, verbosity=2)
    assert "⟦" not in said.getvalue() + "".join(capfd.readouterr())


def test_refusals_of_commands_are_plain_english():
    run = make_past(teams=1).run
    call_command("restore_removed_models", str(run.pk))
    with pytest.raises(CommandError, match=r"^Removal \d+ was restored on .* already\.$"):
        call_command("restore_removed_models", str(run.pk))


@pytest.mark.parametrize("event", TeamNotice.Event.values)
def test_what_stands_for_rows_that_no_page_lists(event):
    notice = TeamNotice(pk=1, team=TeamFactory.build(name="Acme"), provider="openai", name="gpt-4", event=event)
    assert str(notice) == f"⟦Notice to ⟧Acme⟦: ⟧openai/gpt-4⟦ {event}⟧"
    assert str(MessageNotice(notice_id=1, message_id=2)) == "⟦Notice ⟧1⟦ in message ⟧2"
