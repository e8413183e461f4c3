"""Admin of models, and the records of what removals did to them and what teams were told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from apps.service_providers.models import (
    LlmProviderModel,
    RemovalRun,
    RemovedModel,
    TeamMessage,
    TeamNotice,
    TeamTokenLimit,
)
from apps.teams.plain_admin import NullFilter, PlainAdmin, ReadOnlyAdmin, ReadOnlyInline

if TYPE_CHECKING:
    from django.db.models import ForeignKey
    from django.forms import ModelChoiceField
    from django.http import HttpRequest


class CustomFilter(NullFilter):
    """Models of the catalogue or of teams."""

    title = "whose"
    parameter_name = "custom"
    field = "team"
    null = "Global"
    not_null = "Custom, of a team"


@admin.register(LlmProviderModel)
class LlmProviderModelAdmin(PlainAdmin):
    """Models. Global ones come from the catalogue and are read here; custom ones can be added and deprecated.

    None is deleted here: a removal moves what points at the model, a deletion by hand would leave ids in JSON behind.
    """

    fields = ["team", "type", "name", "max_token_limit", "deprecated", "created_at"]
    list_display = ["name", "type", "whose", "max_token_limit", "state"]
    list_filter = [CustomFilter, "deprecated", "type"]
    list_select_related = ["team"]
    search_fields = ["name", "type", "team__name", "team__slug"]
    autocomplete_fields = ["team"]
    ordering = ["type", "name", "pk"]

    @admin.display(ordering="team__name")
    def whose(self, model: LlmProviderModel) -> str:
        """Return the name of the team, or that the model is everybody's."""
        return str(model.team) if model.team else "global"

    @admin.display(ordering="deprecated")
    def state(self, model: LlmProviderModel) -> str:
        """Return the state in the words of the lifecycle."""
        return "deprecated" if model.deprecated else "active"

    def get_readonly_fields(self, _request: HttpRequest, obj: LlmProviderModel | None = None) -> list[str]:
        if obj is None:
            return ["created_at"]
        identity = ["team", "type", "name", "created_at"]
        return identity if obj.team_id is not None else [*identity, "max_token_limit", "deprecated"]

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        # The only key is the team: without one a model is global, and those are declared in the catalogue.
        return super().formfield_for_foreignkey(db_field, request, **{**kwargs, "required": True})

    def has_delete_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        return False


@admin.register(TeamTokenLimit)
class TeamTokenLimitAdmin(PlainAdmin):
    """Token limits that teams chose for global models."""

    list_display = ["team", "type", "name", "max_token_limit"]
    list_filter = ["type"]
    list_select_related = ["team"]
    search_fields = ["name", "team__name", "team__slug"]
    autocomplete_fields = ["team"]


class RemovedModelInline(ReadOnlyInline):
    """The models of the removal."""

    model = RemovedModel
    fields = ["provider", "name", "model_id", "max_token_limit", "replacement", "removed_at", "restored_at"]


@admin.register(RemovalRun)
class RemovalRunAdmin(ReadOnlyAdmin):
    """Removals and the models that each one took out."""

    list_display = ["__str__", "started_at", "finished_at", "triggered_by", "restored_at"]
    list_filter = ["started_at", ("finished_at", admin.EmptyFieldListFilter)]
    search_fields = ["triggered_by", "models__name"]
    inlines = [RemovedModelInline]


@admin.register(TeamNotice)
class TeamNoticeAdmin(ReadOnlyAdmin):
    """What teams were told about models."""

    list_display = ["team", "event", "provider", "name", "replacement", "retires_on", "created_at"]
    list_filter = ["event", "provider"]
    list_select_related = ["team"]
    search_fields = ["name", "team__name", "team__slug"]


@admin.register(TeamMessage)
class TeamMessageAdmin(ReadOnlyAdmin):
    """E-mails to teams: waiting, sent and given up."""

    list_display = ["team", "status", "attempts", "created_at", "sent_at", "last_error"]
    list_filter = ["status"]
    list_select_related = ["team"]
    search_fields = ["team__name", "team__slug"]
