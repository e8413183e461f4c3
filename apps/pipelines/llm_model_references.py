"""Where pipelines point at LLM models: the nodes' params."""

from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, MODEL_PARAMETERS_KEY
from model_retirement.references import JsonIdListReference, JsonIdReference, Resource, ResourcePath, registry

PIPELINE = ResourcePath(Resource("pipeline", "pipelines.Pipeline"), path="pipeline", detail="label")

registry.register(
    JsonIdReference(
        "pipelines.Node",
        "params",
        "pipeline__team",
        PIPELINE,
        key=MODEL_ID_KEY,
        mirror="llm_provider_model_ref",
        parameters_key=MODEL_PARAMETERS_KEY,
    ),
    JsonIdListReference(
        "pipelines.Node",
        "params",
        "pipeline__team",
        PIPELINE,
        key=FALLBACK_MODEL_IDS_KEY,
        main=MODEL_ID_KEY,
        member="fallback",
    ),
)
