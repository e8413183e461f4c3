"""Where documents point at LLM models."""

from model_retirement.references import ForeignKeyReference, Resource, ResourcePath, registry

registry.register(
    ForeignKeyReference(
        "documents.Collection",
        "contextualizer_llm_model",
        "team",
        ResourcePath(Resource("collection", "documents.Collection")),
    )
)
