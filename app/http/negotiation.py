"""Which format to answer with: RFC 9110's `Accept`, or `format=` in the query."""

import functools
from typing import Final

from app.errors import NotAcceptable

MEDIA_TYPES: Final = {
    "png": "image/png",
    "webp": "image/webp",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "json": "application/json",
    "npy": "application/x-npy",
    "npz": "application/zip",
    "csv": "text/csv",
    "binary": "application/octet-stream",
    "text": "text/plain",
    "html": "text/html",
}
MOST_RANGES: Final = 100  # of an Accept; browsers send ten


@functools.lru_cache(maxsize=1024)  # clients send the same few headers again and again
def choose(accept: str, offered: tuple[str, ...]) -> str:
    """Choose the offered format that `accept` weighs highest; equal weights: the first offered.

    Raises:
        NotAcceptable: It weighs all of them 0.
    """
    weights = [_weight(accept, MEDIA_TYPES[name]) for name in offered]
    best = max(weights)
    if best <= 0:
        kinds = ", ".join(MEDIA_TYPES[name] for name in offered)
        raise NotAcceptable(f"Accept is {accept[:200]!r}, but this path answers with: {kinds}")
    return offered[weights.index(best)]


def _weight(accept: str, media_type: str) -> float:
    """Weigh a media type: the most specific range that matches it decides."""
    if not accept.strip():
        return 1.0
    found = (-1, 0.0)
    for part in accept.split(",", MOST_RANGES)[:MOST_RANGES]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        rank = _rank(name, media_type)
        if rank > found[0]:
            found = (rank, _quality(parameters))
    return found[1]


def _rank(media_range: str, media_type: str) -> int:
    if media_range == media_type:
        return 2
    if media_range == media_type.partition("/")[0] + "/*":
        return 1
    return 0 if media_range == "*/*" else -1


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(max(0.0, float(parameter[2:])), 1.0)  # NaN is 0
            except ValueError:
                return 0.0
    return 1.0
