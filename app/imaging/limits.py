"""Of how many parts an image file is made: Pillow takes each, however small, in Python.

600,000 empty chunks in a PNG of 7 MB held the interpreter for three seconds.
"""

import re
from collections.abc import Iterator
from typing import Final

from PIL import JpegImagePlugin

from models.image_metadata import JPEG, PNG

FEWEST: Final = 256  # parts that any file may have
PART: Final = 2048  # bytes of a file for each further one; encoders write 8192 at a time
MARKER: Final = re.compile(rb"[^\xff]*\xff+([^\xff])", re.DOTALL)
SCAN: Final = 0xFFDA  # Pillow stops there; libjpeg reads the rest


def most_segments(body: bytes) -> int:
    """Return of how many parts a file of this size may be made."""
    return FEWEST + len(body) // PART


def has_too_many_segments(body: bytes) -> bool:
    """Tell whether a PNG or JPEG has more than `most_segments`; other formats never have."""
    most = most_segments(body)
    if body.startswith(PNG):
        return any(n >= most for n, _ in enumerate(_chunks(body)))
    if body.startswith(JPEG):
        return any(parts > most for parts in _segments(body, most))
    return False


def _chunks(body: bytes) -> Iterator[int]:
    """Yield where the chunks of a PNG begin."""
    at = len(PNG)
    while at < len(body) and body[at - 8 : at - 4] != b"IEND":
        yield at
        at += 12 + int.from_bytes(body[at : at + 4], "big")


def _segments(body: bytes, most: int) -> Iterator[int]:
    """Yield, up to the first scan of a JPEG, how many parts there were: fill bytes count, too.

    Junk is looked through only as far as `most` allows.
    """
    at, parts, code = 2, 0, None
    while at < len(body) and code != SCAN:
        end = min(at + most + 2, len(body))
        found = MARKER.match(body, at, end)
        parts += (found.end() if found else end) - at
        yield parts
        if not found:
            return
        code = 0xFF00 | found[1][0]
        at = found.end()
        if JpegImagePlugin.MARKER.get(code, ("", "", None))[2]:  # one with a length and data
            at += int.from_bytes(body[at : at + 2], "big")
