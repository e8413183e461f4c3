"""What is counted by place stays small, whatever keys the data has."""

from __future__ import annotations

from model_retirement.json_paths import EACH
from model_retirement.reference_scan.tally import MOST_PATHS, Tallies, Tally
from model_retirement.reference_scan.words import Path


def tally_of(row: int) -> Tally:
    return Tally(1, "7", [str(row)])


def counted(tallies: Tallies) -> dict[Path, tuple[int, list[str]]]:
    return {path: (tally.count, tally.rows) for path, tally in tallies}


def test_a_place_is_counted_with_its_first_rows():
    tallies = Tallies()
    for row in (1, 1, 2, 3, 4):
        tallies.add(("model",), tally_of(row))
    assert counted(tallies) == {("model",): (5, ["1", "2", "3"])}


def test_keys_that_the_data_chose_become_one_place():
    tallies = Tallies()
    for user in range(1_000):
        tallies.add(("users", f"user {user}", "model"), tally_of(user))
    tallies.add(("users", "other", "llm"), tally_of(0))
    assert counted(tallies) == {
        ("users", EACH, "model"): (1_000, ["0", "1", "2"]),
        ("users", "other", "llm"): (1, ["0"]),
    }


def test_the_last_key_may_be_chosen_by_the_data_too():
    tallies = Tallies()
    for number in range(6):
        tallies.add(("models", str(number)), tally_of(number))
    assert counted(tallies) == {("models", EACH): (6, ["0", "1", "2"])}


def test_elements_of_a_list_are_no_keys():
    tallies = Tallies()
    for number in range(6):
        tallies.add(("models", None), tally_of(number))
    assert [path for path, _ in tallies] == [("models", None)]


def test_keys_that_speak_of_models_stay_apart():
    tallies = Tallies()
    names = ["model", "llm", "judge_model", "draft_model", "small_model", "large_model"]
    for name in names:
        tallies.add((name,), tally_of(1))
    tallies.add(("routes", None, "model"), tally_of(2))
    assert [path for path, _ in tallies] == [*((name,) for name in names), ("routes", None, "model")]


def test_there_is_an_end_to_places_that_have_nothing_in_common():
    tallies = Tallies()
    for number in range(10 * MOST_PATHS):
        tallies.add((f"a{number}", f"b{number}", f"c{number}_model"), tally_of(number))
        tallies.add((f"{number}_model",), tally_of(number))
    assert len(list(tallies)) <= MOST_PATHS
    assert sum(tally.count for _, tally in tallies) == 20 * MOST_PATHS
