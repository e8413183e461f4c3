# host: where this app points at a model
from model_retirement.references import JsonIdWithKeyReference, Resource, ResourcePath, registry

STEP = ResourcePath(Resource("flow", "flows.Flow"), path="flow", detail="label")

registry.register(
    JsonIdWithKeyReference("flows.Step", "settings", "flow__team", STEP, key="llm_model_id", foreign_key="llm")
)
