"""What removals did: the runs, their models, and the journal of what changed."""

from __future__ import annotations

from django.db import models

from model_retirement.stored_json import StoredJSONDecoder, StoredJSONEncoder


class RemovalRun(models.Model):
    """One removal: one or more models taken out together.

    A run without ``finished_at`` was interrupted; the next removal continues it instead of starting another. One with
    ``journal_pruned_at`` cannot be restored any more: what it changed is gone from the journal, that it did stays.
    """

    started_at = models.DateTimeField(auto_now_add=True)
    continued_at = models.DateTimeField(auto_now=True, help_text="last time that a process took the run up or ended it")
    finished_at = models.DateTimeField(null=True, blank=True)
    triggered_by = models.CharField(max_length=255)
    code_version = models.CharField(max_length=64, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    journal_pruned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "removal"
        ordering = ["-id"]
        permissions = [("restore_removalrun", "Can restore removed models")]

    def __str__(self) -> str:
        return f"Removal {self.pk}"


class RemovedModel(models.Model):
    """One model of a removal: what the row was, where its references go, and when the row went.

    It is written before the first reference moves, so an unfinished one (``removed_at`` None) tells the next run
    what this run had decided. One that was restored closes its entry in ``DELETED_MODELS``, until a catalogue without
    that entry has been seen (``reopened_at``): the model was offered anew, or its entry had left the list.
    """

    run = models.ForeignKey(RemovalRun, on_delete=models.CASCADE, related_name="models")
    model_id = models.JSONField(help_text="primary key that the row had, as JSON")
    provider = models.CharField(max_length=64)
    name = models.CharField(max_length=128)
    max_token_limit = models.PositiveIntegerField()
    whole_row = models.TextField(blank=True, help_text="all columns that the row had, as JSON; empty until it went")
    replacement_id = models.JSONField(null=True, blank=True, help_text="primary key of the replacement's row, as JSON")
    replacement = models.CharField(max_length=128, blank=True)
    retires_on = models.DateField(null=True, blank=True, help_text="day on which the provider switches the model off")
    removed_at = models.DateTimeField(null=True, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    reopened_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="when the list did not name the model any more after its restore; open again from then on",
    )

    class Meta:
        ordering = ["provider", "name"]
        constraints = [models.UniqueConstraint(fields=["run", "model_id"], name="model_retirement_removed_once")]

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


class ReferenceChange(models.Model):
    """References of one kind that held the same value and were changed in the same batch.

    Packed: one row for all objects of a batch that held ``old_value``, exactly as it was stored (12 and "12" differ),
    and hold ``new_value`` since. It names objects by id, so it survives their deletion.
    """

    removed_model = models.ForeignKey(RemovedModel, on_delete=models.CASCADE, related_name="changes")
    reference = models.CharField(max_length=200, help_text="label of the reference in the registry")
    old_value = models.JSONField(null=True, encoder=StoredJSONEncoder, decoder=StoredJSONDecoder)
    new_value = models.JSONField(null=True, encoder=StoredJSONEncoder, decoder=StoredJSONDecoder)
    object_ids = models.JSONField(default=list)
    object_count = models.PositiveIntegerField(help_text="number of object ids, so that sums need not unpack them")
    left_alone_ids = models.JSONField(
        null=True, help_text="objects that held something else when the rest was restored; null until then"
    )
    left_alone = models.JSONField(
        null=True, help_text="the same by what stood in the way: gone, changed, or the number of a later removal"
    )

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.reference}: {self.object_count} of {self.removed_model}"


class AffectedResources(models.Model):
    """The resources of one kind that the rows of one batch concerned, for one model.

    Packed like the journal: ``lines`` is a list of [resource id, the part of it that pointed at the model]. A batch writes
    it while the rows are at hand; to find them again from the journal would cost a large removal more than the removal
    itself.
    """

    removed_model = models.ForeignKey(RemovedModel, on_delete=models.CASCADE, related_name="affected_resources")
    resource = models.CharField(max_length=200, help_text="label of the resource's Django model")
    lines = models.JSONField(default=list)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "affected resources"

    def __str__(self) -> str:
        return f"Resources concerned by {self.removed_model}"
