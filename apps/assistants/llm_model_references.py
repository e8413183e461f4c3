"""Where assistants point at LLM models."""

from model_retirement.references import Concern, ForeignKeyReference, Resource, registry

registry.register(
    ForeignKeyReference(
        "assistants.Assistant", "llm_provider_model", "team", Concern(Resource("assistant", "assistants.Assistant"))
    )
)
