"""Records of the past: what the run-once framework that a host had before has done stays done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, models, transaction
from django.utils import timezone

from model_retirement.data_migrations import finding, neutral
from model_retirement.data_migrations.claims import DONE, Status
from model_retirement.data_migrations.failures import OneLine
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.data_migrations.suggestions import did_you_mean

IMPORTED_FROM = "imported from "
"""How ``requested_by`` of an imported record begins; the label of the host's model follows."""

LONGEST_NAME = 255
"""Characters that a record has room for."""

LONGEST_SHOWN = 60


class ImportRefused(OneLine):
    """A table cannot be imported as it was asked for; nothing was changed."""


@dataclass(frozen=True)
class PastTable:
    """A host's own table of what was done once.

    :param label: of its model, such as ``data_migrations.CustomMigration``
    :param name: the field that holds the name
    :param applied_at: the field that holds when it was done
    :raises ImportRefused: if the label is none
    """

    label: str
    name: str = "name"
    applied_at: str = "applied_at"

    def __post_init__(self) -> None:
        if self.label.count(".") != 1:
            raise ImportRefused(f"{self.label!r} is not a model: name it as APP.MODEL, with the label of its app.")

    @property
    def key(self) -> tuple[str, str]:
        """The label of the app and the name of the model in small letters, as a migration's state has them."""
        app_label, name = self.label.split(".")
        return app_label, name.lower()

    @property
    def requested_by(self) -> str:
        """What an imported record says of where it comes from."""
        return f"{IMPORTED_FROM}{self.label}"[:LONGEST_NAME]

    def model(self) -> type[models.Model]:
        """Return the model as the code has it now.

        :raises ImportRefused: if no installed app has it
        """
        try:
            return apps.get_model(self.label)
        except LookupError as error:
            known = sorted(model._meta.label for model in apps.get_models())  # noqa: SLF001  (the documented Meta API)
            hint = did_you_mean(self.label, known, otherwise="Name it as APP.MODEL, with the label of its app.")
            raise ImportRefused(f"There is no model {self.label}. {hint}") from error

    def problem(self, fields: Mapping[str, models.Field[Any, Any]]) -> str:
        """Return what is wrong with the fields of the model, or nothing.

        :param fields: of the model, by name
        """
        asked: dict[str, tuple[type[models.Field[Any, Any]], ...]] = {
            self.name: (models.CharField, models.TextField),
            self.applied_at: (models.DateField,),
        }
        for name, kinds in asked.items():
            if name not in fields:
                return f"{self.label} has no field {name}; it has {', '.join(fields)}."
            if not isinstance(fields[name], kinds):
                return f"{self.label}.{name} is a {type(fields[name]).__name__}; it must be a {kinds[-1].__name__}."
        return ""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """A record of the past that has one here now, or would have.

    :param name: of the record here
    :param there: what the host's table calls it
    """

    name: str
    there: str
    applied_at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What became of a host's records.

    :param imported: by name
    :param kept: names of the records that were here already
    :param waiting: those of them that are not done here
    :param left_out: why rows were left out, a sentence each
    """

    label: str
    imported: tuple[Imported, ...]
    kept: tuple[str, ...]
    waiting: tuple[str, ...]
    left_out: tuple[str, ...]


def take_over(
    *,
    table: PastTable,
    source: type[models.Model],
    migration_model: type[CustomMigration] = CustomMigration,
    using: str,
    dry_run: bool = False,
) -> ImportReport:
    """Write a record for all that the host's table has as done. A record that is here already stays as it is.

    A name is that of a command or of its record, so a host's ``cleanup_nodes`` is found again as ``2024_cleanup`` if its
    command records its work so. Where two rows mean one record, the later time counts: it is the last success.

    :param source: the host's model; inside a schema migration, the historical one
    :param migration_model: inside a schema migration, the historical model of the records
    :raises ImportRefused: if the table or a field of it is not there, or nobody knows which record is meant
    """
    if problem := table.problem({field.name: field for field in source._meta.fields}):  # noqa: SLF001  (the documented Meta API)
        raise ImportRefused(problem)
    done, left_out = _read(table, source=source, using=using)
    records = migration_model.objects.using(using)
    with transaction.atomic(using=using):
        known = dict(records.filter(name__in=done).values_list("name", "status"))
        new = [done[name] for name in sorted(done) if name not in known]
        if not dry_run:
            # Who was quicker in between wins.
            records.bulk_create(
                [
                    migration_model(
                        name=imported.name,
                        status=Status.APPLIED,
                        requested_by=table.requested_by,
                        applied_at=imported.applied_at,
                    )
                    for imported in new
                ],
                ignore_conflicts=True,
            )
    return ImportReport(
        label=table.label,
        imported=tuple(new),
        kept=tuple(sorted(known)),
        waiting=tuple(sorted(name for name, status in known.items() if status not in DONE)),
        left_out=tuple(left_out),
    )


def _read(table: PastTable, *, source: type[models.Model], using: str) -> tuple[dict[str, Imported], list[str]]:
    """Return what was done, by the names of the records here, and why rows are left out.

    :raises ImportRefused: if the table is not there, or nobody knows which record is meant
    """
    db_table = source._meta.db_table  # noqa: SLF001  (the documented Meta API)
    if not _exists(db_table, using=using):
        raise ImportRefused(
            f"Database {using} has no table {db_table}, which is that of {table.label}, so nobody can tell what was done."
            " Run the migration that makes it first."
        )
    fields = ("pk", table.name, table.applied_at)
    rows = list(source._base_manager.using(using).order_by("pk").values_list(*fields))  # noqa: SLF001  (the same)
    names = _record_names({there for _, there, _ in rows if there})
    done: dict[str, Imported] = {}
    left_out: list[str] = []
    for key, there, applied_at in rows:
        name = names.get(there, "")
        when = as_moment(applied_at)
        if when is None or not name.strip() or len(name) > LONGEST_NAME:
            why = _why_unfit(name, applied_at, table=table)
            shown = neutral.one_line(there or "", at_most=LONGEST_SHOWN)
            left_out.append(f"{shown} (key {key}): {why}" if shown else f"the row with key {key}: {why}")
        elif name not in done or done[name].applied_at < when:
            done[name] = Imported(name=name, there=there, applied_at=when)
    return done, left_out


def _why_unfit(name: str, applied_at: object, *, table: PastTable) -> str:
    if not name.strip():
        return "it has no name."
    if len(name) > LONGEST_NAME:
        return f"its name has {len(name)} characters, and a record has room for {LONGEST_NAME}."
    if applied_at is None:
        return f"it has no {table.applied_at}, so it is not known to be done."
    return f"its {table.applied_at} is no time that can be stored: {applied_at}."


def _exists(db_table: str, *, using: str) -> bool:
    connection = connections[using]
    with connection.cursor() as cursor:
        return db_table in connection.introspection.table_names(cursor, include_views=True)


def _record_names(theirs: set[str]) -> dict[str, str]:
    """Return the name of the record here for each name of the host's table.

    :raises ImportRefused: if a command cannot be imported, which alone knows under what name it records its work
    """
    names, broken = finding.record_names(theirs)
    if broken:
        raise ImportRefused(
            f"Commands of data migrations that are to be imported cannot be loaded: {finding.listed(broken)}. They say"
            " under which names they are recorded. Repair them, or delete those that are not needed any more."
        )
    return names


def as_moment(value: dt.date | None) -> dt.datetime | None:
    """Return when something was done as this project stores times; None if there is no time that it can store.

    :param value: what the host's table has: a day counts from its midnight, and a time without a zone is one of
        ``TIME_ZONE``
    """
    if value is None:
        return None
    moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    zone = timezone.get_default_timezone()
    aware = moment if timezone.is_aware(moment) else timezone.make_aware(moment, zone)
    try:
        return aware.astimezone(dt.UTC) if settings.USE_TZ else aware.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return None
