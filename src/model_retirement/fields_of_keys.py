"""Fields of the engine's own tables that hold keys of the host's rows, as JSON values."""

from __future__ import annotations

import json
from typing import Any

from django.db import models

from model_retirement.keys import read_key, read_keys
from model_retirement.stored_json import StoredJSONEncoder


class KeysDecoder(json.JSONDecoder):
    """Reads a key, a list of keys, or lists of them by name."""

    def decode(self, s: str, *_args: Any) -> Any:
        """Return what a JSON text holds, with UUIDs for their texts."""
        return _read(super().decode(s))


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return read_keys(value)
    if isinstance(value, dict):
        return {name: _read(keys) for name, keys in value.items()}
    return read_key(value)


class KeysField(models.JSONField):
    """Keys of the host's rows: integers, or UUIDs, which JSON holds as text. For the database it is any JSON."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options |= {"encoder": StoredJSONEncoder, "decoder": KeysDecoder}
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """Return a plain JSON field: how keys are written in Python is nothing that a migration has to know."""
        name, _, arguments, options = super().deconstruct()
        del options["encoder"], options["decoder"]
        return name, "django.db.models.JSONField", arguments, options
