"""What is known of the removals in an environment: in this one, and in another one that has printed its records."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from model_retirement.data_migrations import records
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.host_models import llm_models
from model_retirement.removal_records import MIGRATION_NAME

HOW = "Make it there with `python manage.py custom_migrations list --format json`."


class BrokenEvidence(Exception):
    """A file does not hold the records of an environment; the message is one line."""


@dataclass(frozen=True)
class EntryRecord:
    """What became of one data migration, or of a unit of one, as ``custom_migrations list --format json`` prints it."""

    name: str
    status: CustomMigration.Status
    applied_at: AwareDatetime | None
    requested_by: str


@dataclass(frozen=True)
class Environment:
    """What is known of the removals in one environment.

    :param name: for people
    :param records: the records of the removals, by their names
    :param rows: provider and name of the global models that its table has, as far as that is known
    :param migrations: names of its applied schema migrations; None if only the records can tell
    """

    name: str
    records: Mapping[str, EntryRecord]
    rows: Collection[tuple[str, str]] = ()
    migrations: Collection[str] | None = None


_RECORDS = TypeAdapter(list[EntryRecord])


def of_this_environment(*, using: str) -> Environment:
    """Return what the database says."""
    entries = records.select(text=MIGRATION_NAME, status=None, using=using)
    applied = MigrationRecorder(connections[using]).applied_migrations()
    rows = llm_models(using=using).filter(team=None).values_list("type", "name")
    return Environment(
        name="this environment",
        records=_by_name(_RECORDS.validate_python([asdict(record) for record in entries])),
        rows=frozenset(rows),
        migrations=frozenset(f"{app}.{name}" for app, name in applied),
    )


def of_file(path: Path) -> Environment:
    """Return what another environment has printed.

    :raises BrokenEvidence: if the file cannot be read, is something else, or lacks the record of the request
    """
    try:
        entries = _by_name(_RECORDS.validate_json(path.read_bytes()))
    except OSError as error:
        raise BrokenEvidence(f"{path} cannot be read: {error.strerror}. {HOW}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "".join(f"[{part!r}]" for part in first["loc"])
        wrong = f"{where}: {first['msg']}" if where else first["msg"]
        raise BrokenEvidence(f"{path} is not a list of records. {wrong}. {HOW}") from error
    if MIGRATION_NAME not in entries:
        raise BrokenEvidence(f"{path} has no record of {MIGRATION_NAME}. {HOW}")
    return Environment(name=str(path), records=entries)


def _by_name(entries: list[EntryRecord]) -> dict[str, EntryRecord]:
    return {record.name: record for record in entries}
