"""What needs the attention of staff today, as far as the one who asks may see it."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Exists
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from model_retirement import conf, dangling
from model_retirement.admin.links import Links, list_of_models
from model_retirement.admin.model_list import usage_of
from model_retirement.catalogue import view as llm_catalogue
from model_retirement.catalogue.lifecycle import Lifecycle, State, utc_today
from model_retirement.data_migrations.admin.records import FAILED_OR_INTERRUPTED, RecordStateFilter
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.host_models import llm_models
from model_retirement.keys import Key
from model_retirement.lifecycle import Lifecycles
from model_retirement.models import RemovalRun, TeamMessage
from model_retirement.notices import unreachable
from model_retirement.notices.kinds import kind_name
from model_retirement.references import Reference, registry
from model_retirement.removal import closing
from model_retirement.removal_records import running
from model_retirement.wording import counted, translated

SOON = 30
"""Days to a retirement."""

NAMED = 5
"""Things that a finding names; the others are counted."""


@dataclasses.dataclass(frozen=True)
class Item:
    """One thing that a finding is about.

    :param name: the thing, with a link if the user may follow it
    """

    name: str
    remark: str


@dataclasses.dataclass(frozen=True)
class AttentionItem:
    """Something that needs attention.

    :param tone: ``bad`` if it is broken already, ``warn`` if it will be
    :param path: where all of it is listed
    :param more: number of things beside ``items``
    """

    tone: str
    words: str
    path: str
    items: tuple[Item, ...] = ()
    more: int = 0


def findings(request: HttpRequest) -> list[AttentionItem] | None:
    """Return what needs attention, or None if the user may see nothing that could; a constant number of queries."""
    links = Links(request)
    unguarded = dangling.unguarded(registry=registry, using=DEFAULT_DB_ALIAS)
    kinds: list[tuple[Iterable[str], Callable[[Links], Iterable[AttentionItem]]]] = [
        ([conf.llm_model_label()], lambda links: (*_staying_models(links), *_models(links))),
        ({reference.resource_label for reference in unguarded}, partial(_dangling_ids, unguarded=unguarded)),
        (["model_retirement_data_migrations.CustomMigration"], _data_migrations),
        (["model_retirement.RemovalRun"], _removals),
        (["model_retirement.TeamMessage"], _messages),
        (["model_retirement.TeamNotice"], _teams),
    ]
    allowed = [find for labels, find in kinds if any(map(links.may_open, labels))]
    items = [finding for find in allowed for finding in find(links)]
    items.sort(key=lambda finding: finding.tone != "bad")
    return items if allowed else None


def _models(links: Links) -> Iterator[AttentionItem]:
    lifecycles = Lifecycles(today=utc_today())
    rows = llm_models(using=DEFAULT_DB_ALIAS).filter(team=None).order_by("type", "name")
    going = [(row, lifecycle) for row in rows if _is_going(lifecycle := lifecycles.of(row))]
    used = usage_of([row.pk for row, _ in going]).references if going else {}
    counts = {pk: sum(by_label.values()) for pk, by_label in used.items()}
    going = [(row, lifecycle) for row, lifecycle in going if row.pk in counts]
    dated = sorted(
        ((row, lifecycle) for row, lifecycle in going if _is_near(lifecycle)), key=lambda pair: _days(pair[1])
    )
    used_by = {pk: counted("%(number)s reference", "%(number)s references", number) for pk, number in counts.items()}
    said = {
        row.pk: (row.pk, str(row), "; ".join(filter(None, (translated(lifecycle.words), used_by[row.pk]))))
        for row, lifecycle in going
    }
    past = [said[row.pk] for row, lifecycle in dated if lifecycle.state is State.RETIRED]
    due = [said[row.pk] for row, lifecycle in dated if lifecycle.state is not State.RETIRED]
    listed = [said[row.pk] for row, lifecycle in going if lifecycle.to_be_removed]
    by_date = list_of_models(page="deprecated")
    if past:
        words = counted(
            "%(number)s model past the date and still in use",
            "%(number)s models past the date and still in use",
            len(past),
        )
        yield _model_finding("bad", words, by_date, past, links=links)
    if due:
        words = counted(
            "%(number)s model in use, due within %(days)s days",
            "%(number)s models in use, due within %(days)s days",
            len(due),
            days=SOON,
        )
        yield _model_finding("warn", words, by_date, due, links=links)
    if listed:
        path = list_of_models(query="?listed=yes&used=yes")
        words = counted(
            "%(number)s model on the removal list and still in use",
            "%(number)s models on the removal list and still in use",
            len(listed),
        )
        yield _model_finding("warn", words, path, listed, links=links)


def _staying_models(links: Links) -> Iterator[AttentionItem]:
    """Yield listed models that are in the table and that nothing is about to take out, used or not."""
    staying = closing.staying(catalogue=llm_catalogue.read(), using=DEFAULT_DB_ALIAS)
    if not (staying.returned or staying.unasked):
        return
    pks = {str(row): row.pk for row in llm_models(using=DEFAULT_DB_ALIAS).filter(team=None)}
    removes_it = gettext("`remove_deprecated_models` removes it")
    left = [(str(model), removes_it) for model in staying.returned if not model.closed]
    unasked = [(name, removes_it) for name in staying.unasked]
    kept = [(str(model), translated(model.closed)) for model in staying.returned if model.closed]
    left_words = counted(
        "%(number)s model in the table although the removal is recorded as done",
        "%(number)s models in the table although the removal is recorded as done",
        len(left),
    )
    unasked_words = counted(
        "%(number)s model on the removal list whose removal nobody has asked for",
        "%(number)s models on the removal list whose removal nobody has asked for",
        len(unasked),
    )
    kept_words = counted(
        "%(number)s model on the removal list and kept", "%(number)s models on the removal list and kept", len(kept)
    )
    path = list_of_models(query="?listed=yes")
    for tone, words, models in (
        ("bad", left_words, left),
        ("warn", unasked_words, unasked),
        ("warn", kept_words, kept),
    ):
        if models:
            yield _model_finding(tone, words, path, [(pks[name], name, remark) for name, remark in models], links=links)


def _is_going(lifecycle: Lifecycle) -> bool:
    return lifecycle.to_be_removed or _is_near(lifecycle)


def _is_near(lifecycle: Lifecycle) -> bool:
    """Return whether a model goes soon or should have gone. Of an active one, only the earliest date can be known."""
    return lifecycle.state is not State.ACTIVE and _days(lifecycle) <= SOON


def _days(lifecycle: Lifecycle) -> float:
    days = lifecycle.days_to_retirement
    return math.inf if days is None else days


def _model_finding(
    tone: str, words: str, path: str, models: Sequence[tuple[Key, str, str]], *, links: Links
) -> AttentionItem:
    """Return a finding about models.

    :param models: key and name of each, and what is said of it
    """
    return AttentionItem(
        tone=tone,
        words=words,
        path=path,
        items=tuple(
            Item(name=links.to(conf.llm_model_label(), pk, name), remark=remark) for pk, name, remark in models[:NAMED]
        ),
        more=max(len(models) - NAMED, 0),
    )


def _dangling_ids(links: Links, *, unguarded: Sequence[Reference]) -> Iterator[AttentionItem]:
    shown = [reference for reference in unguarded if links.may_open(reference.resource_label)]
    counts = dangling.counts(registry=shown, using=DEFAULT_DB_ALIAS)
    if number := sum(counts.values()):
        first = itertools.islice(dangling.stream(registry=shown, using=DEFAULT_DB_ALIAS, page=NAMED), NAMED)
        yield AttentionItem(
            tone="bad",
            words=counted(
                "%(number)s reference to a model that does not exist (llm_models usage --dangling lists all)",
                "%(number)s references to a model that does not exist (llm_models usage --dangling lists all)",
                number,
            ),
            path=links.list_of(registry[next(iter(counts))].resource_label),
            items=tuple(
                Item(
                    name=links.to(registry[reference.place].resource_label, reference.id, reference.name),
                    remark=gettext("team %(team)s, %(part)s: model %(model)s")
                    % {
                        "team": reference.team,
                        "part": reference.details or kind_name(reference.kind),
                        "model": reference.removed or reference.model_id,
                    },
                )
                for reference in first
            ),
            more=max(number - NAMED, 0),
        )


def _data_migrations(links: Links) -> Iterator[AttentionItem]:
    rows = list(CustomMigration.objects.filter(FAILED_OR_INTERRUPTED).order_by("name"))
    if rows:
        listed = reverse("admin:model_retirement_data_migrations_custommigration_changelist")
        yield AttentionItem(
            tone="bad",
            words=counted(
                "%(number)s data migration failed or interrupted",
                "%(number)s data migrations failed or interrupted",
                len(rows),
            ),
            path=f"{listed}?{RecordStateFilter.parameter_name}={RecordStateFilter.FAILED_OR_INTERRUPTED}",
            items=tuple(
                Item(
                    name=links.to("model_retirement_data_migrations.CustomMigration", row.pk, row.name),
                    remark=gettext("since %(day)s") % {"day": _day(row)},
                )
                for row in rows[:NAMED]
            ),
            more=max(len(rows) - NAMED, 0),
        )


def _day(migration: CustomMigration) -> str:
    return f"{migration.leased_at or migration.requested_at:%Y-%m-%d}"


def _removals(links: Links) -> Iterator[AttentionItem]:
    runs = list(RemovalRun.objects.filter(~Exists(running(using=DEFAULT_DB_ALIAS)), finished_at=None))
    if runs:
        yield AttentionItem(
            tone="bad",
            words=counted("%(number)s removal interrupted", "%(number)s removals interrupted", len(runs)),
            path=f"{reverse('admin:model_retirement_removalrun_changelist')}?state=unfinished",
            items=tuple(
                Item(
                    name=links.to("model_retirement.RemovalRun", run.pk, str(run)),
                    remark=gettext("`custom_migrations run` or the next `migrate` finishes it; or restore it"),
                )
                for run in runs[:NAMED]
            ),
            more=max(len(runs) - NAMED, 0),
        )


def _messages(_links: Links) -> Iterator[AttentionItem]:
    if number := TeamMessage.objects.filter(status=TeamMessage.Status.GAVE_UP).count():
        listed = reverse("admin:model_retirement_teammessage_changelist")
        words = counted("%(number)s message given up", "%(number)s messages given up", number)
        yield AttentionItem("bad", words, f"{listed}?status__exact=gave_up")


def _teams(links: Links) -> Iterator[AttentionItem]:
    teams = unreachable.teams(using=DEFAULT_DB_ALIAS)
    if teams:
        waiting = sum(1 for team in teams if team.waiting)
        yield AttentionItem(
            tone="bad" if waiting else "warn",
            words=counted(
                "%(number)s team without an admin who can be written to",
                "%(number)s teams without an admin who can be written to",
                len(teams),
            ),
            path=reverse("admin:model_retirement_teamnotice_unreachable"),
            items=tuple(
                Item(
                    links.to(conf.team_model_label(), team.id, team.name),
                    counted("%(number)s notice waiting", "%(number)s notices waiting", team.waiting),
                )
                for team in teams[:NAMED]
                if team.waiting
            ),
            more=max(waiting - NAMED, 0),
        )
