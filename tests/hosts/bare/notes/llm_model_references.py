# host: where this app points at a model
from model_retirement.references import ForeignKeyReference, ModelNameReference, Resource, ResourcePath, registry

DRAFT = ResourcePath(Resource("draft", "notes.Draft", team="", name="title"))
SUMMARY = ResourcePath(Resource("summary", "notes.Summary", team="", name="title"))

registry.register(ForeignKeyReference("notes.Summary", "llm", "", SUMMARY))
registry.register(ForeignKeyReference("notes.Summary", "fallback", "", SUMMARY))
registry.register(ModelNameReference("notes.Draft", "engine", "", DRAFT, provider="openai"))
