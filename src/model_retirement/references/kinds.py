"""What a reference is. ``*_kind`` and ``*_kinds`` have the kinds that there are.

A reference answers two questions, as SQL: which rows point at given models (:meth:`Reference.pairs`), and what a row is
worth knowing about (:meth:`Reference.rows`). And it can move a slice of rows (:meth:`Reference.move`), telling what it
changed, exactly as it was stored.

A kind of a host's own inherits from :class:`Reference` and overrides at least what is abstract there. It runs
``model_retirement.testing.assert_reference_kind`` in a test, which says what such a kind still gets wrong.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from model_retirement import sql
from model_retirement.host_models import llm_model, llm_model_key
from model_retirement.ids import stored_key
from model_retirement.keys import Key, KeyKind, kind_of
from model_retirement.references.changes import Change, LockedGroup, Moves, Others, OthersOf, Past, State, locked_group
from model_retirement.references.pointing_field import PointingField
from model_retirement.references.rows import of_team, rows_of, team_beyond
from model_retirement.sql import Statement


@dataclasses.dataclass(frozen=True)
class Reference(PointingField, abc.ABC):
    """One place in the schema that points at models.

    Its parameters are those of :class:`PointingField`.
    """

    @property
    def relation_labels(self) -> tuple[str, ...]:
        """Labels of the relations of Django's that it accounts for."""
        return (self.label,)

    @property
    def journal_labels(self) -> tuple[str, ...]:
        """Labels under which changes of this reference's rows are written down."""
        return (self.label,)

    @property
    def pointing_labels(self) -> tuple[str, ...]:
        """Those of these labels under which stands what the reference itself holds, and not what is beside it."""
        return (self.label,)

    @property
    def missing_index(self) -> str:
        """What to add to the model so that :meth:`pairs` need not read its whole table; empty if there is nothing to add."""
        return ""

    @property
    def reads_whole_table(self) -> bool:
        """Whether :meth:`pairs` reads all rows, since no index helps or the one that would is missing."""
        return bool(self.missing_index)

    def remarks(self, *, model_ids: Iterable[Key], using: str) -> list[str]:
        """Return what people should know before references to models are moved, a sentence or two each."""
        if not self.reads_whole_table:
            return []
        remedy = f" Add to Meta.indexes of {self.model}: {self.missing_index}" if self.missing_index else ""
        return [f"No index finds it, so the whole table is read.{remedy}"]

    @property
    def goes_with_model(self) -> bool:
        """Whether its rows belong to the model and are deleted with it, so that no team is told of them."""
        return False

    @property
    def is_deleted_to_clear(self) -> bool:
        """Whether what points at a model without a replacement is deleted, so that no column of it has to be nullable."""
        return self.goes_with_model

    @property
    def holds(self) -> str:
        """Word for one of the models of a row, where it may hold several; empty where it holds one."""
        return ""

    def members(self, _row_id: str, *, using: str) -> str:
        """Return an expression for the number of models that a row holds now.

        :param row_id: expression for the row's key
        """
        raise NotImplementedError(f"{self.label} holds one model.")

    def stored_value(self, value: Any) -> Any:
        """Return what was stored, of a value in the journal of this reference."""
        return value

    @property
    def parameters_label(self) -> str:
        """Name in the journal of the settings for the model that stand beside its id; empty if there are none."""
        return ""

    def parameters(self, field: str, *, using: str) -> str:
        """Return an expression for the JSON text of these settings.

        :param field: expression for the value of the reference's field
        """
        raise NotImplementedError(f"{self.label} keeps no settings.")

    @property
    def main_label(self) -> str:
        """Name of the reference to the main model that this one is a list beside; empty if it is none."""
        return ""

    def beside(self, _list: Reference) -> Reference:
        """Return the reference with a list beside it whose main model it is.

        :raises ValueError: if it is of a kind that cannot have one
        """
        raise ValueError(f"{self.label} is no id under a key of a JSON field, so no list can stand beside it.")

    @property
    def row_kind(self) -> KeyKind | None:
        """What the keys of the rows are."""
        return kind_of(self.model_class)

    @property
    def model_kind(self) -> KeyKind | None:
        """What the keys of the models are."""
        return kind_of(llm_model())

    @property
    def resource_label(self) -> str:
        """Label of the Django model of the resource that people recognise in the rows."""
        return self.resource_path.resource.model

    @property
    def db_columns(self) -> set[tuple[str, str]]:
        """Tables and columns on which a foreign-key constraint to the model table is this reference's own."""
        return {(self.model_class._meta.db_table, self._column(self.field))}  # noqa: SLF001

    def rows(self, *, using: str, **values: str) -> Statement:
        """Return a query over all rows, hidden ones included, with ``r_id``, ``r_team`` and ``r_<name>`` per look-up."""
        return rows_of(self.model_class, team=self.team, using=using, **values)

    def resources(self, *, using: str, **values: str) -> Statement:
        """Return the same over the resources that the rows concern, with look-ups from there."""
        team = team_beyond(self.resource_path.path, self.team, otherwise=self.resource_path.resource.team)
        return rows_of(self.resource_path.resource.model_class, team=team, using=using, **values)

    @abc.abstractmethod
    def pairs(self, *, model_ids: Iterable[Key], using: str, team_id: Key | None = None) -> Statement:
        """Return a query for ``row_id`` and ``model_id``: one line per stored pointer at one of the models.

        :param team_id: only rows of this team, which are found through the team and not through the models
        """

    def ids_without_row(
        self, table: str, *, using: str, team_id: Key | None = None, first: Key | None = None
    ) -> Statement | None:
        """Return the same for the stored ids that a table has no row of; None if the database lets no id dangle.

        :param table: quoted name of the table of models
        :param team_id: only rows of this team
        :param first: only the row with this primary key and those after it
        """
        return None

    def disagreeing(self, *, using: str, model_ids: Iterable[Key] | None = None) -> Statement | None:
        """Return a query for ``row_id`` of rows that store a model twice, not the same; None if it is stored once.

        :param model_ids: only rows that point at one of these
        """
        return None

    def texts_read(self, *, moves: Moves, using: str) -> list[str]:
        """Return expressions, on the table of the rows, for the texts that :meth:`move` reads of a row."""
        return [self._affected_columns(using)[1]]

    @abc.abstractmethod
    def move(self, *, row_ids: Sequence[Key], moves: Moves, using: str) -> list[Change]:
        """Move what the rows hold, inside the caller's transaction; rows that meanwhile hold something else stay."""

    def repoint(self, *, row_ids: Sequence[Key], targets: Mapping[Key, Key | None], using: str) -> int:
        """Move what the rows hold and return how much; for when nobody wants to know what it was.

        Nothing is merged that can stay as it is: without an account of it nothing would tell it apart again.

        :param targets: model id to the id that takes its place; None clears the reference
        """
        changes = self.move(row_ids=row_ids, moves=Moves(targets, merge=False), using=using)
        return sum(len(change.row_ids) for change in changes)

    def vacuum_index(self, *, model_ids: Iterable[Key], using: str) -> None:  # most kinds need none
        """Let PostgreSQL drop from the index what earlier batches left there; call it between two batches.

        An index scan drops dead entries that it meets, but has to fetch their pages. Now they are at hand; later every
        sweep and foreign-key check would fetch them: a quarter of a large removal's time.
        """

    @abc.abstractmethod
    def current_values(self, *, label: str, row_ids: Sequence[Key], using: str) -> dict[Key, State]:
        """Lock rows and return what each holds now, as far as changes under a label are concerned; rows may be gone."""

    @abc.abstractmethod
    def undone(self, *, change: Change, held: Mapping[Key, State], others: OthersOf) -> dict[Key, State]:
        """Return what becomes of the rows of a change when it is undone; rows for which it cannot be are missing.

        Values are compared by what they mean: an editor may store an id in another way without changing it.

        :param held: what the rows hold now
        """

    def moved_on_by(self, *, change: Change, held: State, others: Others) -> int | None:
        """Return the later removal that stands in the way of undoing a change of a row; None if there is none.

        :param held: what the row holds now
        """
        last = others.later[-1] if others.later else None
        return last.run_id if last and stored_key(held.get(self.label)) == stored_key(last.new_value) else None

    @abc.abstractmethod
    def restore_values(
        self, *, change: Change, held: Mapping[Key, State], values: Mapping[Key, State], using: str
    ) -> None:
        """Give rows what :meth:`undone` returned, inside the transaction in which :meth:`current_values` locked them."""

    def takeable(
        self, *, change: Change, values: Mapping[Key, State], coming: Collection[Key], using: str
    ) -> tuple[Mapping[Key, State], Mapping[Key, str]]:
        """Return what the database takes of what :meth:`undone` gave, and what stands in the way of the others.

        :param coming: keys of models that may be still to come back
        """
        return values, {}

    def restore_beside_main(self, *, pasts: Mapping[Key, Past], using: str) -> list[Key]:
        """Give rows of a list what a later removal took out since the main model beside it had become the same.

        It is no double any more when the main model has been put back. Call it inside a transaction, after that.

        :param pasts: by row, where the removal that is undone has changed the main model and not the list
        :return: the rows that were written
        """
        return []

    def _of_team(self, row_id: str, *, using: str, team_id: Key | None) -> Statement:
        return of_team(self.model_class, team=self.team, row_id=row_id, team_id=team_id, using=using)

    def _locked_groups(
        self, *, keys: Sequence[str], where: str, using: str, ids: Sequence[int] = ()
    ) -> list[LockedGroup]:
        """Lock rows and return them grouped by what they hold: the database packs, so that few lines travel.

        :param keys: SQL expressions of what they hold
        :param where: SQL condition that says which rows
        :param ids: the places of those that are keys of models
        """
        table, pk, _ = self._names(using, "")
        resource, detail = self._affected_columns(using)
        held = ", ".join(f"{key} AS k{place}" for place, key in enumerate(keys))
        group = ", ".join(f"k{place}" for place in range(len(keys)))
        collected = ", ".join(sql.collected(using, column) for column in ("row_id", "resource_id", "detail"))
        rows = (
            f"SELECT {held}, {pk} AS row_id, {resource} AS resource_id, {detail} AS detail FROM {table}"
            f" WHERE {where} ORDER BY {pk}{sql.lock_clause(using)}"
        )
        first = sql.dialect(using).smallest("row_id", kind=self.row_kind)
        query = f"SELECT {group}, {collected} FROM ({rows}) l GROUP BY {group} ORDER BY {first}"
        return [locked_group(row, held=len(keys)) for row in sql.fetch(using, query, keys=ids)]

    def _affected_columns(self, using: str, *, prefix: str = "") -> tuple[str, str]:
        """Return the row's columns for the key of its resource and for the part of it that the row is."""
        meta = self.model_class._meta  # noqa: SLF001
        resource = sql.quote(using, self._column(self.resource_path.path or meta.pk.name))
        detail = sql.quote(using, self._column(self.resource_path.detail)) if self.resource_path.detail else ""
        return f"{prefix}{resource}", f"{prefix}{detail}" if detail else "''"

    def _column(self, field: str) -> str:
        model_field: Any = self.model_class._meta.get_field(field)  # noqa: SLF001
        return str(model_field.column)

    def _model_pk(self, using: str) -> str:
        return sql.quote(using, llm_model_key())

    def _names(self, using: str, column: str) -> tuple[str, str, str]:
        meta = self.model_class._meta  # noqa: SLF001
        return sql.quote(using, meta.db_table), sql.quote(using, self._column(meta.pk.name)), sql.quote(using, column)
