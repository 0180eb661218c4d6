"""Answers kept in memory, and the strong ETags that name them."""

import hashlib
from collections import OrderedDict
from typing import Final

from app.answers import Answer

OVERHEAD: Final = 512  # bytes of an entry beside its body


class Cache:
    """Answers by ETag, least recently used out first, bounded in bytes."""

    def __init__(self, most: int) -> None:
        """Hold at most this many bytes; 0 holds nothing."""
        self._most = most
        self._entries: OrderedDict[str, Answer] = OrderedDict()
        self.bytes = 0

    def get(self, etag: str) -> Answer | None:
        """Return the kept answer; it must not be changed."""
        answer = self._entries.get(etag)
        if answer is not None:
            self._entries.move_to_end(etag)
        return answer

    def put(self, etag: str, answer: Answer) -> None:
        """Keep an answer, unless it is larger than an eighth of what may be held."""
        size = len(answer.body) + OVERHEAD
        if etag in self._entries or size > self._most // 8:
            return
        self._entries[etag] = answer
        self.bytes += size
        while self.bytes > self._most:
            _, old = self._entries.popitem(last=False)
            self.bytes -= len(old.body) + OVERHEAD


def etag_of(model: str, verb: str, path: dict[str, str], query: str, kind: str) -> str:
    """Name the answer to a request: equal requests to equal models have equal names."""
    values = [v for k, v in sorted(path.items()) if k != "model"]
    parts = "\0".join((model, verb, *values, query, kind))
    return f'"{hashlib.blake2b(parts.encode(), digest_size=12).hexdigest()}"'


def matches(if_none_match: bytes, etag: str) -> bool:
    """Tell whether the client holds this answer already (RFC 9110, section 13.1.2)."""
    held = {tag.strip().removeprefix("W/") for tag in if_none_match.decode("latin-1").split(",")}
    return etag in held or "*" in held
