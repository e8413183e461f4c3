"""What a notice keeps of a move and of what it means to its team, and the words that a message has for it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext

from model_retirement import impact, sql
from model_retirement.catalogue.facts import Capability
from model_retirement.catalogue.lifecycle import Lifecycle, State
from model_retirement.catalogue.moves import MoveEffect, PriceChange, capability_names
from model_retirement.host_models import llm_models
from model_retirement.impact import Spending
from model_retirement.keys import Key
from model_retirement.models import RemovedModel, TeamNotice
from model_retirement.notices.sentences import day_or_later
from model_retirement.platform import host_knows_use

NOTICES_PER_STATEMENT = 5_000


@dataclasses.dataclass(frozen=True)
class TeamImpact:
    """What the move of one model means to one team.

    :param paid: what it pays by the month
    :param lost: what it uses and the replacement lacks
    """

    paid: Spending
    lost: tuple[Capability, ...]

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> TeamImpact:
        """Return what the JSON of a payload says."""
        paid = Spending(_price(data["before"]), _price(data["after"]), tuple(data["unpriced"]))
        return cls(paid=paid, lost=tuple(Capability(capability) for capability in data["lost"]))

    def as_json(self) -> dict[str, Any]:
        """Return the same for a payload."""
        return {
            "before": _text(self.paid.before),
            "after": _text(self.paid.after),
            "unpriced": list(self.paid.unpriced),
            "lost": list(self.lost),
        }


def move_as_json(move: MoveEffect | None) -> dict[str, Any] | None:
    """Return a move for a payload; None if there is nothing to say of it."""
    if move is None or not move.words:
        return None
    return {
        "model": move.model,
        "replacement": move.replacement,
        "prices": [
            _text(price) for change in (move.price_in, move.price_out) for price in (change.before, change.after)
        ],
        "context": [move.context_before, move.context_after],
        "lost": None if move.capabilities_lost is None else list(move.capabilities_lost),
        "dropped": list(move.settings_dropped),
        "renamed": [list(names) for names in move.settings_renamed],
        "recommended": move.recommended,
        "retires_on": move.lifecycle.retires_on and move.lifecycle.retires_on.isoformat(),
        "retires_on_is_earliest": move.lifecycle.retires_on_is_earliest,
    }


def read_move(data: Mapping[str, Any] | None) -> MoveEffect | None:
    """Return the move that a payload keeps. How many days its replacement has left is not kept: it is wrong tomorrow."""
    if data is None:
        return None
    in_before, in_after, out_before, out_after = map(_price, data["prices"])
    return MoveEffect(
        model=data["model"],
        replacement=data["replacement"],
        price_in=PriceChange(in_before, in_after),
        price_out=PriceChange(out_before, out_after),
        context_before=data["context"][0],
        context_after=data["context"][1],
        capabilities_lost=None
        if data["lost"] is None
        else tuple(Capability(capability) for capability in data["lost"]),
        settings_dropped=tuple(data["dropped"]),
        settings_renamed=tuple((name, new_name) for name, new_name in data["renamed"]),
        recommended=data["recommended"],
        lifecycle=Lifecycle(
            state=State.ACTIVE,
            deprecated_on=None,
            retires_on=dt.date.fromisoformat(data["retires_on"]) if data["retires_on"] else None,
            retires_on_is_earliest=data["retires_on_is_earliest"],
            days_to_retirement=None,
            words="",
        ),
    )


def sentences(move: MoveEffect | None, meant: TeamImpact | None) -> Iterator[str]:
    """Yield what a message has to say of a move, in its language."""
    if move is None:
        return
    # Half of a price is for those who choose replacements.
    said = move.words if move.compares_prices else [words for words in move.words if words != move.price_words]
    yield from (f"{words.translated()}." for words in said)
    if move.lifecycle.retires_on:
        day = day_or_later(move.lifecycle.retires_on, is_earliest=move.lifecycle.retires_on_is_earliest)
        facts = {"replacement": move.replacement, "day": day}
        yield gettext("%(replacement)s itself is switched off on %(day)s.") % facts
    if meant is None:
        return
    if meant.lost:
        names = capability_names(meant.lost).translated()
        yield gettext("Your team uses what it lacks: %(names)s. Try that out first.") % {"names": names}
    if meant.paid.money:
        yield gettext("For your team, %(money)s.") % {"money": meant.paid.money.translated()}


def total(meant: Sequence[TeamImpact]) -> str:
    """Return what several moves cost a team together; empty if that is not known of more than one."""
    paid = [team_impact.paid for team_impact in meant if team_impact.paid.money]
    money = sum(paid, Spending()).money
    if len(paid) < 2 or money is None:  # noqa: PLR2004  (one stands with its model)
        return ""
    return gettext("All moves together: %(money)s.") % {"money": money.translated()}


class WaitingNotice(NamedTuple):
    """A notice without a message."""

    pk: int
    team_id: Key
    provider: str
    name: str


def add_impact(notices: Sequence[WaitingNotice], *, run_id: int | None, using: str) -> None:
    """Write into notices what their moves mean to the teams, as far as the host knows.

    The host is asked when messages are made, and not in the transaction of a removal: nobody waits there for its answer.

    :param notices: of at most a thousand teams, in the order in which they were written
    :param run_id: the removal that they tell of, if they do
    """
    if not host_knows_use():
        return
    moves = _moves(notices, using=using)
    if not moves:
        return
    ids = _model_ids(run_id, using=using)
    effects = {ids[key]: move for key, move in moves.items() if key in ids}
    used_by: dict[Key, set[Key]] = {}
    for notice in notices:
        used_by.setdefault(notice.team_id, set()).add(ids.get((notice.provider, notice.name), 0))
    meant = impact.by_pair(effects=effects, used_by=used_by, using=using)
    values = [
        ([notice.pk], TeamImpact(*pair_impact).as_json())
        for notice in notices
        if (pair_impact := meant.get((notice.team_id, ids.get((notice.provider, notice.name), 0)))) is not None
    ]
    table = sql.quote(using, TeamNotice._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    for start in range(0, len(values), NOTICES_PER_STATEMENT):
        some = values[start : start + NOTICES_PER_STATEMENT]
        sql.update_json_values(using, table=table, pk="id", column="payload", key="impact", values=some)


def _moves(notices: Sequence[WaitingNotice], *, using: str) -> dict[tuple[str, str], MoveEffect]:
    """Return the moves by provider and name of the model: a move is the same for all teams, so one notice is read of each."""
    newest = {(notice.provider, notice.name): notice.pk for notice in notices}
    rows = TeamNotice.objects.using(using).filter(pk__in=newest.values())
    kept = rows.values_list("provider", "name", "payload__move")
    return {(provider, name): move for provider, name, data in kept if (move := read_move(data)) is not None}


def _model_ids(run_id: int | None, *, using: str) -> dict[tuple[str, str], Key]:
    """Return the keys of the models that notices may be about, of those that are gone as well."""
    if run_id is None:
        rows = llm_models(using=using).filter(team=None)
        return {(provider, name): pk for provider, name, pk in rows.values_list("type", "name", "pk")}
    removed = RemovedModel.objects.using(using).filter(run=run_id)
    return {(provider, name): pk for provider, name, pk in removed.values_list("provider", "name", "model_id")}


def _price(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _text(price: Decimal | None) -> str | None:
    return None if price is None else str(price)
