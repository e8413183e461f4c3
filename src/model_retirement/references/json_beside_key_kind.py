"""The kind of reference that is an id in JSON with a foreign key to the same model beside it.

Hosts keep the key for their joins and the JSON for their editors. They may disagree: an editor wrote one and not the other.
So the key is no mirror of the id. Each of the two points for itself, a row in which they agree is one reference, and one in
which they do not points at two models, neither of which overwrites the other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from model_retirement import sql
from model_retirement.keys import Key, read_key
from model_retirement.references.changes import AffectedKey, Change, Moves, Others, OthersOf, State, packed
from model_retirement.references.json_kinds import JsonIdReference
from model_retirement.references.lookups import model_fault
from model_retirement.references.pointing_field import FOREIGN_KEY
from model_retirement.references.relation_kinds import ForeignKeyReference
from model_retirement.sql import Statement
from model_retirement.wording import english_count, first_of

JSON, KEY = "json", "key"
"""The two places, in the journal and in what a row holds."""

ROWS_NAMED = 3
"""Rows that a remark names; the others are counted."""


@dataclasses.dataclass(frozen=True)
class JsonIdWithKeyReference(JsonIdReference):
    """An id under one key of a JSON field, and a foreign key that ought to say the same.

    :param foreign_key: name of the foreign key, which must be nullable
    """

    foreign_key: str = dataclasses.field(kw_only=True)

    @property
    def _beside(self) -> ForeignKeyReference:
        return ForeignKeyReference(self.model, self.foreign_key, self.team, self.resource_path)

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with the declaration, with the foreign key, too."""
        yield from super().faults()
        if not model_fault(self.model):
            yield from self.field_faults("foreign_key", self.foreign_key, types=FOREIGN_KEY)

    @property
    def relation_labels(self) -> tuple[str, ...]:
        return (self._beside.label,)

    @property
    def missing_index(self) -> str:
        return super().missing_index or self._beside.missing_index

    @property
    def db_columns(self) -> set[tuple[str, str]]:
        return super().db_columns | self._beside.db_columns

    def pairs(self, *, model_ids: Iterable[Key], using: str, team_id: Key | None = None) -> Statement:
        ids = list(model_ids)
        in_json, json_params = super().pairs(model_ids=ids, using=using, team_id=team_id)
        in_key, key_params = self._beside.pairs(model_ids=ids, using=using, team_id=team_id)
        return f"{in_json} UNION {in_key}", (*json_params, *key_params)

    def disagreeing(self, *, using: str, model_ids: Iterable[Key] | None = None) -> Statement:
        table, pk, key = self._names(using, self._column(self.foreign_key))
        held, pointing = self._id(using), ""
        differ = f"COALESCE({held} <> {key}, ({held} IS NULL) <> ({key} IS NULL))"
        if model_ids is not None:
            ids = list(model_ids)
            pointing = f" AND ({sql.is_one_of(using, held, ids)} OR {sql.is_one_of(using, key, ids)})"
        return f"SELECT {pk} AS row_id FROM {table} WHERE {differ}{pointing}", ()

    def remarks(self, *, model_ids: Iterable[Key], using: str) -> list[str]:
        ids = list(model_ids)
        query, params = self.disagreeing(using=using, model_ids=ids)
        rows = [row_id for (row_id,) in sql.fetch(using, f"{query} ORDER BY 1", params, keys=[0])]
        if not rows:
            return super().remarks(model_ids=ids, using=using)
        return [
            *super().remarks(model_ids=ids, using=using),
            f"The id in JSON and {self.foreign_key} are not the same model in {english_count('row', len(rows))}"
            f" ({first_of(rows, ROWS_NAMED)}), so each of the two moves for itself.",
        ]

    def move(self, *, row_ids: Sequence[Key], moves: Moves, using: str) -> list[Change]:
        keys = self._beside.move(row_ids=row_ids, moves=moves, using=using)
        changes = super().move(row_ids=row_ids, moves=moves, using=using)
        ids = [change for change in changes if not change.label]
        return [*_joined(ids, keys), *(change for change in changes if change.label)]

    def repoint(self, *, row_ids: Sequence[Key], targets: Mapping[Key, Key | None], using: str) -> int:
        query, params = self.pairs(model_ids=targets, using=using)
        wanted = sql.is_one_of(using, "row_id", row_ids)
        ((pointing,),) = sql.fetch(using, f"SELECT COUNT(DISTINCT row_id) FROM ({query}) p WHERE {wanted}", params)
        self._beside.repoint(row_ids=row_ids, targets=targets, using=using)
        super().repoint(row_ids=row_ids, targets=targets, using=using)
        return int(pointing)

    def current_values(self, *, label: str, row_ids: Sequence[Key], using: str) -> dict[Key, State]:
        keys = self._beside.current_values(label=KEY, row_ids=row_ids, using=using)
        states = super().current_values(label=label, row_ids=row_ids, using=using)
        for row_id, state in states.items():
            in_json = {JSON: state.pop(self.label)} if self.label in state else {}
            state[self.label] = in_json | keys[row_id]
        return states

    def undone(self, *, change: Change, held: Mapping[Key, State], others: OthersOf) -> dict[Key, State]:
        if change.label == self.parameters_label:
            in_json = {row_id: self._in_json(state) for row_id, state in held.items()}
            return super().undone(change=change, held=in_json, others=others)
        return {
            row_id: {self.label: {**held[row_id][self.label], **change.old_value}}
            for row_id in change.row_ids
            if row_id in held and self._still_holds(held[row_id], change)
        }

    def _still_holds(self, held: State, change: Change) -> bool:
        """Return whether each of the two that the change is about holds what it was given."""
        in_json = JSON not in change.old_value or self._still_points(self._in_json(held), change)
        return in_json and (KEY not in change.old_value or held[self.label][KEY] == read_key(change.new_value))

    def _in_json(self, held: State) -> State:
        """Return what a row holds as the kind without a key knows it."""
        both = held[self.label]
        others = {label: value for label, value in held.items() if label != self.label}
        return others | ({self.label: both[JSON]} if JSON in both else {})

    def moved_on_by(self, *, change: Change, held: State, others: Others) -> int | None:
        return others.moved_on(change)

    def restore_values(
        self, *, change: Change, held: Mapping[Key, State], values: Mapping[Key, State], using: str
    ) -> None:
        if change.label == self.parameters_label:
            super().restore_values(change=change, held=held, values=values, using=using)
            return
        if JSON in change.old_value:
            in_json = {row_id: self._in_json(state) for row_id, state in values.items()}
            super().restore_values(change=change, held=held, values=in_json, using=using)
        if KEY in change.old_value:
            of_key = dataclasses.replace(change, old_value=change.old_value[KEY])
            self._beside.restore_values(change=of_key, held=held, values=values, using=using)


def _joined(ids: Sequence[Change], keys: Sequence[Change]) -> list[Change]:
    """Return what was changed, each row once for a model: in JSON, in the key, or in both.

    :param ids: what was changed in JSON
    :param keys: what was changed in the foreign key
    """
    left = {change.model_id: dict(zip(change.row_ids, change.affected, strict=True)) for change in keys}
    rows: list[tuple[Key, Any, Any, list[Key], list[AffectedKey]]] = []
    for change in ids:
        of_model = left.get(change.model_id, {})
        for row_id, affected in zip(change.row_ids, change.affected, strict=True):
            key = {KEY: change.model_id} if of_model.pop(row_id, None) else {}
            rows.append((change.model_id, {JSON: change.old_value} | key, change.new_value, [row_id], [affected]))
    for change in keys:
        alone = left[change.model_id]
        if alone:
            rows.append((change.model_id, {KEY: change.model_id}, change.new_value, [*alone], [*alone.values()]))
    return packed(rows)
