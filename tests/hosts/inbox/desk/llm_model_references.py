# host: where this app points at a model
from model_retirement.references import ForeignKeyReference, ManyToManyReference, Resource, ResourcePath, registry

HELPER = Resource("helper", "desk.Helper", "tenant", "title", archived="deleted_at", version_of="published_from")
PATH = ResourcePath(HELPER)

registry.register(ForeignKeyReference("desk.Helper", "model", "tenant", PATH))
registry.register(ManyToManyReference("desk.Helper", "others", "tenant", PATH))
