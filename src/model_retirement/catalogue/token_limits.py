"""What a replacement's token limit means for those who move to it."""

from __future__ import annotations


def limit_warnings(*, name: str, max_token_limit: int, replacement: str, replacement_limit: int) -> tuple[str, ...]:
    """Return what people should know if a replacement reads less than the model before it; limits are in tokens."""
    if replacement_limit >= max_token_limit:
        return ()
    return (
        f"{replacement} reads at most {replacement_limit:,} tokens, {name} read {max_token_limit:,}: long texts may not"
        " fit any more",
    )
