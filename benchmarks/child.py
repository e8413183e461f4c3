"""One measured run in a process of its own: ``python -m benchmarks.child`` and a name of ``MEASURED``; prints JSON."""

from __future__ import annotations

import io
import json
import os
import pathlib
import sys
import time
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402  # after setup
from django.db import connection  # noqa: E402

from apps.service_providers.llm_service import default_models  # noqa: E402
from benchmarks import dataset, loops  # noqa: E402
from benchmarks.dataset import PROVIDER  # noqa: E402
from model_retirement import promotion  # noqa: E402
from model_retirement.catalogue.declarations import Model  # noqa: E402
from model_retirement.data_migrations import run_once  # noqa: E402
from model_retirement.models import RemovalRun  # noqa: E402
from model_retirement.references import registry  # noqa: E402
from model_retirement.removal import restore  # noqa: E402
from model_retirement.removal_records import MIGRATION_NAME  # noqa: E402


class Statements:
    """Counts statements and commits, and measures the longest transaction."""

    def __init__(self) -> None:
        self.queries = 0
        self.longest = 0.0
        self._began: float | None = None

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Run a statement, as a wrapper of Django's database instrumentation."""
        self.queries += 1
        if self._began is None and connection.in_atomic_block:
            self._began = time.perf_counter()
        return execute(sql, params, many, context)

    def around(self, end: Callable[[], None]) -> Callable[[], None]:
        """Return what ends a transaction and notes how long it has been."""

        def measured() -> None:
            end()
            if self._began is not None:
                self.longest = max(self.longest, time.perf_counter() - self._began)
            self._began = None

        return measured


def peak_memory() -> float:
    """Return the peak resident memory of this process in MB; getrusage() would count the process that started it."""
    status = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def main(what: str) -> None:
    default_models.DEFAULT_LLM_PROVIDER_MODELS = {PROVIDER: [Model("bench-new", 128000)]}
    default_models.DELETED_MODELS[:] = dataset.removal_names()
    statements = Statements()
    for name in ("_commit", "_rollback"):
        setattr(connection, name, statements.around(getattr(connection, name)))
    before = peak_memory()
    with connection.execute_wrapper(statements):
        figures = MEASURED[what]()
    figures |= {
        "queries": statements.queries,
        "longest_transaction": statements.longest,
        "rss_before_mb": before,
        "rss_mb": peak_memory(),
    }
    json.dump(figures, sys.stdout)


def _remove(**options: bool) -> dict[str, Any]:
    """Run the command. Its seconds are those of plan and execute.

    The messages that are made of the notices afterwards, and the report, count as statements and as memory and not as
    seconds: what is measured beside the command addresses nobody.
    """
    out = io.StringIO()
    began = time.monotonic()
    call_command("remove_deprecated_models", format="json", stdout=out, **options)
    ended = time.monotonic()
    report = json.loads(out.getvalue())
    return {
        "began": began,
        "ended": ended,
        "seconds": report["seconds"]["plan"] + report["seconds"]["execute"],
        "references": report["totals"]["references"],
        "teams": report["totals"]["teams"],
    }


def _restore() -> dict[str, Any]:
    run = RemovalRun.objects.get()
    with run_once.attempt(name=MIGRATION_NAME, using="default", triggered_by="benchmark", units=()) as attempt:
        began = time.perf_counter()
        done = restore.restore(run_id=run.pk, registry=registry, lease=attempt, using="default")
        return {"seconds": time.perf_counter() - began, "references": done.restored, "left_alone": done.left_alone}


def _promote() -> dict[str, Any]:
    with run_once.attempt(
        name="promote_custom_models", using="default", triggered_by="benchmark", force=True
    ) as attempt:
        began = time.perf_counter()
        done = promotion.promote(registry=registry, lease=attempt, using="default")
        return {"seconds": time.perf_counter() - began, "references": done.references}


MEASURED: dict[str, Callable[[], dict[str, Any]]] = {
    "command": lambda: _remove(no_send=True),
    "preview": lambda: _remove(dry_run=True),
    "restore": _restore,
    "promotion": _promote,
    "one by one": lambda: {"seconds": loops.remove_one_by_one()},
    "at once": lambda: {"seconds": loops.remove_at_once()},
}


if __name__ == "__main__":
    main(sys.argv[1])
