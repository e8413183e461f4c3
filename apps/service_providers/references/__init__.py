"""Where the platform points at LLM models: the registry, the kinds of reference, and what is asked of them."""

from apps.service_providers.references.changes import Change, Moves, ParameterMap
from apps.service_providers.references.json_kinds import JsonIdReference
from apps.service_providers.references.json_list_kinds import JsonIdListReference
from apps.service_providers.references.kinds import Reference
from apps.service_providers.references.registry import Concern, Registry, Resource, autodiscover, registry
from apps.service_providers.references.relation_kinds import ForeignKeyReference, ManyToManyReference

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
