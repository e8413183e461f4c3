# host: where this app points at a model
from model_retirement.references import (
    ForeignKeyReference,
    JsonIdListReference,
    JsonIdReference,
    Resource,
    ResourcePath,
    registry,
)

MACRO = ResourcePath(Resource("macro", "bots.Macro", team="space", name="title"))
BOT = ResourcePath(Resource("bot", "bots.Bot", team="space", name="title"))

registry.register(
    ForeignKeyReference("bots.Macro", "model", "space", MACRO),
    JsonIdReference("bots.Bot", "settings", "space", BOT, key="model_id", mirror="model_ref"),
    JsonIdListReference("bots.Bot", "settings", "space", BOT, key="fallbacks", main="model_id", member="fallback"),
)
