"""Which entries of ``DELETED_MODELS`` can be pruned, and why the others stay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from model_retirement.catalogue.declarations import Deleted
from model_retirement.catalogue.entries import CatalogueModel
from model_retirement.catalogue.view import Catalogue
from model_retirement.data_migrations.claims import DONE
from model_retirement.pruning.asking import AskingMigration
from model_retirement.pruning.evidence import EntryRecord, Environment
from model_retirement.pruning.main_branch import Arrival, MainHistory
from model_retirement.removal_records import MIGRATION_NAME, unit_name

A_MONTH = dt.timedelta(days=31)


@dataclass(frozen=True)
class Decision:
    """What is to become of one entry.

    :param in_main_since: the day (UTC) on which it reached the main branch, if it has
    :param reasons: why it stays; none if it may go
    """

    provider: str
    name: str
    in_main_since: dt.date | None
    reasons: tuple[str, ...]

    @property
    def may_go(self) -> bool:
        """Whether the entry can be pruned."""
        return not self.reasons


@dataclass(frozen=True)
class Facts:
    """Everything that decisions rest on.

    :param history: of the main branch, or why there is none to be had
    :param environments: this one and others
    :param asking: the migrations that ask for the removals, each behind those that it depends on
    """

    history: MainHistory | str
    environments: Sequence[Environment]
    asking: Sequence[AskingMigration]

    def arrival(self, removal: Deleted) -> Arrival | None:
        """Return when the entry reached the main branch, if that is known."""
        if isinstance(self.history, str):
            return None
        return self.history.entries.get((removal.provider, removal.name))

    def migration_of(self, arrival: Arrival) -> AskingMigration | None:
        """Return the migration that asks for an entry: the first that reached the main branch with it or after it."""
        files = {} if isinstance(self.history, str) else self.history.files
        # What is not in the main branch yet comes after all that is.
        ages = {
            migration: files[migration.path].commits_since if migration.path in files else -1
            for migration in self.asking
        }
        later = [migration for migration in self.asking if ages[migration] <= arrival.commits_since]
        return max(later, key=lambda migration: ages[migration], default=None)


def decide(*, catalogue: Catalogue, facts: Facts, now: dt.datetime) -> tuple[Decision, ...]:
    """Return a decision for each entry, in the order of the list."""
    decisions = {}
    for removal in catalogue.removals:
        arrival = facts.arrival(removal)
        decisions[removal.provider, removal.name] = Decision(
            provider=removal.provider,
            name=removal.name,
            in_main_since=arrival.at.date() if arrival else None,
            reasons=(*_too_young(facts.history, arrival, now=now), *_not_served(removal, arrival, facts=facts)),
        )
    return tuple(_keep_links(decisions, catalogue).values())


def _too_young(history: MainHistory | str, arrival: Arrival | None, *, now: dt.datetime) -> Iterator[str]:
    if isinstance(history, str):
        yield f"age unknown: {history}"
    elif arrival is None:
        yield f"not in {history.branch} yet"
    elif now - arrival.at <= A_MONTH:
        days = max((now - arrival.at).days, 0)
        yield f"in {history.branch} for {days} day{'' if days == 1 else 's'}, not for more than a month"


def _not_served(removal: Deleted, arrival: Arrival | None, *, facts: Facts) -> Iterator[str]:
    where: dict[str, list[str]] = {}
    for environment in facts.environments:
        for problem in _problems(removal, arrival, environment=environment, facts=facts):
            where.setdefault(problem, []).append(environment.name)
    for problem, names in where.items():
        yield f"{problem} in {', '.join(names)}"
    if len(facts.environments) == 1:
        yield "nothing is known of other environments, give --evidence"


def _problems(removal: Deleted, arrival: Arrival | None, *, environment: Environment, facts: Facts) -> Iterator[str]:
    record = environment.records.get(unit_name(f"{removal.provider}/{removal.name}"))
    request = environment.records.get(MIGRATION_NAME)
    if record is None:
        yield "not carried out"
    elif record.status not in DONE:
        yield record.status.value
    if request is not None and request.status not in DONE:
        yield f"a request for removals is {request.status.value}"
    if (removal.provider, removal.name) in environment.rows:
        yield "the model is still in the table"
    if arrival is not None:
        yield from _not_migrated(record, arrival, environment=environment, facts=facts)


def _not_migrated(
    record: EntryRecord | None, arrival: Arrival, *, environment: Environment, facts: Facts
) -> Iterator[str]:
    """Yield if the migration that asks for the entry may still have to run in the environment."""
    migration = facts.migration_of(arrival)
    if environment.migrations is not None:
        if migration is not None and migration.name not in environment.migrations:
            yield f"{migration.name} is not applied"
    elif record is not None and record.status in DONE and not _is_of_this_entry(record, arrival):
        if migration is None:
            yield "carried out before the entry reached the main branch"
        elif not _is_proven(migration, environment=environment, asking=facts.asking):
            yield f"{migration.name} is not known to be applied"


def _is_of_this_entry(record: EntryRecord, arrival: Arrival) -> bool:
    """Tell whether a record is certainly not of an earlier entry of the same name, which was taken out since."""
    return record.applied_at is not None and record.applied_at >= arrival.at


def _is_proven(migration: AskingMigration, *, environment: Environment, asking: Sequence[AskingMigration]) -> bool:
    """Tell whether the record of the request names the migration, or one that follows it, as the last asker."""
    request = environment.records[MIGRATION_NAME]
    return any(asker.name == request.requested_by and migration.name in asker.proves for asker in asking)


def _keep_links(decisions: dict[tuple[str, str], Decision], catalogue: Catalogue) -> dict[tuple[str, str], Decision]:
    """Keep entries that lead from one that stays to its replacement."""
    while True:
        going = {key for key, decision in decisions.items() if decision.may_go}
        entries: Sequence[Deleted | CatalogueModel] = (*catalogue.removals, *catalogue.models)
        entries = [entry for entry in entries if (entry.provider, entry.name) not in going]
        links = {
            (entry.provider, entry.replacement): entry
            for entry in entries
            if (entry.provider, entry.replacement) in going
        }
        if not links:
            return decisions
        for (provider, name), entry in links.items():
            reason = f"{entry.provider}/{entry.name} stays and is replaced by it"
            decisions |= {(provider, str(name)): replace(decisions[provider, str(name)], reasons=(reason,))}
