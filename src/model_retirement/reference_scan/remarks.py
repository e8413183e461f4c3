"""What has to be known, or done first, where a place is declared; most places need no such words."""

from __future__ import annotations

from django.db.models import Model

from model_retirement.reference_scan.declarations import declaration, field_of, odd_key
from model_retirement.reference_scan.scan import ScannedPlace
from model_retirement.reference_scan.tables import Shape
from model_retirement.references.other_keys import UNKNOWN_KEY, another_key, wrong_key

_OWN_KIND = "or write a kind of your own"


def remark(place: ScannedPlace) -> str:
    """Return what has to be known or done beside the line; empty if nothing has."""
    if place.column.of_a_view:
        return f"{place.column.model} is a view: declare the place where its table stores it, and ignore it here."
    if odd := odd_key(place):
        return _on_key(odd)
    if place.column.shape is Shape.RELATION and not field_of(place).null:
        return (
            "It must be nullable. If the rows belong to the model and are to go with it, declare"
            f' OwnedRows("{place.column.label}") instead.'
        )
    return "" if declaration(place) else _without_kind(place)


def _on_key(model: type[Model]) -> str:
    """Return what the check says that refuses a declaration for rows with such a key."""
    return f"{wrong_key(model)} Such rows cannot be declared ({UNKNOWN_KEY}). {another_key(model)}."


def _without_kind(place: ScannedPlace) -> str:
    """Return what to do about a place that no kind of reference stands for."""
    shape = place.column.shape
    if place.in_text and shape is Shape.TEXT:
        return (
            "This is JSON in a column of text, which no kind of reference opens: make the column a JSONField and declare it"
            f" then, {_OWN_KIND}."
        )
    if place.in_text:
        return (
            "This is JSON that was stored as a string inside JSON, which no kind of reference opens: store it as an object or a"
            f" list, {_OWN_KIND}."
        )
    if shape is Shape.ARRAY:
        kind = type(field_of(place)).__name__
        return (
            f"No kind of reference stands for an {kind}: make it a many-to-many relation or a JSONField, {_OWN_KIND}."
        )
    if shape in {Shape.TEXT, Shape.NUMBER}:
        return f"No kind of reference stands for an id in a plain column: make it a foreign key, {_OWN_KIND}."
    return "No kind of reference stands for this: write one of your own, a subclass of Reference."
