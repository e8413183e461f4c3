"""What a database holds after a removal or a promotion, as checksums that can be compared."""

from __future__ import annotations

import psycopg

RECORDS = (
    "model_retirement_data_migrations_",
    "model_retirement_affectedresources",
    "model_retirement_messagenotice",
    "model_retirement_referencechange",
    "model_retirement_removalrun",
    "model_retirement_removedmodel",
    "model_retirement_teammessage",
    "model_retirement_teamnotice",
    "model_retirement_teamtokenlimit",
)
"""What begins like this is written by a removal about itself; of token limits only the ids are left out."""

Checksums = dict[str, tuple[int, int]]

_TOLD = "SELECT team_id, event, provider, name, replacement, payload FROM model_retirement_teamnotice"

_TOKEN_LIMITS = "SELECT team_id, type, name, max_token_limit FROM model_retirement_teamtokenlimit"

# The ORM writes NULL where the command writes the null of JSON; both are read as None.
_CHANGED = """SELECT m.name, c.reference, c.old_value, COALESCE(c.new_value, 'null'), o.id
    FROM model_retirement_referencechange c JOIN model_retirement_removedmodel m ON m.id = c.removed_model_id,
    jsonb_array_elements(c.object_ids) AS o(id)"""


def platform(url: str) -> Checksums:
    """Return the number of rows and the sum of the rows' hashes by table, without what removals write about themselves."""
    with psycopg.connect(url) as server:
        tables = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        names = [table for (table,) in tables if not table.startswith(RECORDS)]
        sums = {table: _checksum(server, f"TABLE {table}") for table in names}
        return sums | {"the token limits of teams": _checksum(server, _TOKEN_LIMITS)}


def removal(url: str) -> Checksums:
    """Return the same, and of what teams are told and what the journal says of each object."""
    with psycopg.connect(url) as server:
        return {
            **platform(url),
            "what teams are told": _checksum(server, _TOLD),
            "the journal": _checksum(server, _CHANGED),
        }


def _checksum(server: psycopg.Connection, rows: str) -> tuple[int, int]:
    row = server.execute(f"SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM ({rows}) t").fetchone()
    assert row is not None
    return int(row[0]), int(row[1] or 0)
