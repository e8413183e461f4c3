"""The words of what is worth knowing of the places where models are pointed at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model_retirement.removal.report import ReferenceRemark


def lines(remarks: Sequence[ReferenceRemark]) -> Iterator[str]:
    """Yield the remarks by place; nothing if there are none."""
    if remarks:
        yield ""
        yield "Worth knowing of the places where models are stored:"
        yield from (f"  {remark.reference}: {remark.text}" for remark in remarks)
