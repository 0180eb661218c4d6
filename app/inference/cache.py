"""Answers kept in memory, by the strong ETags that name them."""

from collections import OrderedDict
from typing import Final

OVERHEAD: Final = 512  # bytes of an entry beside its body
Kept = tuple[bytes, str | None, dict[str, str]]  # body, media type, headers of its own


class Cache:
    """Answers by ETag, least recently used out first, bounded in bytes."""

    def __init__(self, most: int) -> None:
        """Hold at most this many bytes; 0 holds nothing."""
        self._most = most
        self._entries: OrderedDict[str, tuple[Kept, str]] = OrderedDict()
        self.bytes = 0

    def get(self, etag: str) -> Kept | None:
        """Return the kept answer; it must not be changed."""
        if etag not in self._entries:
            return None
        self._entries.move_to_end(etag)
        return self._entries[etag][0]

    def put(self, etag: str, answer: Kept, model: str) -> None:
        """Keep a model's answer, unless it is larger than an eighth of what may be held."""
        size = _size(answer)
        if etag in self._entries or size > self._most // 8:
            return
        self._entries[etag] = answer, model
        self.bytes += size
        while self.bytes > self._most:
            _, (old, _) = self._entries.popitem(last=False)
            self.bytes -= _size(old)

    def forget(self, model: str) -> None:
        """Drop the answers of a model that is no longer served."""
        for etag in [etag for etag, (_, whose) in self._entries.items() if whose == model]:
            answer, _ = self._entries.pop(etag)
            self.bytes -= _size(answer)


def _size(answer: Kept) -> int:
    return len(answer[0]) + OVERHEAD
