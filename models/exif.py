"""Which way up a photograph is, from its EXIF data; nothing else of that is read.

The data is a directory as in TIFF 6.0, and so is MPF's list of pictures (CIPA DC-007).
"""

import struct
from typing import Final, NamedTuple

ORIENTATION: Final = 0x0112
LAST: Final = 8  # of the orientations
INLINE: Final = 4  # bytes of a value that stands in its entry; a longer one stands elsewhere
SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
INTEGERS: Final = {1: "B", 3: "H", 4: "I"}  # types of which an orientation may be


class Directory(NamedTuple):
    """The lone integers of a directory by tag, all its tags, and whether it is damaged."""

    integers: dict[int, int]
    tags: set[int]
    damaged: bool


def read_orientation(exif: bytes) -> tuple[int, list[str]]:
    """Return the orientation, 1 to 8, and a note if the data is damaged.

    An orientation out of these or of several values is none, as browsers have it.
    """
    found, _, damaged = read_directory(exif.removeprefix(b"Exif\0\0"))
    turned = found.get(ORIENTATION, 1)
    turned = turned if 1 <= turned <= LAST else 1
    if not damaged:
        return turned, []
    return turned, ["exif ignored" if turned == 1 else "exif ignored in part"]


def read_directory(tiff: bytes) -> Directory:
    """Read the first directory, as far as it can be read."""
    found: dict[int, int] = {}
    tags: set[int] = set()
    damaged = False
    try:
        order = {b"II*\0": "<", b"MM\0*": ">"}[tiff[:4]]
        [first] = struct.unpack_from(f"{order}I", tiff, 4)
        [entries] = struct.unpack_from(f"{order}H", tiff, first)
        for at in range(first + 2, first + 2 + 12 * entries, 12):
            tag, kind, count, offset = struct.unpack_from(f"{order}HHII", tiff, at)
            tags.add(tag)
            size = count * SIZES.get(kind, 0)
            damaged |= size > INLINE and offset + size > len(tiff)
            if kind in INTEGERS and count == 1:
                [found[tag]] = struct.unpack_from(f"{order}{INTEGERS[kind]}", tiff, at + 8)
            damaged |= tag == ORIENTATION and tag not in found
    except (KeyError, struct.error):
        damaged = True
    return Directory(found, tags, damaged)
