"""What teams were told about models, and the teams that nobody can be told for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import DEFAULT_DB_ALIAS
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from model_retirement import answers, conf
from model_retirement.admin.links import Links
from model_retirement.admin.messages import message_badge
from model_retirement.admin.plain import TEAM_SEARCH, NullFilter
from model_retirement.catalogue.lifecycle import retirement_words, utc_today
from model_retirement.data_migrations.admin.pages import Pages, ReadOnly
from model_retirement.data_migrations.admin.words import badge
from model_retirement.host_models import llm_models, name_of
from model_retirement.models import TeamMessage, TeamNotice
from model_retirement.notices import compose, unreachable
from model_retirement.notices.payload import Payload
from model_retirement.notices.stages import stage_words
from model_retirement.wording import translated

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

Event = TeamNotice.Event

TONES = {Event.REMOVED: "quiet", Event.RESTORED: "good", Event.DEPRECATED: "warn"}
TEAMS_PER_PAGE = 50


class WaitingFilter(NullFilter):
    """Notices that are in an e-mail, and those that wait."""

    title = _("told")
    parameter_name = "told"
    field = "messages"
    null = _("Waiting")
    not_null = _("In an e-mail")


class NoticeProviderFilter(admin.SimpleListFilter):
    """Providers by the names that people know; the column has no choices, for it outlives them."""

    title = _("provider")
    parameter_name = "provider"

    def lookups(self, *_args: Any) -> list[tuple[str, str]]:
        return list(answers.providers())

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(provider=self.value()) if self.value() else queryset


def event_badge(notice: TeamNotice) -> SafeString:
    """Return what happened, for people; of a deprecation, the stage that the team is told at."""
    event = Event(notice.event)
    pill = badge(TONES[event], str(event.label))
    return format_html('{} <span class="when">{}</span>', pill, stage_words(notice.stage)) if notice.stage else pill


@admin.register(TeamNotice)
class TeamNoticeAdmin(ReadOnly, Pages):
    """Notices, newest first."""

    list_display = ["team", "llm_model", "what", "delivery", "replacement", "retires", "created_at"]
    list_display_links = ["team", "llm_model"]
    list_filter = ["event", WaitingFilter, NoticeProviderFilter]
    linked_lookups = ("provider__exact", "name__exact", "stage__exact", "run__id__exact")
    list_per_page = 50
    list_select_related = ["team"]
    search_fields = ["name", *TEAM_SEARCH]
    ordering = ["-pk"]
    fields = ["what", "llm_model", "replacement", "retires", "delivery", "created_at"]
    readonly_fields = ["what", "llm_model", "retires", "delivery"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TeamNotice]:
        return super().get_queryset(request).prefetch_related("messages")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.unreachable)
        return [path("unreachable/", view, name=self.url_name("unreachable")), *super().get_urls()]

    @admin.display(description=_("event"), ordering="event")
    def what(self, notice: TeamNotice) -> SafeString:
        """Return what happened."""
        return event_badge(notice)

    @admin.display(description=_("model"), ordering="name")
    def llm_model(self, notice: TeamNotice) -> str:
        """Return the model's full name."""
        return f"{notice.provider}/{notice.name}"

    @admin.display(description=_("retirement"), ordering="retires_on")
    def retires(self, notice: TeamNotice) -> str:
        """Return when the provider switches the model off, seen from today."""
        is_earliest = Payload.read(notice.payload).retires_on_is_earliest
        return str(translated(retirement_words(notice.retires_on, today=utc_today(), is_earliest=is_earliest)))

    @admin.display(description=_("told"))
    def delivery(self, notice: TeamNotice) -> SafeString:
        """Return the state of the e-mail that tells of it."""
        carrier = notice.message
        return message_badge(carrier) if carrier else badge("warn", gettext("Waiting"))

    def more_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        links = Links(request)
        model = llm_models(using=DEFAULT_DB_ALIAS).filter(team=None, type=record.provider, name=record.name).first()
        alone = TeamMessage(team=record.team)
        carrier = record.message
        return {
            "text": compose.compose(message=alone, notices=[record], part=0, to=[], using=DEFAULT_DB_ALIAS).body,
            "model_link": links.to(
                conf.llm_model_label(), model.pk if model else None, f"{record.provider}/{record.name}"
            ),
            "team_link": links.to(conf.team_model_label(), record.team_id, name_of(record.team)),
            "message_link": links.to("model_retirement.TeamMessage", carrier.pk, str(carrier)) if carrier else "",
            "run_link": links.to("model_retirement.RemovalRun", record.run_id, str(record.run)) if record.run else "",
        }

    def unreachable(self, request: HttpRequest) -> HttpResponse:
        """List the teams without an admin who can be written to, those that have something to hear first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        links = Links(request)
        page = Paginator(unreachable.teams(using=DEFAULT_DB_ALIAS), TEAMS_PER_PAGE).get_page(request.GET.get("p"))
        rows = [(links.to(conf.team_model_label(), team.id, team.name), team) for team in page]
        context = {"page": page, "rows": rows}
        return self.page(
            request,
            "model_retirement/admin/unreachable.html",
            context,
            title=gettext("Teams without a reachable admin"),
        )
