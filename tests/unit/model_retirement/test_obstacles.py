"""What stands in the way of an undo, in words."""

from __future__ import annotations

import pytest

from model_retirement import obstacles


@pytest.mark.parametrize(
    ("obstacle", "words"),
    [
        (obstacles.CHANGED, "changed or gone since"),
        (obstacles.GONE, "changed or gone since"),
        (obstacles.NO_MODEL, "its model is not back"),
        (obstacles.moved_on(7), "moved on by removal 7"),
        (
            obstacles.missing(columns=["tariff_id"], values=[3], table="billing_tariff"),
            "points at what is gone: tariff_id 3 of billing_tariff",
        ),
        (obstacles.taken(columns=["type", "name"], by=12), "row 12 has the same type, name"),
        (obstacles.refused("closed by us"), "refused by the database: closed by us"),
    ],
)
def test_each_of_them_has_words(obstacle: str, words: str):
    assert obstacles.in_words(obstacle) == words
    assert obstacles.later_removal(obstacle) == (7 if "removal" in obstacle else None)


def test_rows_are_listed_by_words_with_the_last_removal_first():
    left_alone: obstacles.LeftAlone = {"changed": [1], "gone": [2], "removal 5": [3], "removal 12": [4]}
    assert list(obstacles.by_words(left_alone).items()) == [
        ("moved on by removal 12", [4]),
        ("moved on by removal 5", [3]),
        ("changed or gone since", [1, 2]),
    ]
