"""The benchmark's comparison knows the engine's tables: a removal writes there of itself, and hand-written SQL does not."""

from __future__ import annotations

from django.apps import apps

from benchmarks import outcome

ENGINE = ("model_retirement", "model_retirement_data_migrations")


def test_what_a_removal_writes_about_itself_is_left_out_of_the_comparison():
    tables = [
        model._meta.db_table
        for label in ENGINE
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
    assert len(tables) > 5
    compared = [table for table in tables if not table.startswith(outcome.RECORDS)]
    assert compared == [], "Add it to RECORDS in benchmarks/outcome.py, or no removal is like the hand-written one."
