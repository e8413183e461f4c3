"""Removals: what each one took out, whom it concerned, what it changed; undone by those who may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from model_retirement import conf
from model_retirement.admin import journal_pages, restoring
from model_retirement.admin.links import Links, existing_models
from model_retirement.admin.messages import deliveries
from model_retirement.catalogue.lifecycle import retirement_words, utc_today
from model_retirement.data_migrations.admin.pages import Action, Pages, ReadOnly
from model_retirement.data_migrations.admin.words import badge, duration
from model_retirement.models import ReferenceChange, RemovalRun, TeamNotice
from model_retirement.notices.kinds import headline
from model_retirement.references import registry
from model_retirement.removal import overview
from model_retirement.removal_records import running
from model_retirement.wording import counted, first_of, translated

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

TEAMS_PER_PAGE = 25
MODELS_NAMED = 3


class EndFilter(admin.SimpleListFilter):
    """How far removals got."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, *_args: Any) -> list[tuple[str, str]]:
        return [
            ("finished", gettext("Finished")),
            ("restored", gettext("Restored")),
            ("unfinished", gettext("Not finished")),
        ]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "finished":
                return queryset.filter(finished_at__isnull=False, restored_at=None)
            case "restored":
                return queryset.filter(restored_at__isnull=False)
            case "unfinished":
                return queryset.filter(finished_at=None)
        return queryset


@admin.register(RemovalRun)
class RemovalRunAdmin(ReadOnly, Pages):
    """Removals, newest first."""

    list_display = ["__str__", "state", "models", "references", "teams", "started_at", "took", "triggered_by"]
    list_filter = [EndFilter, "started_at"]
    list_per_page = 25
    search_fields = ["triggered_by", "models__name"]
    ordering = ["-pk"]
    fields = [
        "state",
        "started_at",
        "finished_at",
        "took",
        "triggered_by",
        "code_version",
        "restored_at",
        "journal_pruned_at",
    ]
    readonly_fields = ["state", "took"]
    page_actions = (
        Action(
            name="restore",
            label=_("Restore"),
            permission="model_retirement.restore_removalrun",
            possible=lambda run: (
                not (
                    (run.restored_at and not restoring.is_partial(run))
                    or run.journal_pruned_at
                    or (run.is_alive and not run.finished_at)
                )
            ),
            template="model_retirement/admin/restore.html",
            preview=restoring.preview,
            carry_out=restoring.carry_out,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        labels = [reference.label for reference in registry]
        changes = ReferenceChange.objects.filter(removed_model__run=OuterRef("pk"), reference__in=labels).order_by()
        notices = TeamNotice.objects.filter(run=OuterRef("pk"), event=TeamNotice.Event.REMOVED).order_by()
        runs: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .prefetch_related("models")
            .annotate(
                reference_count=_one(changes.values("removed_model__run").annotate(n=Sum("object_count"))),
                team_count=_one(notices.values("run").annotate(n=Count("team", distinct=True))),
                is_alive=Exists(running(using=DEFAULT_DB_ALIAS)),
            )
        )
        return runs

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Return the fields without the times of what has not happened."""
        absent = [name for name in ("restored_at", "journal_pruned_at") if getattr(obj, name, None) is None]
        return [name for name in super().get_fields(request, obj) if name not in absent]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:object_id>/journal/", view(self.journal), name=self.url_name("journal")),
            path("<int:object_id>/journal/<int:change_id>/", view(self.journal_entry), name=self.url_name("entry")),
            *super().get_urls(),
        ]

    @admin.display(description=_("state"), ordering="finished_at")
    def state(self, run: Any) -> SafeString:
        """Return how far it got."""
        if restoring.is_partial(run):
            return badge("warn", gettext("Partly restored"))
        if run.restored_at is not None:
            return badge("quiet", gettext("Restored"))
        if run.finished_at is not None:
            return badge("good", gettext("Finished"))
        return badge("busy", gettext("Running")) if run.is_alive else badge("bad", gettext("Interrupted"))

    @admin.display(description=_("took"))
    def took(self, run: RemovalRun) -> str:
        """Return how long it took from the first start to the end."""
        return duration(run.started_at, run.finished_at)

    @admin.display(description=_("models"))
    def models(self, run: RemovalRun) -> str:
        """Return which models it took out."""
        return str(translated(first_of(list(run.models.all()), MODELS_NAMED)))

    @admin.display(description=_("references"))
    def references(self, run: Any) -> str:
        """Return how many references it moved or cleared, as long as the journal tells."""
        return gettext("pruned") if run.journal_pruned_at else f"{run.reference_count:,}"

    @admin.display(description=_("teams"))
    def teams(self, run: Any) -> str:
        """Return how many teams it concerned."""
        return f"{run.team_count:,}"

    def more_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        links, today = Links(request), utc_today()
        lines = overview.model_lines(run=record, registry=registry, using=DEFAULT_DB_ALIAS)
        named = {key for line in lines for key in (line.removed.model_id, line.removed.replacement_id)}
        existing = existing_models(named - {None})
        context: dict[str, Any] = {
            "lines": [
                {
                    "line": line,
                    "model": links.to(
                        conf.llm_model_label(),
                        line.removed.model_id if line.removed.model_id in existing else None,
                        str(line.removed),
                    ),
                    "replacement": links.to(
                        conf.llm_model_label(),
                        line.removed.replacement_id if line.removed.replacement_id in existing else None,
                        line.removed.replacement,
                    ),
                    "retirement": translated(retirement_words(line.removed.retires_on, today=today)),
                    "settings": [(change.words.translated(), number) for change, number in line.settings.items()],
                    "references": sum(line.references.values()),
                    "through": [(label.split("."), number) for label, number in line.references.items()],
                    "journal": f"{self.link('journal', record.pk)}?model={line.removed.pk}",
                }
                for line in lines
            ],
            "journal": self.link("journal", record.pk),
        }
        if links.may_open("model_retirement.TeamNotice"):
            context |= self._teams(request, record, links)
        if links.may_open("model_retirement.TeamMessage"):
            context["deliveries"] = deliveries(record)
        return context

    def _teams(self, request: HttpRequest, run: RemovalRun, links: Links) -> dict[str, Any]:
        pages = Paginator(overview.teams_of(run=run, using=DEFAULT_DB_ALIAS), TEAMS_PER_PAGE)
        shown = pages.get_page(request.GET.get("p"))
        return {
            "teams_page": shown,
            "teams_shown": [
                {
                    "line": line,
                    "team": links.to(conf.team_model_label(), line.team_id, line.name),
                    "resources": [
                        gettext("at least %(resources)s") % {"resources": headline(kind, number)}
                        if kind in line.more
                        else headline(kind, number)
                        for kind, number in sorted(line.resources.items())
                    ]
                    + ([_idle_words(line.idle)] if line.idle else []),
                    "messages": [
                        links.to("model_retirement.TeamMessage", message.pk, message.get_status_display())
                        for message in line.messages
                    ],
                }
                for line in overview.team_lines(run=run, teams=list(shown), using=DEFAULT_DB_ALIAS)
            ],
        }

    def journal(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show what a removal changed, batch by batch."""
        run: Any = self.record(request, object_id)
        context = journal_pages.journal(request, run, entry_path=lambda pk: self.link("entry", run.pk, pk))
        return self.page(
            request,
            "model_retirement/admin/journal.html",
            context,
            title=gettext("Journal of removal %(run)s") % {"run": run.pk},
            record=run,
        )

    def journal_entry(self, request: HttpRequest, object_id: int, change_id: int) -> HttpResponse:
        """Show one entry of the journal with all its rows."""
        run: Any = self.record(request, object_id)
        context = journal_pages.entry(request, run, change_id)
        title = gettext("Entry %(entry)s of the journal of removal %(run)s") % {"entry": change_id, "run": run.pk}
        return self.page(request, "model_retirement/admin/journal_entry.html", context, title=title, record=run)


def _one(rows: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(rows.values("n")), 0)


def _idle_words(number: int) -> str:
    return counted("%(number)s archived or published version", "%(number)s archived and published versions", number)
