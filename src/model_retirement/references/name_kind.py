"""The kind of reference that is a model's name, as its provider writes it, in a column or inside JSON.

A name is not an id. It means the global model of that name, unless the row's team has a model of its own that is called so: then
it means that one. Without a provider it means nothing as long as several providers have a model of that name. It is compared to
the letter. No database guards it: what is written after a removal has swept stays, and ``usage --dangling`` tells of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db.models import CharField, TextField

from model_retirement import sql, stored_json
from model_retirement.host_models import llm_model
from model_retirement.keys import Key, sql_key
from model_retirement.references import indexes
from model_retirement.references.changes import AffectedKey, Change, Moves, Others, OthersOf, State, packed
from model_retirement.references.json_fields import JsonFieldReference
from model_retirement.references.lists import is_empty
from model_retirement.references.lookups import model_fault
from model_retirement.references.pointing_field import FieldTypes
from model_retirement.references.schema import require_plain_key
from model_retirement.sql import Statement
from model_retirement.wording import english_count


@dataclasses.dataclass(frozen=True)
class ModelNameReference(JsonFieldReference):
    """The name of a model in a column of text, or under a key of a JSON field.

    Say where the provider stands in one of three ways, if you can.

    :param key: the key, or plain keys with dots between them; empty if the field is a column of text
    :param provider: the provider of every name that is stored there
    :param provider_field: name of the column that holds the provider of the same row
    :param with_provider: the provider stands before the name, as in ``openai/gpt-4``
    :raises ValueError: if the key has other characters than letters, digits, ``_`` and ``-``
    """

    key: str = dataclasses.field(default="", kw_only=True)
    provider: str = dataclasses.field(default="", kw_only=True)
    provider_field: str = dataclasses.field(default="", kw_only=True)
    with_provider: bool = dataclasses.field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        for key in self.key.split(".") if self.key else ():
            require_plain_key(key, of=f"{self.model}.{self.field}")

    @property
    def held_in(self) -> FieldTypes:
        return super().held_in if self.key else (CharField, TextField)

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with the declaration, with the column of the provider, too."""
        yield from super().faults()
        if self.provider_field and not model_fault(self.model):
            yield from self.field_faults("provider_field", self.provider_field, types=(CharField, TextField))

    @property
    def label(self) -> str:
        return f"{self.model}.{self.field}.{self.key}" if self.key else f"{self.model}.{self.field}"

    @property
    def relation_labels(self) -> tuple[str, ...]:
        return ()

    @property
    def db_columns(self) -> set[tuple[str, str]]:
        return set()

    @property
    def missing_index(self) -> str:
        return "" if self.key else indexes.missing(self.model_class, self.field)

    @property
    def reads_whole_table(self) -> bool:
        return bool(self.key or self.missing_index)

    @property
    def _knows_provider(self) -> bool:
        return bool(self.provider or self.provider_field or self.with_provider)

    def pairs(self, *, model_ids: Iterable[Key], using: str, team_id: Key | None = None) -> Statement:
        table, pk, _ = self._names(using, "")
        models, columns = _models(using)
        of_team, params = self._of_team(f"t.{pk}", using=using, team_id=team_id)
        own, own_params = self._own_model(using)
        ids = sql.id_list(model_ids)
        several = (
            f" AND {_is_first_of_its_name(models, columns)}"
            if self._knows_provider
            else f" AND {_is_taken_for(ids, models, columns)}"
        )
        return (
            f"SELECT t.{pk} AS row_id, m.{columns['pk']} AS model_id FROM {models} m JOIN {table} t ON {self._means(using)}"
            f" WHERE m.{columns['pk']} IN ({ids}) AND m.{columns['team']} IS NULL{several} AND NOT {own}{of_team}",
            (*own_params, *params),
        )

    def _means(self, using: str, *, provider: str = "", name: str = "") -> str:
        """Return the condition that what the row ``t`` holds is the name of a model.

        :param provider: expression for the model's provider; of the row ``m`` of the table of models if left out
        :param name: the same for its name
        """
        _, columns = _models(using)
        provider, name = provider or f"m.{columns['type']}", name or f"m.{columns['name']}"
        written = f"{provider} || '/' || {name}" if self.with_provider else name
        condition = f"{self._text(using)} = {written}"
        if self.provider:
            condition += f" AND {provider} = {sql.literal(using, self.provider)}"
        if self.provider_field:
            condition += f" AND t.{sql.quote(using, self._column(self.provider_field))} = {provider}"
        return condition

    def _text(self, using: str) -> str:
        """Return an expression for the text that the row ``t`` holds; NULL if it holds something else."""
        column = f"t.{sql.quote(using, self._column(self.field))}"
        return sql.dialect(using).json_string(column, self.key) if self.key else column

    def _own_model(self, using: str) -> Statement:
        """Return the condition that the row's team has a model of its own with the name of ``m``."""
        _, pk, _ = self._names(using, "")
        models, columns = _models(using)
        rows, params = self.rows(using=using)
        alike = " AND ".join(f"c.{columns[name]} = m.{columns[name]}" for name in ("type", "name"))
        return (
            f"EXISTS (SELECT 1 FROM {models} c JOIN ({rows}) r ON r.r_team = c.{columns['team']}"
            f" WHERE r.r_id = t.{pk} AND {alike})",
            params,
        )

    def ids_without_row(
        self, table: str, *, using: str, team_id: Key | None = None, first: Key | None = None
    ) -> Statement:
        """Return the rows that hold the name of a model that a removal has taken out, with the id that it had."""
        rows, pk, _ = self._names(using, "")
        _, columns = _models(using)
        removed: Any = apps.get_model("model_retirement.RemovedModel")._meta  # noqa: SLF001  (the documented Meta API)
        gone = sql.quote(using, removed.db_table)
        of_team, params = self._of_team(f"t.{pk}", using=using, team_id=team_id)
        rest = "" if first is None else f" AND t.{pk} >= {sql_key(first)}"
        model_id = sql.dialect(using).key_of_json("g.model_id", kind=self.model_kind)
        team_rows, team_params = self.rows(using=using)
        return (
            f"SELECT DISTINCT t.{pk} AS row_id, {model_id} AS model_id FROM {gone} g"
            f" JOIN {rows} t ON {self._means(using, provider='g.provider', name='g.name')}"
            f" WHERE g.removed_at IS NOT NULL AND g.restored_at IS NULL AND NOT EXISTS (SELECT 1 FROM {gone} l"
            " WHERE l.provider = g.provider AND l.name = g.name AND l.id > g.id)"
            f" AND NOT EXISTS (SELECT 1 FROM {table} m WHERE {self._means(using)} AND (m.{columns['team']} IS NULL"
            f" OR m.{columns['team']} IN (SELECT r_team FROM ({team_rows}) r WHERE r.r_id = t.{pk}))){of_team}{rest}",
            (*team_params, *params),
        )

    def remarks(self, *, model_ids: Iterable[Key], using: str) -> list[str]:
        ids = list(model_ids)
        said = super().remarks(model_ids=ids, using=using)
        if self._knows_provider:
            return said
        table, _, _ = self._names(using, "")
        models, columns = _models(using)
        rows = sql.fetch(
            using,
            f"SELECT m.{columns['name']}, COUNT(DISTINCT t.{self._names(using, '')[1]}) FROM {models} m"
            f" JOIN {table} t ON {self._means(using)} WHERE m.{columns['pk']} IN ({sql.id_list(ids)}) AND EXISTS (SELECT 1"
            f" FROM {models} o WHERE o.{columns['name']} = m.{columns['name']} AND o.{columns['team']} IS NULL"
            f" AND o.{columns['pk']} NOT IN ({sql.id_list(ids)})) GROUP BY 1 ORDER BY 1",
        )
        return [
            *said,
            *(
                f"Another provider has a model called {name}, too, so {english_count('row', number)} with that name would stay."
                for name, number in rows
            ),
        ]

    def move(self, *, row_ids: Sequence[Key], moves: Moves, using: str) -> list[Change]:
        query, params = self.pairs(model_ids=moves.targets, using=using)
        wanted = sql.is_one_of(using, "row_id", row_ids)
        models = dict(sql.fetch(using, f"SELECT row_id, model_id FROM ({query}) p WHERE {wanted}", params, keys=[0, 1]))
        names = self._written(
            {*models.values(), *(moves.targets[model_id] for model_id in models.values())}, using=using
        )
        changes = packed(self._locked(models, names, moves=moves, using=using))
        for change in changes:
            self._write(dict.fromkeys(change.row_ids, change.new_value), using=using)
        return changes

    def _locked(
        self, models: Mapping[Key, Key], names: Mapping[Key | None, str], *, moves: Moves, using: str
    ) -> Iterator[tuple[Key, Any, Any, list[Key], list[AffectedKey]]]:
        """Lock rows and yield what becomes of those that still hold what they did.

        :param models: the model that each row means
        :param names: what is written for a model
        """
        _, pk, _ = self._names(using, "")
        for (text,), group, affected in self._locked_groups(
            keys=[self._stored(using)], where=sql.is_one_of(using, pk, models), using=using
        ):
            old = stored_json.loads(text) if self.key else text
            for row_id, concerned in zip(group, affected, strict=True):
                model_id = models[row_id]
                if names[model_id] == old:
                    new = moves.targets[model_id]
                    yield model_id, old, self._nothing if new is None else names[new], [row_id], [concerned]

    @property
    def _nothing(self) -> str | None:
        """What is stored for no model."""
        field: Any = self.model_class._meta.get_field(self.field)  # noqa: SLF001
        return None if self.key or field.null else ""

    def _written(self, model_ids: Iterable[Key | None], *, using: str) -> dict[Key | None, str]:
        """Return what is stored for models."""
        models, columns = _models(using)
        wanted = sql.id_list(model_id for model_id in model_ids if model_id is not None)
        rows = sql.fetch(
            using,
            f"SELECT {columns['pk']}, {columns['type']}, {columns['name']} FROM {models} WHERE {columns['pk']} IN ({wanted})",
            keys=[0],
        )
        return {pk: f"{provider}/{name}" if self.with_provider else name for pk, provider, name in rows}

    def _write(self, values: Mapping[Key, Any], *, using: str) -> None:
        if self.key:
            self._restore_at(self.key, values=values, using=using)
            return
        table, pk, column = self._names(using, self._column(self.field))
        rows: dict[str | None, list[Key]] = {}
        for row_id, value in values.items():
            rows.setdefault(value, []).append(row_id)
        for value, row_ids in rows.items():
            sql.execute(using, f"UPDATE {table} SET {column} = %s WHERE {sql.is_one_of(using, pk, row_ids)}", (value,))

    def texts_read(self, *, moves: Moves, using: str) -> list[str]:
        return [*super().texts_read(moves=moves, using=using), self._stored(using)]

    def _stored(self, using: str) -> str:
        """Return an expression for what is stored: the text of a column, or JSON text."""
        column = sql.quote(using, self._column(self.field))
        return sql.json_value(using, column, self.key) if self.key else column

    def current_values(self, *, label: str, row_ids: Sequence[Key], using: str) -> dict[Key, State]:
        if self.key:
            return self._values_at({label: self.key}, row_ids=row_ids, using=using)
        table, pk, column = self._names(using, self._column(self.field))
        query = f"SELECT {pk}, {column} FROM {table} WHERE {sql.is_one_of(using, pk, row_ids)}"
        rows = sql.fetch(using, f"{query} ORDER BY {pk}{sql.lock_clause(using)}", keys=[0])
        return {row_id: {label: text} for row_id, text in rows}

    def undone(self, *, change: Change, held: Mapping[Key, State], others: OthersOf) -> dict[Key, State]:
        old = {self.label: change.old_value}
        return {row_id: old for row_id in change.row_ids if self._still_holds(held.get(row_id, {}), change)}

    def _still_holds(self, held: State, change: Change) -> bool:
        if self.label not in held:
            return False
        now = held[self.label]
        return bool(now == change.new_value or (is_empty(now) and is_empty(change.new_value)))

    def moved_on_by(self, *, change: Change, held: State, others: Others) -> int | None:
        return others.moved_on(change)

    def restore_values(
        self, *, change: Change, held: Mapping[Key, State], values: Mapping[Key, State], using: str
    ) -> None:
        self._write({row_id: state[self.label] for row_id, state in values.items()}, using=using)


def _models(using: str) -> tuple[str, dict[str, str]]:
    """Return the table of models and its columns by what the engine calls them, quoted."""
    meta: Any = llm_model()._meta  # noqa: SLF001  (the documented Meta API)
    fields = {"pk": meta.pk, **{name: meta.get_field(name) for name in ("team", "type", "name")}}
    return sql.quote(using, meta.db_table), {name: sql.quote(using, field.column) for name, field in fields.items()}


def _is_first_of_its_name(models: str, columns: Mapping[str, str]) -> str:
    """Return the condition that no other global model ``m`` of the same name and provider comes before it (rule 16)."""
    same = " AND ".join(f"o.{columns[name]} = m.{columns[name]}" for name in ("type", "name"))
    pk = columns["pk"]
    return f"NOT EXISTS (SELECT 1 FROM {models} o WHERE {same} AND o.{columns['team']} IS NULL AND o.{pk} < m.{pk})"


def _is_taken_for(ids: str, models: str, columns: Mapping[str, str]) -> str:
    """Return the condition that a name without a provider is taken for the model ``m``: the first of those that go.

    It is none of them as long as a model of that name stays.
    """
    pk = columns["pk"]
    return (
        f"NOT EXISTS (SELECT 1 FROM {models} o WHERE o.{columns['name']} = m.{columns['name']}"
        f" AND o.{columns['team']} IS NULL AND (o.{pk} NOT IN ({ids}) OR o.{pk} < m.{pk}))"
    )
