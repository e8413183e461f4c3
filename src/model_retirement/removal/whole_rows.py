"""The whole row of a model, with columns of the host that the engine does not know: kept before it goes, and put back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from model_retirement import row_obstacles, sql, stored_rows
from model_retirement.host_models import llm_model
from model_retirement.keys import Key, kind_of
from model_retirement.models import RemovedModel
from model_retirement.removal import refusals
from model_retirement.row_obstacles import Looked, Row


def keep(*, removed: Iterable[RemovedModel], using: str) -> None:
    """Write the rows of models into their records; call it in the transaction that deletes them."""
    records = {record.model_id: record for record in removed}
    columns = stored_rows.columns(llm_model()._meta.db_table, using=using)  # noqa: SLF001  (the documented Meta API)
    wanted = sql.is_one_of(using, f"m.{_primary_key(using)}", records)
    kept = sql.quote(using, RemovedModel._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    model_id = sql.dialect(using).key_of_json("r.model_id", kind=kind_of(llm_model()))
    whole_row, params = sql.dialect(using).whole_row(list(columns))
    sql.execute(
        using,
        f"UPDATE {kept} AS r SET whole_row = {whole_row} FROM {_table(using)} AS m"
        f" WHERE {wanted} AND {model_id} = m.{_primary_key(using)}"
        f" AND {sql.is_one_of(using, 'r.id', [record.pk for record in records.values()])}",
        params,
    )


def look(*, removed: Sequence[RemovedModel], using: str) -> Looked:
    """Return the rows that records hold, those left out in whose way something stands, by the keys of the models."""
    rows: dict[Key, Row] = {record.model_id: json.loads(record.whole_row) for record in removed}
    table = llm_model()._meta.db_table  # noqa: SLF001  (the documented Meta API)
    standing: dict[Key, str] = {}
    while True:
        # Rows may point at each other: what does not come keeps others from coming.
        looked = row_obstacles.look(model=llm_model(), rows=rows, coming={table: rows.keys()}, using=using)
        standing |= looked.obstacles
        if not looked.obstacles:
            return Looked(standing, looked.rows)
        rows = {model_id: row for model_id, row in rows.items() if model_id not in standing}


def bring_back(*, removed: Sequence[RemovedModel], using: str) -> dict[Key, str]:
    """Insert the rows that records hold, under their old keys; return what stands in the way of the others."""
    looked = look(removed=removed, using=using)
    table = llm_model()._meta.db_table  # noqa: SLF001  (the documented Meta API)

    def insert(model_ids: Sequence[Key]) -> None:
        stored_rows.insert(table, [looked.rows[model_id] for model_id in model_ids], using=using)

    return looked.obstacles | refusals.refused(insert, list(looked.rows), using=using)


def _table(using: str) -> str:
    return sql.quote(using, llm_model()._meta.db_table)  # noqa: SLF001  (the documented Meta API)


def _primary_key(using: str) -> str:
    meta: Any = llm_model()._meta  # noqa: SLF001
    return sql.quote(using, meta.pk.column)
