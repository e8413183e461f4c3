"""Where the platform points at LLM models: the registry, the kinds of reference, and what is asked of them."""

from model_retirement.json_paths import EACH
from model_retirement.references.changes import Change, Moves, ParameterMap
from model_retirement.references.json_beside_key_kind import JsonIdWithKeyReference
from model_retirement.references.json_keys_kind import JsonKeysReference
from model_retirement.references.json_kinds import JsonIdReference
from model_retirement.references.json_list_kinds import JsonIdListReference
from model_retirement.references.json_path_kind import JsonPathReference
from model_retirement.references.kinds import Reference
from model_retirement.references.many_to_many_kind import ManyToManyReference
from model_retirement.references.name_kind import ModelNameReference
from model_retirement.references.owned_rows_kind import OwnedRows
from model_retirement.references.registry import Registry, Resource, ResourcePath, autodiscover, registry
from model_retirement.references.relation_kinds import ForeignKeyReference

__all__ = [
    "EACH",
    "Change",
    "ForeignKeyReference",
    "JsonIdListReference",
    "JsonIdReference",
    "JsonIdWithKeyReference",
    "JsonKeysReference",
    "JsonPathReference",
    "ManyToManyReference",
    "ModelNameReference",
    "Moves",
    "OwnedRows",
    "ParameterMap",
    "Reference",
    "Registry",
    "Resource",
    "ResourcePath",
    "autodiscover",
    "registry",
]
