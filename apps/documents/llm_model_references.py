"""Where documents point at LLM models."""

from apps.service_providers.references import Concern, ForeignKeyReference, Resource, registry

registry.register(
    ForeignKeyReference(
        "documents.Collection",
        "contextualizer_llm_model",
        "team",
        Concern(Resource("collection", "documents.Collection")),
    )
)
