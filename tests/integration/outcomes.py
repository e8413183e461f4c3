"""What removals have left in a database, without what differs from run to run: two runs that did the same compare equal.

Rows of the platform are compared to the letter. Records of the run lose their ids and times and name what they belong
to; the journal is unpacked, for how it was packed depends on where the batches ended.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.integration import rows
from tests.processes import ProcessDatabase

Row = dict[str, Any]

Outcome = dict[str, Counter[str]]
"""Table to its rows as text, each with the number of times that it is there."""

ATTEMPTS = "model_retirement_data_migrations_custommigrationrun"
REQUESTS = "model_retirement_data_migrations_custommigration"
RUNS = "model_retirement_removalrun"
MODELS = "model_retirement_removedmodel"
CHANGES = "model_retirement_referencechange"
RESOURCES = "model_retirement_affectedresources"
MESSAGES = "model_retirement_teammessage"
NOTICES = "model_retirement_teamnotice"
CARRIED = "model_retirement_messagenotice"
JSON_THAT_IS_UNPACKED = {"old_value", "object_ids", "left_alone_ids", "lines"}
MIGRATIONS = "django_migrations"
RECORDS = {ATTEMPTS, REQUESTS, RUNS, MODELS, CHANGES, RESOURCES, MESSAGES, NOTICES, CARRIED}


def of(database: ProcessDatabase) -> Outcome:
    """Return what there is.

    Attempts are left out but for those of units: a run that was interrupted is one attempt more.
    """
    tables = _read(database)
    runs = {run["id"]: number for number, run in enumerate(tables[RUNS], start=1)}
    models = {model["id"]: (runs[model["run_id"]], model["provider"], model["name"]) for model in tables[MODELS]}
    messages = {message["id"]: (message["team_id"], message["status"]) for message in tables[MESSAGES]}
    carriers: dict[int, list[Any]] = {}
    for row in tables[CARRIED]:
        carriers.setdefault(row["notice_id"], []).append(messages[row["message_id"]])
    units = {request["id"]: request["name"] for request in tables[REQUESTS] if ":" in request["name"]}
    outcome: dict[str, Any] = {name: rows for name, rows in tables.items() if name not in RECORDS}
    outcome |= {
        MIGRATIONS: [(row["app"], row["name"]) for row in tables[MIGRATIONS]],
        REQUESTS: [_without(row, "id", **_ended_claim(row)) for row in tables[REQUESTS]],
        ATTEMPTS: [
            _without(row, "id", migration_id=units[row["migration_id"]])
            for row in tables[ATTEMPTS]
            if row["migration_id"] in units
        ],
        RUNS: [_without(row, "id") for row in tables[RUNS]],
        MODELS: [_without(row, "id", run_id=runs[row["run_id"]]) for row in tables[MODELS]],
        CHANGES: [
            _without(change, "id", removed_model_id=models[change["removed_model_id"]])
            for row in tables[CHANGES]
            for change in _unpacked(row)
        ],
        RESOURCES: [
            {"removed_model": models[row["removed_model_id"]], "line": line}
            for row in tables[RESOURCES]
            for line in row["lines"]
        ],
        # A sender that was interrupted is one attempt more.
        MESSAGES: [_without(row, "id", "attempts", run_id=runs[row["run_id"]]) for row in tables[MESSAGES]],
        NOTICES: [
            _without(row, "id", run_id=runs[row["run_id"]]) | {"messages": carriers.get(row["id"], [])}
            for row in tables[NOTICES]
        ],
    }
    return _as_text(outcome)


def _read(database: ProcessDatabase) -> dict[str, list[Row]]:
    tables = rows.named(database)
    if database.url.startswith("sqlite"):
        for row in (row for rows in tables.values() for row in rows):
            row |= {name: json.loads(row[name] or "null") for name in JSON_THAT_IS_UNPACKED & set(row)}
    return tables


def _without(row: Row, *names: str, **values: Any) -> Row:
    """Return a row of the records without some columns and with other values in some, its moments and tokens masked."""
    return {name: values.get(name, _masked(name, value)) for name, value in row.items() if name not in names}


def _ended_claim(row: Row) -> Row:
    """Return the columns of a claim that work on units, or a restore, has left when it died: the next claim clears them."""
    columns = ("lease_token", "lease_holder", "leased_at", "lease_expires_at")
    return {} if row["status"] == "running" else dict.fromkeys(columns)


def _masked(name: str, value: Any) -> Any:
    is_token = name.endswith(("_at", "_token")) or name == "message_id"
    return "some" if is_token and value is not None else value


def _unpacked(change: Row) -> Iterator[Row]:
    """Yield an entry of the journal once per object."""
    ids = change["object_ids"]
    old = change["old_value"]
    # A link of a many-to-many relation is kept with its own id, in the order of the objects.
    links = old["links"] if isinstance(old, dict) and "links" in old else None
    assert change["object_count"] == len(ids)
    for number, object_id in enumerate(ids):
        value = old if links is None else {**old, "links": links[number]}
        alone = change["left_alone_ids"]
        yield {
            "id": None,
            "removed_model_id": change["removed_model_id"],
            "reference": change["reference"],
            "old_value": value,
            "new_value": change["new_value"],
            "object_id": object_id,
            "restored": alone is not None and object_id not in alone,
        }


def of_platform(database: ProcessDatabase) -> Outcome:
    """Return the platform's own rows alone."""
    return _as_text({name: rows for name, rows in _read(database).items() if name not in RECORDS})


def difference(outcome: Outcome, expected: Outcome) -> list[str]:
    """Return the rows that are too many in one of two outcomes, as lines for people."""
    return [
        f"{sign} {table}: {row} ({times} times)"
        for table in sorted({*outcome, *expected})
        for sign, left, other in (("+", outcome, expected), ("-", expected, outcome))
        for row, times in (left.get(table, Counter()) - other.get(table, Counter())).items()
    ]


def _as_text(tables: dict[str, Any]) -> Outcome:
    return {name: Counter(repr(row) for row in rows) for name, rows in tables.items()}
