"""The whole row of a model, with columns of the host that the engine does not know: kept before it goes, and put back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from model_retirement import sql, stored_rows
from model_retirement.host_models import llm_model
from model_retirement.models import RemovedModel


def keep(*, removed: Iterable[RemovedModel], using: str) -> None:
    """Write the rows of models into their records; call it in the transaction that deletes them."""
    records = {record.model_id: record for record in removed}
    meta: Any = llm_model()._meta  # noqa: SLF001  (the documented Meta API)
    table, pk = sql.quote(using, meta.db_table), f"m.{sql.quote(using, meta.pk.column)}"
    wanted = sql.is_one_of(using, pk, records)
    columns = stored_rows.columns(meta.db_table, using=using)
    values = stored_rows.values_sql(columns, prefix="m.", using=using)
    if sql.is_postgresql(using):
        kept = sql.quote(using, RemovedModel._meta.db_table)  # noqa: SLF001
        texts = ", ".join(value.replace("%", "%%") for value in values)
        sql.execute(
            using,
            f"UPDATE {kept} AS r SET whole_row = json_object(%s::text[], ARRAY[{texts}])::text FROM {table} AS m"
            f" WHERE {wanted} AND CAST(r.model_id AS bigint) = {pk}"
            f" AND {sql.is_one_of(using, 'r.id', [record.pk for record in records.values()])}",
            (list(columns),),
        )
        return
    for key, *held in sql.fetch(using, f"SELECT {pk}, {', '.join(values)} FROM {table} AS m WHERE {wanted}"):
        records[key].whole_row = json.dumps(stored_rows.kept(columns, held, using=using))
    RemovedModel.objects.using(using).bulk_update(records.values(), ["whole_row"])


def bring_back(*, removed: Iterable[RemovedModel], using: str) -> None:
    """Insert the rows that records hold, under their old keys."""
    rows = [json.loads(record.whole_row) for record in removed]
    stored_rows.insert(llm_model()._meta.db_table, rows, using=using)  # noqa: SLF001
