# host: the catalogue
from model_retirement.catalogue import Deleted, Model, k

DEFAULT_LLM_PROVIDER_MODELS = {"openai": [Model("gpt-4", k(8)), Model("gpt-4.1", 1_000_000, is_default=True)]}
DELETED_MODELS: list[Deleted] = []
