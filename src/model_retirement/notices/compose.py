"""The words of a message: an e-mail in plain text and HTML, made from a team's notices."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from model_retirement import conf
from model_retirement.catalogue.lifecycle import retirement_words, utc_today
from model_retirement.catalogue.token_limits import read_warning
from model_retirement.data_migrations import neutral
from model_retirement.host_models import name_of
from model_retirement.models import TeamMessage, TeamNotice
from model_retirement.notices import changes
from model_retirement.notices.kinds import headline, left_over, order
from model_retirement.notices.stages import CALLED_OFF
from model_retirement.platform import host
from model_retirement.references import registry
from model_retirement.wording import counted, translated

DETAILS_SHOWN = 5
"""Parts of a resource, such as labels of nodes, that a line names; the others are counted."""

SETTINGS_SHOWN = 10
"""Changed settings that are named for a model; the others are counted."""

LONGEST_NAME = 100
LONGEST_NAME_IN_SUBJECT = 50


@dataclasses.dataclass(frozen=True)
class ResourceLine:
    """One resource as the mail names it."""

    name: str
    url: str
    details: str


@dataclasses.dataclass(frozen=True)
class KindLines:
    """The resources of one kind: the first ones, and how many more there are, in words; empty if none."""

    heading: str
    lines: tuple[ResourceLine, ...]
    more: str


@dataclasses.dataclass(frozen=True)
class ModelPart:
    """What the mail says of one model.

    :param replacement: name of the model that takes its place, empty if there is none
    :param retirement: when its provider switches it off, such as ``retires in 27 days, on 2026-12-22``; empty if nobody
        said
    :param retirement_in_short: the same without the date, or how it has changed
    :param retired: that has happened
    :param remarks: sentences about what the change brings along
    :param moved_on: of a model that is there again, what a later removal has moved on, so that it does not use it
    :param changed: of such a model, what people have changed since its removal and stays as they left it
    :param changes: sentences about what is otherwise than the team was told last
    :param called_off: it is not deprecated any more
    :param own: the team's own model of this name is meant as well
    :param own_kinds: what uses that one
    """

    provider: str
    name: str
    replacement: str
    retirement: str
    retirement_in_short: str
    retired: bool
    remarks: tuple[str, ...]
    kinds: tuple[KindLines, ...]
    moved_on: tuple[KindLines, ...] = ()
    changed: tuple[KindLines, ...] = ()
    changes: tuple[str, ...] = ()
    called_off: bool = False
    own: bool = False
    own_kinds: tuple[KindLines, ...] = ()

    @property
    def only_own(self) -> bool:
        """Whether the team uses no other model of this name than its own."""
        return self.own and not self.kinds


def mail(*, message: TeamMessage, part: int, to: list[str], using: str) -> EmailMultiAlternatives:
    """Return one of the e-mails of a message. A repeat has the same ``Message-ID``, whoever it goes to.

    :param part: which of the e-mails, as a message to many goes out in several
    """
    notices = list(message.notices.using(using).order_by("provider", "name"))
    return compose(message=message, notices=notices, part=part, to=to)


def compose(*, message: TeamMessage, notices: Sequence[TeamNotice], part: int, to: list[str]) -> EmailMultiAlternatives:
    """Return an e-mail that tells of these notices, all of them of one team and one event, in the message's language."""
    with translation.override(message.language):
        return _composed(message=message, notices=notices, part=part, to=to)


def _composed(
    *, message: TeamMessage, notices: Sequence[TeamNotice], part: int, to: list[str]
) -> EmailMultiAlternatives:
    event = notices[0].event
    # A mail that staff look at later says what it said: days are counted from the day on which it was sent.
    today = message.sent_at.date() if message.sent_at else utc_today()
    soonest_first = sorted(notices, key=lambda notice: notice.retires_on or dt.date.max)
    told = [_part(notice, team=message.team, today=today) for notice in soonest_first]
    parts = [part for part in told if not part.called_off]
    context: dict[str, Any] = {
        "team": neutral.mail(name_of(message.team), at_most=LONGEST_NAME),
        "parts": parts,
        "called_off": [part for part in told if part.called_off],
        "own": [part for part in parts if part.own],
        "own_only": [part for part in parts if part.only_own],
        "used": [part for part in parts if not part.only_own],
        "broken": ", ".join(part.name for part in parts if part.retired and (part.kinds or part.own_kinds)),
        "cleared": [part for part in parts if not part.replacement and not part.only_own],
        "replaced": [part for part in parts if part.replacement and not part.only_own],
        "retired": [part for part in parts if part.retired],
        "to_retire": [part for part in parts if not part.retired],
        "dated": [part for part in parts if part.retirement],
        "back": [part for part in parts if part.kinds],
        "moved_on": [dataclasses.replace(part, kinds=part.moved_on) for part in parts if part.moved_on],
        "changed": [dataclasses.replace(part, kinds=part.changed) for part in parts if part.changed],
        "merged": _merged(notices, team=message.team),
        "site_url": conf.site_url(),
    }
    short = {**context, "team": neutral.mail(name_of(message.team), at_most=LONGEST_NAME_IN_SUBJECT)}
    # A header is one line, whatever is in the template or in a name.
    context["subject"] = neutral.one_line(render_to_string(f"model_retirement/notices/{event}_subject.txt", short))
    made = EmailMultiAlternatives(
        subject=context["subject"],
        body=render_to_string(f"model_retirement/notices/{event}.txt", context),
        to=to,
        headers={
            "Message-ID": f"<{message.message_id}.{part}@{urlsplit(conf.site_url()).hostname}>",
            "Auto-Submitted": "auto-generated",  # asks for no answer from whoever is on holiday
        },
    )
    made.attach_alternative(render_to_string(f"model_retirement/notices/{event}.html", context), "text/html")
    return made


def _part(notice: TeamNotice, *, team: Any, today: dt.date) -> ModelPart:
    payload = notice.payload
    retires_on, is_earliest = notice.retires_on, payload.get("retires_on_is_earliest", False)

    def words(*, with_date: bool) -> str:
        said = retirement_words(retires_on, today=today, is_earliest=is_earliest, with_date=with_date)
        return str(translated(said))

    return ModelPart(
        provider=dict(host().providers()).get(notice.provider, notice.provider),
        name=notice.name,
        replacement=notice.replacement,
        retirement=words(with_date=True),
        retirement_in_short=changes.in_short(notice, retirement=words(with_date=False)),
        retired=retires_on is not None and retires_on < today and not is_earliest,
        remarks=(
            *(_sentence(warning) for warning in payload["warnings"]),
            *_setting_remarks(payload["settings"], notice.replacement),
        ),
        kinds=tuple(_kinds(payload["resources"], team=team)),
        moved_on=tuple(_kinds(payload.get("moved_on") or {}, team=team)),
        changed=tuple(_kinds(payload.get("changed") or {}, team=team)),
        changes=changes.sentences(notice),
        called_off=notice.stage == CALLED_OFF,
        own=payload.get("own") is not None,
        own_kinds=tuple(_kinds(payload.get("own") or {}, team=team)),
    )


def _sentence(warning: str) -> str:
    return f"{translated(read_warning(warning))}."


def _setting_remarks(changes: list[list[str]], replacement: str) -> Iterator[str]:
    for name, becomes in changes[:SETTINGS_SHOWN]:
        # People may have called it anything: settings are keys of a JSON object.
        shown = neutral.mail(name, at_most=LONGEST_NAME)
        facts = {"setting": shown, "becomes": becomes, "replacement": replacement}
        if not becomes:
            yield gettext("the setting “%(setting)s” was dropped: %(replacement)s does not have it.") % facts
        elif becomes == name:
            yield gettext("the setting “%(setting)s” got a value that %(replacement)s accepts.") % facts
        else:
            words = gettext("the setting “%(setting)s” became “%(becomes)s”, its counterpart in %(replacement)s.")
            yield words % facts
    if (more := len(changes) - SETTINGS_SHOWN) > 0:
        yield counted("%(number)s more setting changed or went.", "%(number)s more settings changed or went.", more)


def _merged(notices: Sequence[TeamNotice], *, team: Any) -> KindLines | None:
    """Return the lists in which several models became one, each once, with how many models are left in it."""
    payloads = [merged for notice in notices if (merged := notice.payload.get("merged"))]
    left_in: dict[tuple[Any, ...], int] = {}
    for *place, left in (line for merged in payloads for line in merged["first"]):
        left_in[tuple(place)] = min(left, left_in.get(tuple(place), left))
    if not left_in:
        return None
    more = max(merged["total"] for merged in payloads) - len(left_in)
    return KindLines(
        heading="",
        lines=tuple(
            ResourceLine(
                name=neutral.mail(name, at_most=LONGEST_NAME),
                url=resource_url(model=model, resource_id=resource_id, team=team),
                details=", ".join(
                    [*([neutral.mail(detail, at_most=LONGEST_NAME)] if detail else []), left_over(noun, left)]
                ),
            )
            for (_kind, model, resource_id, name, detail, noun), left in sorted(left_in.items())
        ),
        more=_and_more(more),
    )


def _kinds(resources: Mapping[str, Any], *, team: Any) -> Iterator[KindLines]:
    for kind, found in sorted(resources.items(), key=lambda item: order(item[0])):
        lines = tuple(
            ResourceLine(
                name=neutral.mail(name, at_most=LONGEST_NAME),
                url=resource_url(model=found["model"], resource_id=resource_id, team=team),
                details=_listed(sorted(set(details))),
            )
            for resource_id, name, details in found["first"]
        )
        more = found["total"] - len(lines)
        yield KindLines(heading=headline(kind, found["total"]), lines=lines, more=_and_more(more))


def _and_more(number: int) -> str:
    return gettext("and %(number)s more") % {"number": f"{number:,}"} if number > 0 else ""


def _listed(details: list[str]) -> str:
    shown = ", ".join(neutral.mail(detail, at_most=LONGEST_NAME) for detail in details[:DETAILS_SHOWN])
    more = len(details) - DETAILS_SHOWN
    return gettext("%(shown)s and %(more)s more") % {"shown": shown, "more": f"{more:,}"} if more > 0 else shown


def resource_url(*, model: str, resource_id: int, team: Any) -> str:
    """Return the full URL of a resource's page, without reading the resource.

    Its team is known where the resource itself has a key to it, under whatever name.
    """
    paths = {resource.model: resource.team for resource in registry.resources}
    field = paths.get(model, "")
    known = {field: team} if field and "__" not in field else {}
    return host().resource_url(obj=apps.get_model(model)(pk=resource_id, **known))
