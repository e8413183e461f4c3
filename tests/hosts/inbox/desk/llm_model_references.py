# host: where this app points at a model
from model_retirement.references import ForeignKeyReference, ManyToManyReference, Resource, ResourcePath, registry

HELPER = ResourcePath(Resource("helper", "desk.Helper", team="tenant", name="title"))

registry.register(ForeignKeyReference("desk.Helper", "model", "tenant", HELPER))
registry.register(ManyToManyReference("desk.Helper", "others", "tenant", HELPER))
