# host: where this app points at a model
from model_retirement.references import (
    ForeignKeyReference,
    JsonIdListReference,
    JsonIdReference,
    JsonKeysReference,
    JsonPathReference,
    ManyToManyReference,
    ModelNameReference,
    OwnedRows,
    Resource,
    ResourcePath,
    registry,
)

BOT = Resource("bot", "bots.Bot", team="space", name="title")
STEP = ResourcePath(BOT, path="bot", detail="label")

registry.register(
    ForeignKeyReference("bots.Bot", "model", "space", ResourcePath(BOT)),
    ManyToManyReference("bots.Bot", "others", "space", ResourcePath(BOT)),
    JsonIdReference("bots.Step", "settings", "bot__space", STEP, key="model_id", mirror="model_ref"),
    JsonIdListReference(
        "bots.Step", "settings", "bot__space", STEP, key="fallbacks", main="model_id", member="fallback"
    ),
    JsonKeysReference("bots.Bot", "limits", "space", ResourcePath(BOT)),
    JsonPathReference("bots.Step", "routes", "bot__space", STEP, path="[*].model"),
    ModelNameReference("bots.Bot", "model_name", "space", ResourcePath(BOT), provider="openai"),
    OwnedRows("bots.Price.model"),
)
