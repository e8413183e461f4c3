"""The statement that looks for models in a page of a table: counts, an example and the first rows of each place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model_retirement import sql
from model_retirement.host_models import llm_model
from model_retirement.keys import kind_of
from model_retirement.models import RemovedModel
from model_retirement.reference_scan.pages import PageKey, in_page, quoted, row_name
from model_retirement.reference_scan.recognition import IDS, NAMES, WORDS, ModelNames, is_unmistakable
from model_retirement.reference_scan.tables import ScannedTable
from model_retirement.reference_scan.tally import ROWS_NAMED
from model_retirement.reference_scan.words import WORDS_OF_MODELS
from model_retirement.sql import Statement
from model_retirement.stored_json import MOST_LEVELS

MOST_LINES = 20_000
"""Places that one statement may tell of, where objects are keyed by the data; of a page that has more, half is read."""

LONGEST_ID = 40
"""A UUID has 36 characters; an id may have blanks around it."""


def look(table: ScannedTable, *, names: ModelNames, after: PageKey | None, upto: PageKey, using: str) -> Statement:
    """Return a query for what one page holds, a line for each place in each column.

    A line has the number of the column, the keys that lead there, what it holds, how often, one of these, and the first rows.
    """
    dialect = sql.dialect(using)
    longest = max([LONGEST_ID, *map(len, names.all)])
    columns = ", ".join(f"{quoted(using, column.column)} AS c{place}" for place, column in enumerate(table.columns))
    page, page_params = in_page(table, after=after, upto=upto, using=using)
    walk = dialect.walk([column.shape.opens for column in table.columns], levels=MOST_LEVELS, longest=longest)
    sightings, params = _sightings(table, names=names, longest=longest, using=using)
    first = ", ".join(f"MIN(CASE WHEN nth = {number} THEN CAST(id AS text) END)" for number in range(1, ROWS_NAMED + 1))
    return (
        f"WITH RECURSIVE page AS MATERIALIZED (SELECT {row_name(table, using=using)} AS id, {columns}"
        f" FROM {quoted(using, table.table)} WHERE {page}), {walk}, {sightings},"
        " by_row AS (SELECT place, path, holds, id, COUNT(*) AS number, MIN(example) AS example FROM sightings"
        " GROUP BY place, path, holds, id),"
        " ranked AS (SELECT r.*, ROW_NUMBER() OVER (PARTITION BY place, path, holds ORDER BY id) AS nth FROM by_row r)"
        f" SELECT place, path, holds, SUM(number), MIN(example), {first} FROM ranked GROUP BY place, path, holds"
        f" ORDER BY place, path, holds LIMIT {MOST_LINES}",
        (*page_params, *params),
    )


def _sightings(table: ScannedTable, *, names: ModelNames, longest: int, using: str) -> Statement:
    """Return a table ``sightings`` of ids and names among the values and the keys of a walk."""
    dialect, kind = sql.dialect(using), kind_of(llm_model())
    known = known_models(using=using)
    value_id, member_id = (as_text(read) for read in (dialect.walked_id(kind=kind), dialect.member_id(kind=kind)))
    may_speak, unmistakable = _may_speak(table), sorted(names.unmistakable)
    # The keys of an object are one place, which `true` stands for.
    return (
        f"leaves AS (SELECT place, id, path, {value_id} AS model_key, {dialect.walked_text()} AS name FROM walk"
        f" WHERE {dialect.is_walked_scalar(longest=longest)}),"
        " members AS (SELECT place, id, above || ',true' AS path, member FROM walk"
        f" WHERE member IS NOT NULL AND length(member) <= {longest}),"
        f" sightings AS (SELECT place, id, path, '{IDS}' AS holds, model_key AS example FROM leaves"
        f" WHERE {may_speak} AND model_key IN ({known})"
        f" UNION ALL SELECT place, id, path, '{NAMES}', name FROM leaves WHERE {_is_in('name', names.all)}"
        f" UNION ALL SELECT place, id, path, '{IDS}', {member_id} FROM members WHERE {may_speak} AND {member_id} IN ({known})"
        f" UNION ALL SELECT place, id, path, '{NAMES}', member FROM members WHERE {_is_in('member', unmistakable)}"
        f" UNION ALL SELECT place, id, path, '{WORDS}', member FROM members"
        f" WHERE {may_speak} AND {_is_in('member', names.words)})",
        (*names.all, *unmistakable, *names.words),
    )


def _may_speak(table: ScannedTable) -> str:
    """Return a condition of every place that may speak of models: of numbers below other names there are many."""
    if is_unmistakable():
        return "1 = 1"
    speaking = sql.id_list(place for place, column in enumerate(table.columns) if column.may_speak)
    words = " OR ".join(f"lower(path) LIKE '%%{word}%%'" for word in WORDS_OF_MODELS)
    return f"(place IN ({speaking}) OR {words})"


def _is_in(column: str, names: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(['%s'] * len(names)) or 'NULL'})"


def as_text(key: str) -> str:
    """Return a key as text without hyphens, as :func:`known_models` has it."""
    return f"replace(CAST({key} AS text), '-', '')"


def known_models(*, using: str) -> str:
    """Return a query for the keys ``model_key`` of all models that are or were there, as text without hyphens."""
    meta: Any = llm_model()._meta  # noqa: SLF001  (the documented Meta API)
    present = f"SELECT {as_text(quoted(using, meta.pk.column))} AS model_key FROM {quoted(using, meta.db_table)}"
    removed: Any = RemovedModel._meta  # noqa: SLF001
    gone = f"SELECT replace(replace(CAST(model_id AS text), '\"', ''), '-', '') FROM {quoted(using, removed.db_table)}"
    return f"{present} UNION {gone}"
