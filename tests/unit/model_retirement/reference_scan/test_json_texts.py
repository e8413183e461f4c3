"""JSON that is stored as text is looked into, and nothing in it stops a scan."""

from __future__ import annotations

import json
import tracemalloc
import uuid

import pytest
from django.db import connection
from django.test import override_settings

from model_retirement.reference_scan import json_texts
from model_retirement.reference_scan.json_texts import FETCHED, IDS_PER_QUERY, LONGEST_TEXT
from model_retirement.stored_json import Literal
from tests.factories.teams import TeamFactory
from tests.unit.model_retirement.reference_scan.rows import event, make, model_named, places, scanned

pytestmark = pytest.mark.usefixtures("forgetful")

NO_ID = 987_654_321


def test_ids_and_names_in_text_that_is_json_are_found(model_id):
    """Rule 4."""
    key = str(model_id)
    value = {
        "llm_provider_model_id": model_id,
        "fallback_ids": [key, float(model_id), NO_ID, None],
        "nested": [{"model": {"id": key}}],
        "model_limits": {key: 1},
        "any": "gpt-4",
        "sonar": "sonar",
        "prices": {"openai/gpt-4": 1},
        "max_tokens": model_id,
        "note": "Ask gpt-4",
    }
    row = event(text=json.dumps(value), title=f'  [{{"model": {model_id}}}]')
    assert places() == {
        ("title[*].model T", "ids"): (1, key),
        ("text.llm_provider_model_id T", "ids"): (1, key),
        ("text.fallback_ids[*] T", "ids"): (2, key),
        ("text.nested[*].model.id T", "ids"): (1, key),
        ("text.model_limits[keys] T", "ids"): (1, key),
        ("text.any T", "names"): (1, "gpt-4"),
        ("text.sonar T", "names"): (1, "sonar"),
        ("text.prices[keys] T", "names"): (1, "openai/gpt-4"),
    }
    assert {place.rows for place in scanned().places} == {(str(row.pk),)}


def test_a_column_of_text_may_speak_itself(model_id):
    event(model=f"[{model_id}]")
    event(model=f'{{"id": {model_id}}}')
    event(title=f"[{model_id}]")
    assert places() == {("model[*] T", "ids"): (1, str(model_id)), ("model.id T", "ids"): (1, str(model_id))}


def test_json_that_was_stored_as_a_string_is_found_too(model_id):
    """Whoever calls ``json.dumps`` once too often has stored a text."""
    key, inner = str(model_id), json.dumps({"llm_model": model_id})
    event(payload=inner, text=json.dumps(json.dumps(json.loads(inner))))
    event(payload={"steps": [{"config": inner}], "model": model_id, "text": json.dumps(["gpt-4"])})
    assert places() == {
        ("payload.llm_model T", "ids"): (1, key),
        ("text.llm_model T", "ids"): (1, key),
        ("payload.steps[*].config.llm_model T", "ids"): (1, key),
        ("payload.text[*] T", "names"): (1, "gpt-4"),
        ("payload.model", "ids"): (1, key),
    }


def test_uuids_in_text_are_found_whatever_stands_above_them(forgetful):
    key = uuid.UUID("0189c2f0-aaaa-7bbb-8ccc-0123456789ab")
    make("LlmWithUuid", id=key, type="openai", name="test", max_token_limit=1)
    event(text=json.dumps({"engine": str(key), "other": str(uuid.uuid4()), "count": 1, "weights": {key.hex: 1}}))
    with override_settings(MODEL_RETIREMENT_MODEL="forgetful_app.LlmWithUuid"):
        assert places() == {
            ("text.engine T", "ids"): (1, str(key)),
            ("text.weights[keys] T", "ids"): (1, str(key)),
        }


def no_json(model_id: int) -> dict[str, str]:
    """Return texts that hold no reference, and that a careless reader would break over."""
    return {
        "prose": f"{{model_id}} is the model {model_id}, or gpt-4",
        "prose in brackets": f'[model: {model_id}] "gpt-4" {{"model": {model_id}}}',
        "half of it": f'{{"model": {model_id}',
        "more than it": f'{{"model": {model_id}}}}}',
        "two of them": f'{{"model": {model_id}}}\n{{"model": {model_id}}}',
        "in single quotes": f"{{'model': {model_id}}}",
        "a deep nest": '{"a":' * 100_000 + f'{{"model":{model_id}}}' + "}" * 100_000,
        "a deep list": "[" * 400_000,
        "deeper than readers go": '{"a":' * 110 + f'{{"model":{model_id}}}' + "}" * 110,
        "5,000 digits": '{"model": ' + "9" * 5_000 + ', "models": ["' + "9" * 5_000 + '"]}',
        "beyond a float": '{"model": 1e400, "models": [-1e400, 1e-400, NaN, Infinity]}',
        "NUL": f'{{"model": "{model_id}\\u0000", "models": ["\\u0000"]}}',
        "half a character": '{"model\\ud800": 0, "\\udfff": ["\\ud800"]}',
        "quotes without an end": '["' + '\\"' * 200_000,
        "truth": '{"model": true, "models": [null, false]}',
        "nothing": "{}",
        "empty list": "[]",
        "brackets": "[{" * 10,
        "a number with an exponent": '{"model": 1e-1}',
        "blanks": " " * 50 + f'{{"model": {model_id}}}',
    }


def test_text_that_is_no_json_and_json_that_is_odd_does_no_harm(model_id):
    """Rule 23."""
    assert model_id > 1
    team = TeamFactory.create()
    for text in no_json(model_id).values():
        event(team=team, text=text)
    row = event(team=team, text=f'{{"\\ud800": {{"model": {model_id}}}, "a\\u0000": {{"llm": {model_id}}}}}')
    assert places() == {
        ('text."?".model T', "ids"): (1, str(model_id)),
        ('text."a\\u0000".llm T', "ids"): (1, str(model_id)),
    }
    assert {place.rows for place in scanned().places} == {(str(row.pk),)}


@pytest.mark.sqlite  # it takes any bytes for text
def test_bytes_that_are_no_text_do_no_harm(model_id):
    """Rule 23."""
    event(text="x")
    event(text=f'{{"?": {{"model": {model_id}}}}}')
    with connection.cursor() as cursor:
        cursor.execute("UPDATE forgetful_app_event SET text = replace(text, '?', CAST(x'ff' AS text)), title = x'7bff'")
        cursor.execute("UPDATE forgetful_app_event SET model = CAST(x'7b00ff' AS text)")
    assert places() == {('text."\ufffd".model T', "ids"): (1, str(model_id))}


def test_a_text_that_is_too_long_is_named_and_the_others_are_read(model_id):
    long = json.dumps({"model": model_id, "text": "x" * LONGEST_TEXT})
    rows = [event(text=long, title=f'{{"model": {model_id}}}') for _ in range(5)]
    event(text="x" * (LONGEST_TEXT + 1))
    assert places() == {("title.model T", "ids"): (5, str(model_id))}
    assert scanned().too_long == {"forgetful_app.Event.text": tuple(str(row.pk) for row in rows[:3])}
    assert scanned(page=1).too_long == scanned().too_long


def test_pages_and_parts_make_no_difference(model_id, monkeypatch):
    team = TeamFactory.create()
    for number in range(7):
        event(team=team, text=json.dumps({"model": model_id, "x": "x" * number}), title=f"[{number}]")
    whole = scanned()
    assert [(place.count, len(place.rows)) for place in whole.places] == [(7, 3)]
    for page in (1, 2, 3, 7):
        assert scanned(page=page) == whole
    for fetched in (1, 30, 70, 200):
        monkeypatch.setattr(json_texts, "FETCHED", fetched)
        assert scanned() == whole
    assert scanned(newest=2).places[0].count == 2


def test_ids_are_looked_up_in_portions(model_id):
    others = [NO_ID + number for number in range(2 * IDS_PER_QUERY)]
    event(text=json.dumps({"models": [*others, model_id, *others]}))
    assert places() == {("text.models[*] T", "ids"): (1, str(model_id))}


def test_many_times_as_much_text_needs_no_more_memory(model_id):
    team, model = TeamFactory.create(), model_named("Event")
    text = json.dumps({"model": model_id, "text": "x" * (FETCHED // 10)})

    def peak(rows: int) -> int:
        model.objects.all().delete()
        for _ in range(rows):
            model.objects.create(team=team, text=text)
        tracemalloc.start()
        assert places() == {("text.model T", "ids"): (rows, str(model_id))}
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(100) < 1.5 * peak(10)


def test_numbers_as_sql_writes_them_are_read_like_those_of_the_database(model_id):
    event(payload=json.dumps({"model": Literal("x").text, "llm": f"0{model_id}.0"}))
    assert places() == {("payload.llm T", "ids"): (1, str(model_id))}
