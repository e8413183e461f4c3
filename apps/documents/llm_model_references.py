"""Where documents point at LLM models."""

from model_retirement.references import Concern, ForeignKeyReference, Resource, registry

registry.register(
    ForeignKeyReference(
        "documents.Collection",
        "contextualizer_llm_model",
        "team",
        Concern(Resource("collection", "documents.Collection")),
    )
)
