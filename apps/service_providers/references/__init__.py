"""Where the platform points at LLM models: the registry, the kinds of reference, and what is asked of them."""

from apps.service_providers.references.json_kinds import JsonIdListReference, JsonIdReference
from apps.service_providers.references.kinds import (
    Change,
    ForeignKeyReference,
    ManyToManyReference,
    Moves,
    ParameterMap,
    Reference,
)
from apps.service_providers.references.registry import Concern, Registry, Resource, autodiscover, registry

__all__ = [
    "Change",
    "Concern",
    "ForeignKeyReference",
    "JsonIdListReference",
    "JsonIdReference",
    "ManyToManyReference",
    "Moves",
    "ParameterMap",
    "Reference",
    "Registry",
    "Resource",
    "autodiscover",
    "registry",
]
