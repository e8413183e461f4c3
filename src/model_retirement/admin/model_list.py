"""The list of models: what each row stands for in the catalogue, how much it is used, and filters and orders by that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db import DEFAULT_DB_ALIAS
from django.db.models import BigIntegerField, F, Func, Q, TextField, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from model_retirement.admin.plain import NullFilter
from model_retirement.catalogue import view as llm_catalogue
from model_retirement.catalogue.lifecycle import State, utc_today
from model_retirement.host_models import llm_models
from model_retirement.keys import Key, spelled
from model_retirement.lifecycle import Lifecycles
from model_retirement.references import registry
from model_retirement.references.usage import Usage, count, pointing_now

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class NumberById(Func):
    """The number that a mapping has for a row's primary key; 0 for rows that it does not name.

    One parameter, however many rows: a chain of conditions would grow with them.
    """

    output_field = BigIntegerField()

    def __init__(self, numbers: Mapping[Key, int]) -> None:
        by_text = {text: number for key, number in numbers.items() for text in spelled(key)}
        super().__init__(Value(json.dumps(by_text)), Cast(F("pk"), TextField()))

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Return the look-up in PostgreSQL's JSON."""
        template = "COALESCE((%(expressions)s)::bigint, 0)"
        return self.as_sql(compiler, connection, template=template, arg_joiner="::jsonb ->> ", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Return the look-up in SQLite's JSON."""
        template = "COALESCE(json_extract(%(expressions)s || '\"'), 0)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=", '$.\"' || ", **context)


def usage_of(model_ids: list[Key]) -> Usage:
    """Return how much models are used; one query per reference."""
    return count(
        registry=registry, pairs=pointing_now(model_ids=model_ids, using=DEFAULT_DB_ALIAS), using=DEFAULT_DB_ALIAS
    )


def with_use(models: QuerySet[Any]) -> QuerySet[Any]:
    """Add ``reference_count`` and ``team_count`` to every model of the query."""
    usage = usage_of(list(llm_models(using=DEFAULT_DB_ALIAS).values_list("pk", flat=True)))
    references = {pk: sum(by_label.values()) for pk, by_label in usage.references.items()}
    teams = {pk: len(team_ids) for pk, team_ids in usage.teams.items()}
    counted: QuerySet[Any] = models.annotate(reference_count=NumberById(references), team_count=NumberById(teams))
    return counted


def global_ids() -> dict[tuple[str, str], int]:
    """Return the primary keys of the global models by provider and name."""
    rows = llm_models(using=DEFAULT_DB_ALIAS).filter(team=None)
    return {(provider, name): pk for provider, name, pk in rows.values_list("type", "name", "pk")}


class ModelChangeList(ChangeList):
    """Django's list, with the lifecycle of the rows that it shows."""

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        self.root_queryset = with_use(self.root_queryset)
        return super().get_queryset(request, *args, **kwargs)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        add_lifecycles(self.result_list)


def add_lifecycles(rows: list[Any]) -> None:
    """Note on each row where it stands, and the primary key of the model that takes over; one query."""
    lifecycles, ids = Lifecycles(today=utc_today()), global_ids()
    for row in rows:
        row.lifecycle = lifecycles.of(row)
        row.replacement_id = ids.get((row.type, row.lifecycle.replacement))


def state_name(state: State) -> str:
    """Return the name of a state of a model's life."""
    names = {
        State.ACTIVE: gettext("Active"),
        State.LEGACY: gettext("Legacy"),
        State.DEPRECATED: gettext("Deprecated"),
        State.RETIRED: gettext("Retired"),
    }
    return names[state]


class CustomFilter(NullFilter):
    """Models of the catalogue or of teams."""

    title = _("scope")
    parameter_name = "custom"
    field = "team"
    null = _("Global")
    not_null = _("Custom, of a team")


class ProviderFilter(admin.ChoicesFieldListFilter):
    """Providers, called as people call them: the column's name says what the code calls them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("provider")


class LifecycleFilter(admin.SimpleListFilter):
    """Where models stand. The dates are in the catalogue, so global ones are found by their primary keys."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, *_args: Any) -> list[tuple[str, str]]:
        return [(state.value, state_name(state)) for state in State]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = next((state for state in State if state.value == self.value()), None)
        if state is None:
            return queryset
        lifecycles = Lifecycles(today=utc_today())
        global_models = llm_models(using=DEFAULT_DB_ALIAS).filter(team=None)
        ids = [row.pk for row in global_models if lifecycles.of(row).state is state]
        custom = {State.ACTIVE: Q(deprecated=False), State.DEPRECATED: Q(deprecated=True)}
        flag = custom.get(state)
        return queryset.filter(Q(pk__in=ids) | Q(team__isnull=False) & flag if flag else Q(pk__in=ids))


class RemovalListFilter(admin.SimpleListFilter):
    """Global models that ``DELETED_MODELS`` lists, and all others."""

    title = _("removal list")
    parameter_name = "listed"

    def lookups(self, *_args: Any) -> list[tuple[str, str]]:
        return [("yes", gettext("On it")), ("no", gettext("Not on it"))]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"yes", "no"}:
            return queryset
        catalogue = llm_catalogue.read()
        listed = Q(pk__in=[pk for key, pk in global_ids().items() if catalogue.find_removal(*key)])
        return queryset.filter(listed if self.value() == "yes" else ~listed)


class InUseFilter(admin.SimpleListFilter):
    """Models that something points at."""

    title = _("in use")
    parameter_name = "used"

    def lookups(self, *_args: Any) -> list[tuple[str, str]]:
        return [("yes", gettext("In use")), ("no", gettext("Not in use"))]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "yes":
                return queryset.filter(reference_count__gt=0)
            case "no":
                return queryset.filter(reference_count=0)
        return queryset
