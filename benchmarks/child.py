"""One measured run in a process of its own: ``python -m benchmarks.child command|preview|naive``; prints JSON."""

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
from apps.service_providers.llm_service.declarations import Model  # noqa: E402
from benchmarks import dataset, naive  # noqa: E402
from benchmarks.dataset import PROVIDER  # noqa: E402


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
    out = io.StringIO()
    before = peak_memory()
    found: dict[str, object] = {}
    with connection.execute_wrapper(statements):
        if what == "naive":
            found["seconds"] = naive.remove()
        else:
            options = {"dry_run": True} if what == "preview" else {"no_send": True}
            call_command("remove_deprecated_models", format="json", stdout=out, **options)
            report = json.loads(out.getvalue())
            found["seconds"] = report["seconds"]["plan"] + report["seconds"]["execute"]
            found["references"] = report["totals"]["references"]
            found["teams"] = report["totals"]["teams"]
    found |= {
        "queries": statements.queries,
        "longest_transaction": statements.longest,
        "rss_before_mb": before,
        "rss_mb": peak_memory(),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
