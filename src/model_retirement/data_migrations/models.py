"""The record of data migrations: what was asked for, what became of it, and every attempt."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class CustomMigration(models.Model):
    """One named piece of work on rows, and what became of it in this environment.

    States and who moves a row from one to the next::

        pending ──claim──> running ──success──> applied
                              └─────failure───> failed ──claim──> running
        pending | failed ──mark or --fake──> faked
        applied | failed | faked ──unmark──> pending
        applied | faked ──a new request, if repeatable──> pending
        applied | faked ──--force, or by hand if repeatable──> running

    ``options`` are those that the last request gives to the command, as JSON. They stay with the row, so that whatever runs
    it for the request, a retry and the run after an unmark included, does the same work; a person who types the command
    itself means what was typed. A request of work that is done, and not repeatable, leaves them as they were.

    A row in ``running`` whose lease has ended belongs to a process that died: the next claim takes it over.

    A command whose work comes in units has one row per unit, named ``name:unit``, and one row for the request to do all of
    them; a new request sets the latter from applied back to pending. A command without units stays applied. Work on some
    units takes the claim of the command's row and leaves its status alone: what has begun and not ended of a unit is
    ``pending`` or ``failed`` in the unit's own row.

    All its times are of the database's clock, which is one for all machines.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        RUNNING = "running", _("Running")
        APPLIED = "applied", _("Applied")
        FAILED = "failed", _("Failed")
        FAKED = "faked", _("Faked")

    name = models.CharField(_("name"), max_length=255, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    requested_by = models.CharField(_("requested by"), max_length=255, blank=True)
    requested_at = models.DateTimeField(_("requested at"), db_default=Now())
    options = models.JSONField(_("options"), default=dict, blank=True)
    applied_at = models.DateTimeField(
        _("applied at"), null=True, blank=True, help_text=_("last success; kept when asked for again")
    )
    lease_token = models.UUIDField(_("lease token"), null=True, blank=True)
    lease_holder = models.CharField(_("lease holder"), max_length=255, blank=True)
    leased_at = models.DateTimeField(_("leased at"), null=True, blank=True)
    lease_expires_at = models.DateTimeField(_("lease expires at"), null=True, blank=True)

    class Meta:
        verbose_name = _("data migration")
        verbose_name_plural = _("data migrations")
        ordering = ["name"]
        permissions = [("manage_custommigration", "Can mark and unmark data migrations")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_held(self) -> bool:
        """Whether a process is at work on it, or died so lately that its lease has not ended."""
        return self.lease_expires_at is not None and self.lease_expires_at > timezone.now()


class CustomMigrationRun(models.Model):
    """One attempt at a data migration. Rows are only added; an attempt that was interrupted has no ``finished_at``.

    An attempt starts as ``running`` and ends as ``succeeded`` or ``failed``. One whose process died stays ``running``
    until the next claim finds it, and is ``lost`` then. ``faked`` is no attempt: somebody said that none is needed.

    ``counts`` are the numbers in what the work returned, by kind; ``result`` is what else there was in it, or null.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        LOST = "lost", _("Interrupted")
        FAKED = "faked", _("Faked")

    migration = models.ForeignKey(
        CustomMigration, on_delete=models.CASCADE, related_name="runs", verbose_name=_("migration")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.RUNNING)
    started_at = models.DateTimeField(_("started at"), db_default=Now())
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    triggered_by = models.CharField(_("triggered by"), max_length=255)
    counts = models.JSONField(_("counts"), default=dict)
    result = models.JSONField(_("result"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    code_version = models.CharField(_("code version"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-id"]

    def __str__(self) -> str:
        return gettext("%(migration)s, attempt %(number)s") % {"migration": self.migration, "number": self.pk}
