"""What removals did to models, and what teams were told."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from model_retirement import conf
from model_retirement.removal_models import AffectedResources, ReferenceChange, RemovalRun, RemovedModel

__all__ = [
    "AffectedResources",
    "MessageNotice",
    "ReferenceChange",
    "RemovalRun",
    "RemovedModel",
    "TeamMessage",
    "TeamNotice",
    "TeamTokenLimit",
]


class TeamTokenLimit(models.Model):
    """A token limit that one team chose for a global model.

    Written when the team's custom model is promoted to a global one with another limit. It names the model instead
    of pointing at it, so it is no reference: it outlives a removal and is there again after a restore.
    """

    team = models.ForeignKey(
        conf.team_model_label(), on_delete=models.CASCADE, related_name="token_limits", verbose_name=_("team")
    )
    type = models.CharField(_("type"), max_length=64)
    name = models.CharField(_("name"), max_length=128)
    max_token_limit = models.PositiveIntegerField(_("max token limit"))

    class Meta:
        verbose_name = _("token limit of a team")
        verbose_name_plural = _("token limits of teams")
        constraints = [
            models.UniqueConstraint(fields=["team", "type", "name"], name="model_retirement_one_limit_per_team")
        ]

    def __str__(self) -> str:
        return f"{self.type}/{self.name}: {self.max_token_limit}"


class TeamMessage(models.Model):
    """What carries an event's notices to the admins of one team, by e-mail or by the host's own channel: the outbox.

    Made of the event's notices when all of it is committed, by whoever sends first. States::

        queued ──claim──> sending ──accepted by all──> sent
                             ├─── server down ───> queued (as it was)
                             └─── refused or lost ──> queued (a later attempt) | gave_up
        gave_up ──sent again by staff──> queued

    A message in ``sending`` whose lease has ended belongs to a process that died: the next claim takes it over.
    Its lease and its next attempt are times of the database's clock. Who gets it is looked up when it is sent; if nobody
    is left, it goes, and its notices wait for a reachable admin. One that was sent or given up long ago has no addresses
    any more, if ``prune_history`` took them.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        GAVE_UP = "gave_up", _("Gave up")

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        HOST = "host", _("The platform's own")

    team = models.ForeignKey(
        conf.team_model_label(), on_delete=models.CASCADE, related_name="messages", verbose_name=_("team")
    )
    run = models.ForeignKey(
        RemovalRun, on_delete=models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("run")
    )
    notices: models.ManyToManyField[TeamNotice, MessageNotice] = models.ManyToManyField(
        "TeamNotice", through="MessageNotice", related_name="messages", verbose_name=_("notices")
    )
    channel = models.CharField(
        _("channel"),
        max_length=10,
        choices=Channel,
        default=Channel.EMAIL,
        help_text=_("by what it was delivered, or is to be"),
    )
    language = models.CharField(
        _("language"), max_length=16, default=conf.language, help_text=_("code of the language in which it is written")
    )
    recipients = models.JSONField(
        _("recipients"), default=list, help_text=_("addresses, as they were at the last attempt")
    )
    delivered_to = models.JSONField(
        _("delivered to"), default=list, help_text=_("addresses that the mail server has accepted")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    message_id = models.UUIDField(_("message id"), default=uuid.uuid4, unique=True, editable=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    lease_token = models.UUIDField(_("lease token"), null=True, blank=True)
    lease_expires_at = models.DateTimeField(_("lease expires at"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["id"]
        permissions = [("resend_teammessage", "Can send messages again")]
        indexes = [
            # Senders take them in order; the many that are sent must not be in the way.
            models.Index(fields=["id"], condition=~Q(status="sent"), name="model_retirement_unsent")
        ]

    def __str__(self) -> str:
        return gettext("Message %(number)s to %(team)s") % {"number": self.pk, "team": self.team}

    @property
    def addresses(self) -> list[str]:
        """The recipients, without the places that somebody has left: see ``notices.sending``."""
        return [to for to in self.recipients if to]


class TeamNotice(models.Model):
    """What one team is told about one model and one event. Told once: see the constraint.

    Written in the transaction of the change that it tells of; ``payload`` holds the words' facts as they were then.
    """

    class Event(models.TextChoices):
        REMOVED = "removed", _("Removed")
        RESTORED = "restored", _("Restored")
        DEPRECATED = "deprecated", _("Deprecated")

    # The unique key begins with it; removals write thousands of notices, and each index of theirs counts.
    team = models.ForeignKey(
        conf.team_model_label(),
        on_delete=models.CASCADE,
        related_name="notices",
        db_index=False,
        verbose_name=_("team"),
    )
    # A notice without its run would collide with another.
    run = models.ForeignKey(
        RemovalRun, on_delete=models.PROTECT, null=True, blank=True, related_name="notices", verbose_name=_("run")
    )
    event = models.CharField(_("event"), max_length=12, choices=Event)
    provider = models.CharField(_("provider"), max_length=64)
    name = models.CharField(_("name"), max_length=128)
    stage = models.CharField(_("stage"), max_length=32, blank=True)
    replacement = models.CharField(_("replacement"), max_length=128, blank=True)
    retires_on = models.DateField(_("retires on"), null=True, blank=True)
    # What comes back is news: the same words after others are not those that were told before.
    follows = models.BigIntegerField(
        _("follows"),
        default=0,
        db_default=0,
        editable=False,
        help_text=_("the notice that said otherwise before, or 0"),
    )
    payload = models.JSONField(_("payload"), default=dict)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                "team",
                "provider",
                "name",
                "event",
                "stage",
                "replacement",
                # NULLs do not collide in a unique key.
                Coalesce("retires_on", dt.date.min),
                Coalesce("run", 0),
                "follows",
                name="model_retirement_told_once",
            )
        ]

    def __str__(self) -> str:
        facts = {"team": self.team, "model": f"{self.provider}/{self.name}"}
        match self.event:
            case self.Event.REMOVED:
                return gettext("Notice to %(team)s: %(model)s removed") % facts
            case self.Event.RESTORED:
                return gettext("Notice to %(team)s: %(model)s restored") % facts
        return gettext("Notice to %(team)s: %(model)s deprecated") % facts

    @property
    def message(self) -> TeamMessage | None:
        """The message that carries it to the team; None while it waits for a reachable admin."""
        return next(iter(self.messages.all()), None)


class MessageNotice(models.Model):
    """That a message carries a notice. A notice that no message carries waits for a reachable admin of its team."""

    # Without its message a notice would be told again; both go with their team.
    message = models.ForeignKey(
        TeamMessage, on_delete=models.RESTRICT, related_name="carried", verbose_name=_("message")
    )
    # The unique key begins with it.
    notice = models.ForeignKey(
        TeamNotice, on_delete=models.CASCADE, related_name="carriers", db_index=False, verbose_name=_("notice")
    )

    class Meta:
        verbose_name = _("message notice")
        verbose_name_plural = _("message notices")
        constraints = [models.UniqueConstraint(fields=["notice", "message"], name="model_retirement_carried_once")]

    def __str__(self) -> str:
        return gettext("Notice %(notice)s in message %(message)s") % {
            "notice": self.notice_id,
            "message": self.message_id,
        }
