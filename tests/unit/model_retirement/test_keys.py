"""Keys are integers or UUIDs: what is read as one, how it is written, and how many of them are held."""

from __future__ import annotations

from array import array
from uuid import UUID

import pytest
from django.db import models
from django.test.utils import isolate_apps

from model_retirement import keys
from model_retirement.keys import KeyKind

ONE = UUID("0B1f0d4e-0000-4000-8000-00000000000a")


@isolate_apps("tests.unit.model_retirement")
def test_what_the_keys_of_a_table_are_is_what_its_key_leads_to():
    def made(name: str, **fields: models.Field) -> type[models.Model]:
        meta = type("Meta", (), {"app_label": "hosts"})
        return type(name, (models.Model,), {"Meta": meta, "__module__": __name__, **fields})

    number, uuid_keyed, text = (
        made("Numbered"),
        made("Uuids", uid=models.UUIDField(primary_key=True)),
        made("Texts", code=models.CharField(primary_key=True, max_length=9)),
    )
    beside = made("Beside", one=models.OneToOneField(uuid_keyed, models.CASCADE, primary_key=True))
    pair = made("Pair", a=models.IntegerField(), b=models.IntegerField(), pk=models.CompositePrimaryKey("a", "b"))
    kinds = [keys.kind_of(model) for model in (number, uuid_keyed, text, beside, pair)]
    assert kinds == [KeyKind.INTEGER, KeyKind.UUID, None, KeyKind.UUID, None]
    assert [keys.path_converter(model) for model in (number, uuid_keyed)] == ["int", "uuid"]


def test_a_key_is_read_as_a_database_or_json_gives_it():
    assert [keys.read_key(value) for value in (7, "7", ONE.hex, str(ONE), ONE, None)] == [7, 7, ONE, ONE, ONE, None]
    many = [1, 2]
    assert keys.read_keys(many) is many
    assert keys.read_keys([None, ONE.hex, str(ONE)]) == [None, ONE, ONE]
    assert keys.read_keys([]) == []


def test_a_key_is_written_for_json_and_for_statements():
    assert [keys.json_key(key) for key in (7, ONE, None)] == [7, str(ONE), None]
    assert [keys.sql_key(key) for key in (7, ONE)] == ["7", f"'{ONE.hex}'"]
    assert [keys.id_list(ids) for ids in ([], [1, 2], [ONE])] == ["NULL", "1,2", f"'{ONE.hex}'"]
    assert keys.spelled(7) == ("7",)
    assert keys.spelled(ONE) == (str(ONE), ONE.hex)


@pytest.mark.parametrize("written", ["1); DROP TABLE teams; --", "1", 1.5, None])
def test_what_is_no_key_gets_into_no_statement(written):
    with pytest.raises(TypeError):
        keys.sql_key(written)
    with pytest.raises(TypeError):
        keys.id_list([written])


def test_what_people_write_is_a_key_of_the_kind_that_is_asked_for_or_none():
    largest = str(2**63 - 1)
    assert [keys.parse_key(text, kind=KeyKind.INTEGER) for text in ("7", largest, str(2**63), "-7", "x", str(ONE))] == [
        7,
        int(largest),
        None,
        None,
        None,
        None,
    ]
    assert [keys.parse_key(text, kind=KeyKind.UUID) for text in (str(ONE), ONE.hex, "7", "")] == [ONE, ONE, None, None]


def test_very_many_keys_are_packed():
    numbers = keys.packed_keys([3, 1], kind=KeyKind.INTEGER)
    assert numbers == array("q", [3, 1])
    uuids = keys.packed_keys(kind=KeyKind.UUID)
    uuids.extend(UUID(int=number) for number in range(5))
    assert len(uuids) == 5
    assert list(uuids) == [UUID(int=number) for number in range(5)]
    assert uuids[-1] == UUID(int=4)
    assert uuids[1:3] == [UUID(int=1), UUID(int=2)]
    with pytest.raises(IndexError):
        uuids[5]


def test_what_stands_in_for_a_row_has_the_key_of_none():
    assert keys.stand_in_key(1, kind=KeyKind.INTEGER) == -1
    assert keys.stand_in_key(1, kind=KeyKind.UUID) == UUID(int=1)
