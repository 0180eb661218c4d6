"""A cache of responses in memory, bounded in bytes; a strong ETag is the key."""

from collections import OrderedDict
from typing import Final

OVERHEAD: Final = 512  # bytes of an entry beside its body
Response = tuple[bytes, str | None, dict[str, str]]  # body, media type, headers of its own


class Cache:
    """Responses by ETag; the least recently used go first."""

    def __init__(self, max_bytes: int) -> None:
        """Hold at most this many bytes; 0 holds nothing."""
        self._max_bytes = max_bytes
        self._entries: OrderedDict[str, tuple[Response, str]] = OrderedDict()
        self.bytes = 0

    def get(self, etag: str) -> Response | None:
        """Return a response, which must not be changed, or None."""
        if etag not in self._entries:
            return None
        self._entries.move_to_end(etag)
        return self._entries[etag][0]

    def put(self, etag: str, response: Response, model: str) -> None:
        """Keep a model's response, unless it is larger than an eighth of what may be held."""
        size = _size(response)
        if etag in self._entries or size > self._max_bytes // 8:
            return
        self._entries[etag] = response, model
        self.bytes += size
        while self.bytes > self._max_bytes:
            _, (oldest, _) = self._entries.popitem(last=False)
            self.bytes -= _size(oldest)

    def forget(self, model: str) -> None:
        """Drop the responses of a model that is no longer served."""
        for etag in [etag for etag, (_, of) in self._entries.items() if of == model]:
            response, _ = self._entries.pop(etag)
            self.bytes -= _size(response)


def _size(response: Response) -> int:
    return len(response[0]) + OVERHEAD
