"""Where assistants point at LLM models."""

from model_retirement.references import ForeignKeyReference, Resource, ResourcePath, registry

registry.register(
    ForeignKeyReference(
        "assistants.Assistant",
        "llm_provider_model",
        "team",
        ResourcePath(Resource("assistant", "assistants.Assistant")),
    )
)
