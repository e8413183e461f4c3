"""What removals did: the runs, their models, and the journal of what changed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from model_retirement.fields_of_keys import KeysField
from model_retirement.stored_json import StoredJSONDecoder, StoredJSONEncoder


class RemovalRun(models.Model):
    """One removal: one or more models taken out together.

    A run without ``finished_at`` was interrupted; the next removal continues it instead of starting another. One with
    ``journal_pruned_at`` cannot be restored any more: what it changed is gone from the journal, that it did stays.
    """

    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    continued_at = models.DateTimeField(
        _("continued at"), auto_now=True, help_text=_("last time that a process took the run up or ended it")
    )
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    triggered_by = models.CharField(_("triggered by"), max_length=255)
    code_version = models.CharField(_("code version"), max_length=64, blank=True)
    restored_at = models.DateTimeField(_("restored at"), null=True, blank=True)
    journal_pruned_at = models.DateTimeField(_("journal pruned at"), null=True, blank=True)

    class Meta:
        verbose_name = _("removal")
        verbose_name_plural = _("removals")
        ordering = ["-id"]
        permissions = [("restore_removalrun", "Can restore removed models")]

    def __str__(self) -> str:
        return gettext("Removal %(number)s") % {"number": self.pk}


RESTORED_SINCE = models.Q(restored_at__gt=models.F("run__restored_at"))
"""Models that came back after their removal's restore had ended: it was taken up again, for those that could not come before.

Once that has ended as well, its end is later than this.
"""


class RemovedModel(models.Model):
    """One model of a removal: what the row was, where its references go, and when the row went.

    It is written before the first reference moves, so an unfinished one (``removed_at`` None) tells the next run
    what this run had decided. One that was restored closes its entry in ``DELETED_MODELS``, until a catalogue without
    that entry has been seen (``reopened_at``): the model was offered anew, or its entry had left the list.
    """

    run = models.ForeignKey(RemovalRun, on_delete=models.CASCADE, related_name="models", verbose_name=_("run"))
    model_id = KeysField(_("model id"), help_text=_("primary key that the row had, as JSON"))
    provider = models.CharField(_("provider"), max_length=64)
    name = models.CharField(_("name"), max_length=128)
    max_token_limit = models.PositiveIntegerField(_("max token limit"))
    whole_row = models.TextField(
        _("whole row"), blank=True, help_text=_("all columns that the row had, as JSON; empty until it went")
    )
    replacement_id = KeysField(
        _("replacement id"), null=True, blank=True, help_text=_("primary key of the replacement's row, as JSON")
    )
    replacement = models.CharField(_("replacement"), max_length=128, blank=True)
    retires_on = models.DateField(
        _("retires on"), null=True, blank=True, help_text=_("day on which the provider switches the model off")
    )
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)
    restored_at = models.DateTimeField(_("restored at"), null=True, blank=True)
    reopened_at = models.DateTimeField(
        _("reopened at"),
        null=True,
        blank=True,
        help_text=_("when the list did not name the model any more after its restore; open again from then on"),
    )

    class Meta:
        verbose_name = _("removed model")
        verbose_name_plural = _("removed models")
        ordering = ["provider", "name"]
        constraints = [models.UniqueConstraint(fields=["run", "model_id"], name="model_retirement_removed_once")]

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


class ReferenceChange(models.Model):
    """References of one kind that held the same value and were changed in the same batch.

    Packed: one row for all objects of a batch that held ``old_value``, exactly as it was stored (12 and "12" differ),
    and hold ``new_value`` since. It names objects by id, so it survives their deletion.
    """

    removed_model = models.ForeignKey(
        RemovedModel, on_delete=models.CASCADE, related_name="changes", verbose_name=_("removed model")
    )
    reference = models.CharField(_("reference"), max_length=200, help_text=_("label of the reference in the registry"))
    old_value = models.JSONField(_("old value"), null=True, encoder=StoredJSONEncoder, decoder=StoredJSONDecoder)
    new_value = models.JSONField(_("new value"), null=True, encoder=StoredJSONEncoder, decoder=StoredJSONDecoder)
    object_ids = KeysField(_("object ids"), default=list)
    object_count = models.PositiveIntegerField(
        _("object count"), help_text=_("number of object ids, so that sums need not unpack them")
    )
    left_alone_ids = KeysField(
        _("left alone ids"),
        null=True,
        help_text=_("objects that held something else when the rest was restored; null until then"),
    )
    left_alone = KeysField(
        _("left alone"),
        null=True,
        help_text=_("the same by what stood in the way: gone, changed, or the number of a later removal"),
    )

    class Meta:
        verbose_name = _("reference change")
        verbose_name_plural = _("reference changes")
        ordering = ["id"]

    def __str__(self) -> str:
        facts = {"reference": self.reference, "number": self.object_count, "model": self.removed_model}
        return gettext("%(reference)s: %(number)s of %(model)s") % facts


class AffectedResources(models.Model):
    """The resources of one kind that the rows of one batch concerned, for one model.

    Packed like the journal: ``lines`` is a list of [resource id, the part of it that pointed at the model, the word for one
    of several models if the model was one of these]. A batch writes it while the rows are at hand; to find them again from the journal would cost a large removal more than the removal
    itself.
    """

    removed_model = models.ForeignKey(
        RemovedModel, on_delete=models.CASCADE, related_name="affected_resources", verbose_name=_("removed model")
    )
    resource = models.CharField(_("resource"), max_length=200, help_text=_("label of the resource's Django model"))
    lines = models.JSONField(_("lines"), default=list)

    class Meta:
        ordering = ["id"]
        verbose_name = _("affected resources")
        verbose_name_plural = _("affected resources")

    def __str__(self) -> str:
        return gettext("Resources concerned by %(model)s") % {"model": self.removed_model}
