"""Strong ETags: equal requests to equal models have equal answers."""

import hashlib
from typing import Any, Final

# Of the bytes that are made of a model's outputs. It grows when any of them change, lest a cache
# takes an older release's bytes for this one's; tests/api/test_caching.py holds a digest of them.
RENDERING: Final = 2


def etag_of(model: str, operation: str, path: dict[str, Any], query: str, kind: str) -> str:
    """Name the answer to a request: equal requests to equal models have equal names."""
    values = [str(v) for k, v in sorted(path.items()) if k != "model"]
    parts = "\0".join((str(RENDERING), model, operation, *values, query, kind))
    return f'"{hashlib.blake2b(parts.encode(), digest_size=12).hexdigest()}"'


def matches(if_none_match: str, etag: str) -> bool:
    """Tell whether the client holds this answer, or any (RFC 9110, section 13.1.2)."""
    held = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return not held.isdisjoint({etag, "*"})
