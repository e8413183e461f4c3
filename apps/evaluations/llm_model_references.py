"""Where evaluations point at LLM models."""

from model_retirement.references import ForeignKeyReference, ManyToManyReference, Resource, ResourcePath, registry

EVALUATOR = ResourcePath(Resource("evaluator", "evaluations.Evaluator"))
ANALYSIS = ResourcePath(Resource("transcript analysis", "evaluations.TranscriptAnalysis"))

registry.register(
    ForeignKeyReference("evaluations.Evaluator", "llm_provider_model", "team", EVALUATOR),
    ManyToManyReference("evaluations.Evaluator", "jury_models", "team", EVALUATOR, member="jury model"),
    ForeignKeyReference("evaluations.TranscriptAnalysis", "llm_provider_model", "team", ANALYSIS),
    ForeignKeyReference("evaluations.TranscriptAnalysis", "translation_llm_provider_model", "team", ANALYSIS),
)
