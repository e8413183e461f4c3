"""``load_demo``: fill a fresh development database with believable tenants."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from apps.demo.tenants import DemoRefusedError, DemoReport, load
from model_retirement.catalogue.view import CatalogueError
from model_retirement.data_migrations.project_command import ProjectCommand


class Command(ProjectCommand):
    """Words around :func:`apps.demo.tenants.load`."""

    help = "Fills a fresh development database with believable tenants, the same for the same seed, and a staff user."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--teams", type=int, default=8, help="how many teams (%(default)s)")
        parser.add_argument(
            "--nodes", type=int, default=200, help="how many nodes of pipelines, versions included (%(default)s)"
        )
        parser.add_argument("--seed", type=int, default=1, help="another number gives other tenants (%(default)s)")

    def handle(self, *, teams: int, nodes: int, seed: int, **_options: Any) -> None:
        try:
            report = load(teams=teams, nodes=nodes, seed=seed)
        except (CatalogueError, DemoRefusedError) as error:
            raise CommandError(str(error)) from error
        for line in summary(report):
            self.stdout.write(line)


def summary(report: DemoReport) -> list[str]:
    """Return what was made in a few lines for people."""
    return [
        f"Made {report.teams} teams with {report.users} users.",
        f"  {report.chatbots} chatbots, {report.pipelines} pipelines with {report.nodes} nodes, "
        f"{report.assistants} assistants; of these {report.published_versions} are published versions "
        f"and {report.archived} archived.",
        f"  {report.evaluators} evaluators, {report.transcript_analyses} transcript analyses, "
        f"{report.collections} collections, {report.custom_models} custom models.",
        f"  {report.nodes_on_models_to_remove} nodes use one of {report.models_to_remove} models on the removal list.",
        f"Log in at {settings.SITE_URL}/admin/ as {report.staff_email} with the password {report.staff_password!r}.",
    ]
