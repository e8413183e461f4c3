# host: where this app points at a model
from model_retirement.references import Concern, ForeignKeyReference, ManyToManyReference, Resource, registry

HELPER = Concern(Resource("helper", "desk.Helper", team="tenant", name="title"))

registry.register(ForeignKeyReference("desk.Helper", "model", "tenant", HELPER))
registry.register(ManyToManyReference("desk.Helper", "others", "tenant", HELPER))
