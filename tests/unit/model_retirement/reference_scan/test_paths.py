"""Places inside JSON, as they are written, and which of them a declaration is about."""

from __future__ import annotations

import pytest

from model_retirement.reference_scan.paths import is_declared_by, label_of


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ((), "app.Node.params"),
        ((None,), "app.Node.params[*]"),
        (("a", "b-c", None, "model"), "app.Node.params.a.b-c[*].model"),
        (("a.b", 'c"'), 'app.Node.params."a.b"."c\\""'),
    ],
)
def test_a_place_is_written_as_a_declaration_has_it(path, written):
    assert label_of("app.Node.params", path) == written
    assert is_declared_by(written, written)


@pytest.mark.parametrize(
    ("place", "declared", "is_declared"),
    [
        ("a.B.data.model_ids[*]", "a.B.data.model_ids", True),
        ("a.B.data.model_ids[*][*]", "a.B.data.model_ids", False),
        ("a.B.data.model_id", "a.B.data.model_ids", False),
        ("a.B.data.model.id", "a.B.data.model", False),
        ("a.B.data.prod.model", "a.B.data[*].model", True),
        ('a.B.data."x.y".model', "a.B.data[*].model", True),
        ("a.B.data[*].model", "a.B.data[*].model", True),
        ("a.B.data.x.y.model", "a.B.data[*].model", False),
        ("a.B.data.models.x", "a.B.data.models[*]", True),
        ("a.B.data.models", "a.B.data.models[*]", False),
        ("a.B.data", "a.B.dat.", False),
    ],
)
def test_a_declaration_is_about_what_it_says(place, declared, is_declared):
    assert is_declared_by(place, declared) == is_declared
