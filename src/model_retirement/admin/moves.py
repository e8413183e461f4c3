"""What moves mean, for pages of the admin."""

from __future__ import annotations

from collections.abc import Iterable

from model_retirement.wording import Words, translated


def sentences(said: Iterable[Words]) -> list[str]:
    """Return each as a sentence, in the active language."""
    return [f"{translated(words)}." for words in said]
