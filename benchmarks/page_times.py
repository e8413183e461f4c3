"""Every page of the admin, timed in a process of its own: ``python -m benchmarks.page_times TEAMS NODES``."""

from __future__ import annotations

import os
import statistics
import sys
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402  # after setup
from django.contrib import admin  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count, Max  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from apps.demo.tenants import load  # noqa: E402
from apps.pipelines.models import Node  # noqa: E402
from apps.service_providers.models import LlmProviderModel  # noqa: E402
from apps.users.models import User  # noqa: E402
from model_retirement.catalogue import view as catalogue  # noqa: E402
from model_retirement.data_migrations.models import CustomMigration  # noqa: E402
from model_retirement.models import ReferenceChange, RemovalRun, TeamMessage  # noqa: E402

ROUNDS = 5
LIMIT = 1.0
"""Seconds that a page may take."""


class Queries:
    """Counts statements, as a wrapper of Django's database instrumentation."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, execute: Any, *statement: Any) -> Any:
        self.number += 1
        return execute(*statement)


def main(teams: int, nodes: int) -> None:
    """Fill the database of this process and time every page in it."""
    began = time.perf_counter()
    load(teams=teams, nodes=nodes, seed=1)
    # Every other model, so that some of them are still in use.
    names = [f"{removal.provider}/{removal.name}" for removal in catalogue.load().removals[::2]]
    call_command("remove_deprecated_models", only=names, no_send=True, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"loaded in {time.perf_counter() - began:.0f} s", flush=True)
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    client.force_login(User.objects.get(is_superuser=True))
    slow = [path for path in paths() if timed(client, path) > LIMIT]
    if slow:
        sys.exit(f"more than {LIMIT} s: {', '.join(slow)}")


def timed(client: Client, path: str) -> float:
    """Open a page some times, print and return the median of the seconds that it took."""
    times = []
    for _ in range(ROUNDS):
        queries = Queries()
        began = time.perf_counter()
        with connection.execute_wrapper(queries):
            response: Any = client.get(path)
            if response.streaming:
                b"".join(response.streaming_content)
        times.append(time.perf_counter() - began)
        assert response.status_code == 200, (path, response.status_code)
    print(f"  {statistics.median(times):6.3f} s {queries.number:4} queries  {path}", flush=True)
    return statistics.median(times)


def paths() -> list[str]:
    """Return the path of every page, each for the row that has most to show."""

    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")  # noqa: SLF001  # Django documents _meta
        for model in admin.site._registry  # noqa: SLF001  # Django offers no other list of them
        if model.__module__.startswith("apps.")
    ]
    models = reverse("admin:service_providers_llmprovidermodel_changelist")
    used = Node.objects.values_list("llm_provider_model_ref").exclude(llm_provider_model_ref=None)
    ((active, _),) = used.annotate(n=Count("pk")).order_by("-n")[:1]
    going = LlmProviderModel.objects.filter(team=None, deprecated=True).values("pk")
    ((deprecated, _),) = used.filter(llm_provider_model_ref__in=going).annotate(n=Count("pk")).order_by("-n")[:1]
    run = RemovalRun.objects.latest("pk").pk
    entry = ReferenceChange.objects.order_by("-object_count")[0].pk
    message = TeamMessage.objects.annotate(n=Count("notices")).order_by("-n")[0].pk
    migration = CustomMigration.objects.annotate(at=Max("runs__started_at")).latest("at").pk
    rows = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[last.pk])  # noqa: SLF001
        for model in admin.site._registry  # noqa: SLF001
        if model.__module__.startswith("apps.") and (last := model._base_manager.order_by("-pk").first())  # noqa: SLF001
    ]
    return [
        reverse("admin:index"),
        *lists,
        f"{models}?o=-3",
        f"{models}?used=yes&state=deprecated&q=gpt",
        f"{models}deprecated/",
        f"{models}export.csv",
        f"{models}export.json",
        *(f"{models}{pk}/{page}/" for pk in (active, deprecated) for page in ("change", "use", "removal")),
        f"{models}{active}/use/?p=100",
        *(f"/admin/model_retirement/removalrun/{run}/{page}/" for page in ("change", "journal", "restore")),
        f"/admin/model_retirement/removalrun/{run}/journal/?object=1",
        f"/admin/model_retirement/removalrun/{run}/journal/{entry}/",
        *(f"/admin/model_retirement/teammessage/{message}/{page}/" for page in ("change", "mail", "send-again")),
        "/admin/model_retirement/teamnotice/unreachable/",
        *rows,
        *(
            f"/admin/model_retirement_data_migrations/custommigration/{migration}/{page}/"
            for page in ("change", "mark", "unmark")
        ),
    ]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
