"""What a replacement's token limit means for those who move to it."""

from __future__ import annotations

import re

from django.utils.translation import gettext_noop

from model_retirement.wording import Words

# Notices keep its English words: under others the warnings that are stored would not be read any more.
MESSAGE = gettext_noop(
    "%(replacement)s reads at most %(limit)s tokens, %(name)s read %(limit_before)s: long texts may not fit any more"
)
_FACTS = re.compile(re.sub(r"%\((\w+)\)s", r"(?P<\1>.+)", MESSAGE))


def limit_warnings(*, name: str, max_token_limit: int, replacement: str, replacement_limit: int) -> tuple[str, ...]:
    """Return what people should know if a replacement reads less than the model before it.

    :param max_token_limit: in tokens, as is the other; 0 where it is not known
    """
    if not replacement_limit or replacement_limit >= max_token_limit:
        return ()
    limits = {"limit": f"{replacement_limit:,}", "limit_before": f"{max_token_limit:,}"}
    return (Words(MESSAGE, replacement=replacement, name=name, **limits),)


def read_warning(text: str) -> str:
    """Return a warning that a notice keeps in English as words that can be translated; other text stays as it is."""
    match = _FACTS.fullmatch(text)
    return Words(MESSAGE, **match.groupdict()) if match else text
