"""One person at the pipeline editor, who saves random nodes until standard input ends: ``python -m benchmarks.editor SEED``.

Prints a line when the first save is done, and at the end a JSON list of edits. The next edit begins when the one before has
ended and :data:`PAUSE` has passed: who has to wait edits less.
"""

from __future__ import annotations

import json
import os
import random
import select
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import DatabaseError  # noqa: E402  # after setup

from apps.pipelines.models import Node  # noqa: E402

PAUSE = 0.01
"""Seconds between two edits of a process; without it, two processes would fill two cores by themselves."""

Edit = tuple[float, float, bool]
"""When it began and ended, in seconds of the machine's monotonic clock, and whether the database refused it."""


def edit(pk: int, *, label: str) -> Edit:
    """Load a node and save it under another label, as the editor does.

    :param pk: the node's key
    """
    began = time.monotonic()
    try:
        node = Node.objects.get(pk=pk)
        node.label = label
        node.save()
    except DatabaseError:  # its model has gone since it was loaded, or PostgreSQL ended a deadlock
        return began, time.monotonic(), True
    return began, time.monotonic(), False


def main(seed: int) -> None:
    dice = random.Random(seed)
    last = Node.objects.order_by("-pk").values_list("pk", flat=True)[0]
    edits = [edit(dice.randint(1, last), label="Edited")]
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], PAUSE)[0]:
        edits.append(edit(dice.randint(1, last), label=f"Edited {len(edits)} times"))
    json.dump(edits, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]))
