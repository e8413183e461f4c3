# host: where this app points at a model
from model_retirement.references import ForeignKeyReference, Resource, ResourcePath, registry

SUMMARY = ResourcePath(Resource("summary", "notes.Summary", team="", name="title"))

registry.register(ForeignKeyReference("notes.Summary", "llm", "", SUMMARY))
registry.register(ForeignKeyReference("notes.Summary", "fallback", "", SUMMARY))
