"""E-mails to teams: waiting, sent and given up; as they look, and sent again by those who may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from model_retirement import conf
from model_retirement.admin.links import Links
from model_retirement.admin.plain import TEAM_SEARCH
from model_retirement.data_migrations.admin.pages import Action, Pages, ReadOnly, Refused
from model_retirement.data_migrations.admin.words import badge, first_line
from model_retirement.host_models import name_of
from model_retirement.models import RemovalRun, TeamMessage
from model_retirement.notices import compose, outbox
from model_retirement.notices.sending import GIVE_UP_AFTER, RECIPIENTS_PER_MAIL, look_up_recipients
from model_retirement.removal import overview
from model_retirement.wording import counted

if TYPE_CHECKING:
    from django.core.mail import EmailMultiAlternatives
    from django.db.models import QuerySet
    from django.http import HttpRequest

Status = TeamMessage.Status

TONES = {Status.QUEUED: "warn", Status.SENDING: "busy", Status.SENT: "good", Status.GAVE_UP: "bad"}

MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'"
"""An e-mail brings its style along. Nothing else in it is loaded, nothing runs, and links open in a tab of their own."""


def message_badge(message: TeamMessage) -> SafeString:
    """Return the state of a message for people."""
    status = Status(message.status)
    return badge(TONES[status], str(status.label))


def deliveries(run: RemovalRun) -> dict[str, Any]:
    """Return how far the news of a removal got, with links to the messages."""
    delivered = overview.deliveries(run=run, using=DEFAULT_DB_ALIAS)
    listed = f"{reverse('admin:model_retirement_teammessage_changelist')}?run__id__exact={run.pk}"
    return {
        "statuses": [
            (_in_status(Status(status), number), f"{listed}&status__exact={status}")
            for status, number in sorted(delivered.messages.items())
        ],
        "waiting_teams": delivered.waiting_teams,
    }


def _in_status(status: TeamMessage.Status, number: int) -> str:
    words = {
        Status.QUEUED: ngettext_lazy("%(number)s queued", "%(number)s queued", number),
        Status.SENDING: ngettext_lazy("%(number)s sending", "%(number)s sending", number),
        Status.SENT: ngettext_lazy("%(number)s sent", "%(number)s sent", number),
        Status.GAVE_UP: ngettext_lazy("%(number)s gave up", "%(number)s gave up", number),
    }
    return words[status] % {"number": f"{number:,}"}


def has_no_addresses(message: TeamMessage) -> bool:
    """Return whether the addresses of a message that was sent or given up have been pruned."""
    return message.status in {Status.SENT, Status.GAVE_UP} and not message.recipients


def composed(message: TeamMessage) -> EmailMultiAlternatives | None:
    """Return the first e-mail of a message, or None if it says nothing."""
    to = message.addresses[:RECIPIENTS_PER_MAIL]
    if not message.notices.exists():
        return None
    return compose.mail(message=message, part=0, to=to, using=DEFAULT_DB_ALIAS)


def _recipients(message: TeamMessage) -> Mapping[str, Any]:
    look_up_recipients(message, using=DEFAULT_DB_ALIAS)
    left = [to for to in message.addresses if to not in message.delivered_to]
    if not left:
        raise Refused(gettext("No reachable admin of the team is left who has not got it: give the team one first."))
    return {"message": message, "left": len(left), "attempts": GIVE_UP_AFTER}


def _send_again(message: TeamMessage, _who: str) -> str:
    if not outbox.send_again(message_ids=[message.pk], using=DEFAULT_DB_ALIAS):
        raise Refused(
            gettext("It has not been given up, or its addresses have been pruned: there is nothing to send again.")
        )
    return gettext("Queued again; the command send_team_notices sends it.")


@admin.register(TeamMessage)
class TeamMessageAdmin(ReadOnly, Pages):
    """The outbox."""

    list_display = ["__str__", "state", "about", "attempts", "admins", "last_failure", "created_at", "sent_at"]
    list_filter = ["status", "created_at"]
    linked_lookups = ("run__id__exact",)
    list_per_page = 50
    list_select_related = ["team", "run"]
    search_fields = [*TEAM_SEARCH]
    ordering = ["-pk"]
    fields = [
        "to_team",
        "about",
        "state",
        "channel",
        "language",
        "attempts",
        "next_attempt_at",
        "created_at",
        "sent_at",
    ]
    readonly_fields = ["to_team", "about", "state"]
    actions = ["send_again"]
    page_actions = (
        Action(
            name="send-again",
            label=_("Send again"),
            permission="model_retirement.resend_teammessage",
            possible=lambda message: message.status == Status.GAVE_UP and not has_no_addresses(message),
            template="model_retirement/admin/send_again.html",
            preview=_recipients,
            carry_out=_send_again,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        mail = self.admin_site.admin_view(self.mail)
        return [path("<int:object_id>/mail/", mail, name=self.url_name("mail")), *super().get_urls()]

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("model_retirement.resend_teammessage")

    @admin.action(description=_("Send again what was given up"), permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[TeamMessage]) -> None:
        """Queue the chosen messages again that were given up."""
        given_up = list(queryset.filter(status=Status.GAVE_UP).exclude(recipients=[]))
        number = outbox.send_again(message_ids=[message.pk for message in given_up], using=DEFAULT_DB_ALIAS)
        if not given_up:
            messages.warning(request, gettext("Nothing was queued: none of the chosen messages has been given up."))
            return
        LogEntry.objects.log_actions(str(request.user.pk), given_up, CHANGE, gettext("Queued again."))
        done = counted(
            "%(number)s message queued again; the command send_team_notices sends what is queued.",
            "%(number)s messages queued again; the command send_team_notices sends what is queued.",
            number,
        )
        messages.success(request, done)

    @admin.display(description=_("state"), ordering="status")
    def state(self, message: TeamMessage) -> SafeString:
        """Return how far it got."""
        return message_badge(message)

    @admin.display(description=_("admins"))
    def admins(self, message: TeamMessage) -> str:
        """Return how many of the team's admins have got it."""
        if has_no_addresses(message):
            return gettext("pruned")
        facts = {"reached": len(message.delivered_to), "all": len(message.addresses)}
        return gettext("%(reached)s of %(all)s") % facts

    @admin.display(description=_("last error"))
    def last_failure(self, message: TeamMessage) -> str:
        """Return what went wrong at the last attempt."""
        return first_line(message.last_error)

    @admin.display(description=_("team"))
    def to_team(self, message: TeamMessage) -> str:
        """Return the name of the team."""
        return name_of(message.team)

    @admin.display(description=_("about"))
    def about(self, message: TeamMessage) -> str:
        """Return what it tells of."""
        return str(message.run) if message.run else gettext("Deprecations")

    def more_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        links = Links(request)
        mail = composed(record)
        notices = record.notices.order_by("provider", "name") if links.may_open("model_retirement.TeamNotice") else ()
        return {
            "mail": mail,
            "parts": -(-len(record.recipients) // RECIPIENTS_PER_MAIL),
            "html_path": self.link("mail", record.pk),
            "is_pruned": has_no_addresses(record),
            "recipients": [(to, to in record.delivered_to) for to in record.addresses],
            "notices": [
                links.to("model_retirement.TeamNotice", notice.pk, f"{notice.provider}/{notice.name}")
                for notice in notices
            ],
            "run_link": links.to("model_retirement.RemovalRun", record.run_id, str(record.run)) if record.run else "",
            "team_link": links.to(conf.team_model_label(), record.team_id, name_of(record.team)),
        }

    def mail(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Return the HTML of the e-mail as its readers get it, for a frame of the message's page."""
        message: Any = self.record(request, object_id)
        return _framed(composed(message))


def _framed(mail: EmailMultiAlternatives | None) -> HttpResponse:
    html = "" if mail is None else str(mail.alternatives[0][0])
    # A link that opened in the frame would meet a page that refuses to be framed.
    response = HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))
    response["Content-Security-Policy"] = MAIL_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response
