"""Work that leaves a trace each time it is done: a team."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

from django.db import transaction

from apps.teams.models import Team
from model_retirement.data_migrations.commands import MigrationContext


def perform(name: str, *, context: MigrationContext) -> dict[str, int]:
    """Add one team per batch, also in a dry run, and return the counts.

    :param context: ``SAMPLE_BATCHES``, ``SAMPLE_SECONDS`` a batch and ``SAMPLE_ERROR`` in the environment say how; the
        file ``SAMPLE_BEGUN`` is made when there is a team, committed or not, and the file ``SAMPLE_GATE`` waited for
    """
    batches = int(os.environ.get("SAMPLE_BATCHES", "1"))
    for _ in range(batches):
        with transaction.atomic(using=context.using):
            context.renew()
            slug = f"{name}-{uuid.uuid4().hex[:8]}"
            Team.objects.using(context.using).create(name=slug, slug=slug)
        if begun := os.environ.get("SAMPLE_BEGUN"):
            Path(begun).touch()
        while (gate := os.environ.get("SAMPLE_GATE")) and not Path(gate).exists():
            time.sleep(0.02)
        time.sleep(float(os.environ.get("SAMPLE_SECONDS", "0")))
    if "SAMPLE_ERROR" in os.environ:
        raise ValueError(os.environ["SAMPLE_ERROR"])
    return {"teams": batches}
