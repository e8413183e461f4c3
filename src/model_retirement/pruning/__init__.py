"""Takes entries that have served out of ``DELETED_MODELS``: who has carried them out, and since when they are there."""
