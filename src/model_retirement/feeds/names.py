"""Names of models as sources write them: prefixes, regions, and other spellings.

Prefixes and regions
--------------------
``models/gemini-2.0-flash``, ``groq/whisper-large-v3`` and ``azure/eu/gpt-4o`` name a list, a provider and a region before
the model. A region says where a model runs, not which one it is. What is before the last one is taken off only where
it is known to be such a thing: in ``openai/gpt-oss-120b`` of Groq it is part of the name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from model_retirement.feeds import providers

_LIST = re.compile(r"(?:publishers/[a-z0-9-]+/)?models/(?=.)")

_PLACES = "africa|ap|apac|asia|au|australia|ca|eu|europe|global|in|jp|me|mx|northamerica|sa|southamerica|uk|us"
_REGION = re.compile(
    rf"(?:(?:{_PLACES})(?:-gov)?|(?:{_PLACES})(?:-gov|-iso[a-z]?)?-(?:north|south|east|west|central){{1,2}}-?[0-9]"
    r"|(?:global|data-?zone)(?:-standard)?)/(?=.)"
)
_DOTTED_REGION = re.compile(r"(?:apac|au|ca|eu|global|jp|us|us-gov)\.(?=[a-z0-9-]+\.)")

_SEPARATORS = re.compile(r"[-_.:/@\s]+")


def plain(written: str, *, provider: str, ours: Mapping[str, str]) -> str:
    """Return the model's own name; see "Prefixes and regions".

    :param provider: our key of the row's provider
    :param ours: our keys by the names of providers in sources
    """
    name = _LIST.sub("", written, count=1) if _LIST.match(written) else written
    first, slash, rest = name.partition("/")
    if slash and rest and ours.get(providers.normal(first)) == provider:
        name = rest
    name = name[match.end() :] if (match := _REGION.match(name)) else name
    return name[match.end() :] if (match := _DOTTED_REGION.match(name)) else name


def spelling(name: str) -> str:
    """Return what is left of a name without case and separators: the same for ``GPT_4.1`` and ``gpt-41``."""
    return _SEPARATORS.sub("", name.casefold())
