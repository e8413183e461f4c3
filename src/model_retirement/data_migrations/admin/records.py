"""The records of data migrations: what waits, what ran, what failed; marked and unmarked by those who may."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from model_retirement.data_migrations import finding, results, run_once
from model_retirement.data_migrations.admin.pages import Action, Pages, ReadOnly, Refused
from model_retirement.data_migrations.admin.words import (
    badge,
    counted,
    counted_kind,
    duration,
    first_line,
    link,
)
from model_retirement.data_migrations.code_words import with_code
from model_retirement.data_migrations.models import CustomMigration, CustomMigrationRun
from model_retirement.data_migrations.options import in_words
from model_retirement.wording import translated, translated_reason

if TYPE_CHECKING:
    from django.http import HttpRequest

RUNS_SHOWN = 20

TONES = {
    CustomMigration.Status.PENDING: "warn",
    CustomMigration.Status.RUNNING: "busy",
    CustomMigration.Status.APPLIED: "good",
    CustomMigration.Status.FAILED: "bad",
    CustomMigration.Status.FAKED: "quiet",
}
RUN_TONES = {
    CustomMigrationRun.Status.RUNNING: "busy",
    CustomMigrationRun.Status.SUCCEEDED: "good",
    CustomMigrationRun.Status.FAILED: "bad",
    CustomMigrationRun.Status.LOST: "bad",
    CustomMigrationRun.Status.FAKED: "quiet",
}


INTERRUPTED = Q(status=CustomMigration.Status.RUNNING) & (Q(lease_expires_at=None) | Q(lease_expires_at__lte=Now()))
FAILED_OR_INTERRUPTED = Q(status=CustomMigration.Status.FAILED) | INTERRUPTED


def is_interrupted(migration: CustomMigration) -> bool:
    """Return whether the process that was at it has died: its claim has ended, and it has not recorded an end."""
    return migration.status == CustomMigration.Status.RUNNING and not migration.is_held


def status_badge(migration: CustomMigration) -> SafeString:
    """Return the state of a data migration for people."""
    if is_interrupted(migration):
        return badge("bad", gettext("Interrupted"))
    status = CustomMigration.Status(migration.status)
    return badge(TONES[status], str(status.label))


def run_badge(run: CustomMigrationRun) -> SafeString:
    """Return the state of an attempt for people."""
    status = CustomMigrationRun.Status(run.status)
    return badge(RUN_TONES[status], str(status.label))


def _outcome(run: CustomMigrationRun) -> str:
    return first_line(run.error) or first_line(", ".join(filter(None, [counted(run.counts), _more(run)])))


def _more(run: CustomMigrationRun) -> str:
    """Return what the work returned beside numbers."""
    return results.kept_in_words({}, run.result)


def _refusing(work: Callable[[CustomMigration, str], str]) -> Callable[[CustomMigration, str], str]:
    """Turn what stops a mark or an unmark into a refusal for the page."""

    @functools.wraps(work)
    def carry_out(migration: CustomMigration, who: str) -> str:
        try:
            return work(migration, who)
        except (run_once.AlreadyApplied, run_once.HeldByAnother) as error:
            raise Refused(translated_reason(error)) from error

    return carry_out


@_refusing
def _mark(migration: CustomMigration, who: str) -> str:
    run_once.mark(name=migration.name, triggered_by=who, using=DEFAULT_DB_ALIAS)
    return gettext("%(name)s was marked as applied; nothing was done.") % {"name": migration.name}


@_refusing
def _unmark(migration: CustomMigration, who: str) -> str:
    run_once.unmark(name=migration.name, triggered_by=who, using=DEFAULT_DB_ALIAS)
    done = gettext("%(name)s was set back to pending; the next migrate or custom_migrations run does it.")
    return done % {"name": migration.name}


def _consequences(migration: CustomMigration) -> Mapping[str, Any]:
    if migration.is_held:
        facts = {"name": migration.name, "holder": migration.lease_holder}
        raise Refused(gettext("%(name)s is running, by %(holder)s. Wait until that has ended.") % facts)
    command, separator, _unit = migration.name.partition(run_once.UNIT_SEPARATOR)
    return {"command": command if separator else "", "status": status_badge(migration)}


class RecordStateFilter(admin.SimpleListFilter):
    """What became of data migrations, as the list says it: one that was interrupted is not running."""

    FAILED_OR_INTERRUPTED = "failed-or-interrupted"

    title = _("state")
    parameter_name = "state"

    def lookups(self, *_args: Any) -> list[tuple[str, str]]:
        statuses = [(status.value, str(status.label)) for status in CustomMigration.Status]
        return [
            *statuses,
            ("interrupted", gettext("Interrupted")),
            (self.FAILED_OR_INTERRUPTED, gettext("Failed or interrupted")),
        ]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case self.FAILED_OR_INTERRUPTED:
                return queryset.filter(FAILED_OR_INTERRUPTED)
            case "interrupted":
                return queryset.filter(INTERRUPTED)
            case status if status in CustomMigration.Status.values:
                return queryset.filter(~INTERRUPTED, status=status)
        return queryset


@admin.register(CustomMigration)
class CustomMigrationAdmin(ReadOnly, Pages):
    """Data migrations. What became of one is written by its work; by hand it can be marked and unmarked."""

    list_display = ["name", "state", "attempts", "took", "applied_at", "requested_by", "error"]
    list_filter = [RecordStateFilter]
    list_per_page = 50
    search_fields = ["name", "requested_by"]
    fields = [
        "name",
        "state",
        "requested_by",
        "requested_at",
        "with_options",
        "applied_at",
        "lease_holder",
        "lease_expires_at",
    ]
    readonly_fields = ["state", "with_options"]
    page_actions = (
        Action(
            name="mark",
            label=_("Mark as applied"),
            permission="model_retirement_data_migrations.manage_custommigration",
            possible=lambda migration: migration.status in {"pending", "failed"} or is_interrupted(migration),
            template="model_retirement_data_migrations/mark.html",
            preview=_consequences,
            carry_out=_mark,
        ),
        Action(
            name="unmark",
            label=_("Set back to pending"),
            permission="model_retirement_data_migrations.manage_custommigration",
            possible=lambda migration: migration.status in {"applied", "failed", "faked"},
            template="model_retirement_data_migrations/unmark.html",
            preview=_consequences,
            carry_out=_unmark,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        last = CustomMigrationRun.objects.filter(migration=OuterRef("pk")).order_by("-id")
        failed = last.exclude(error="")
        records: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(
                run_count=Count("runs"),
                last_started=Subquery(last.values("started_at")[:1]),
                last_finished=Subquery(last.values("finished_at")[:1]),
                last_error=Subquery(failed.values("error")[:1]),
            )
        )
        return records

    @admin.display(description=_("state"), ordering="status")
    def state(self, migration: CustomMigration) -> SafeString:
        """Return what became of it."""
        return status_badge(migration)

    @admin.display(description=_("options"))
    def with_options(self, migration: CustomMigration) -> str:
        """Return the options of the last request."""
        return in_words(migration.options) or gettext("none")

    @admin.display(description=_("attempts"), ordering="run_count")
    def attempts(self, migration: Any) -> int:
        """Return how often it was tried."""
        return int(migration.run_count)

    @admin.display(description=_("last took"))
    def took(self, migration: Any) -> str:
        """Return how long the last attempt took."""
        return duration(migration.last_started, migration.last_finished)

    @admin.display(description=_("error"))
    def error(self, migration: Any) -> str:
        """Return what stopped it, as long as it has not succeeded since."""
        return with_code(first_line(migration.last_error or "")) if migration.status in {"failed", "running"} else ""

    def more_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        may_see = request.user.has_perm("model_retirement_data_migrations.view_custommigrationrun")
        problem = finding.missing(record.name)
        runs = list(record.runs.all()[: RUNS_SHOWN + 1]) if may_see else []
        every = reverse("admin:model_retirement_data_migrations_custommigrationrun_changelist")
        return {
            "may_see_attempts": may_see,
            "attempts": [
                (run, run_badge(run), duration(run.started_at, run.finished_at), _outcome(run))
                for run in runs[:RUNS_SHOWN]
            ],
            "all_attempts": f"{every}?migration__id__exact={record.pk}" if len(runs) > RUNS_SHOWN else "",
            "command_problem": with_code(f"{translated(problem.reason)}. {translated(problem.next_step)}")
            if problem
            else "",
        }


@admin.register(CustomMigrationRun)
class CustomMigrationRunAdmin(ReadOnly, Pages):
    """Attempts at data migrations."""

    list_display = ["__str__", "state", "started_at", "took", "triggered_by", "what", "code_version"]
    list_filter = ["status"]
    linked_lookups = ("migration__id__exact",)
    list_per_page = 50
    list_select_related = ["migration"]
    search_fields = ["migration__name", "triggered_by"]
    fields = ["of", "state", "started_at", "finished_at", "took", "triggered_by", "code_version"]
    readonly_fields = ["of", "state", "took"]

    @admin.display(description=_("data migration"))
    def of(self, run: CustomMigrationRun) -> SafeString:
        """Return the data migration with a link to it."""
        return link(
            reverse("admin:model_retirement_data_migrations_custommigration_change", args=[run.migration_id]),
            str(run.migration),
        )

    @admin.display(description=_("state"), ordering="status")
    def state(self, run: CustomMigrationRun) -> SafeString:
        """Return how it ended."""
        return run_badge(run)

    @admin.display(description=_("took"))
    def took(self, run: CustomMigrationRun) -> str:
        """Return how long it took."""
        return duration(run.started_at, run.finished_at)

    @admin.display(description=_("done or error"))
    def what(self, run: CustomMigrationRun) -> str:
        """Return what it did, or why it failed."""
        return with_code(_outcome(run))

    def more_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        return {
            "counts": [(counted_kind(kind), f"{number:,}") for kind, number in record.counts.items()],
            "more": _more(record),
        }
