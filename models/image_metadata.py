"""Takes a PNG or JPEG apart into its pixels and what stands beside them.

Decoders fail on metadata that viewers pass over, so they are given the pixels alone. Of the rest,
orientation and transparency are read here; what cannot be read is named. Formats: PNG, third
edition; ITU-T T.81 (JPEG).
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from models.exif import read_directory, read_orientation

PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"
END_OF_PNG: Final = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
END_OF_JPEG: Final = b"\xff\xd9"
NO_END: Final = "end marker missing"
READ: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"iCCP", b"acTL", b"IEND"})
PIXELS_ALONE: Final = frozenset({b"IHDR", b"IDAT", b"IEND"})
PALETTE: Final = 3  # colour type of a PNG
SAMPLES: Final = {0: 1, 2: 3}  # of a transparent grey or colour, by colour type
FRAMES_OF_PNG: Final = re.compile(rb"(?!\0{4}).{8}", re.DOTALL)  # their number and repetitions
START_OF_SCAN: Final = 0xDA
PICTURES: Final = frozenset({0xB001, 0xB002})  # MPF's number of pictures, and their list
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15
PROGRESSIVE: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
WITHOUT_LENGTH: Final = frozenset({0x00, 0x01, *range(0xD0, 0xDA)})
# All application segments but JFIF's and Adobe's, which say how colours are coded; comments.
METADATA: Final = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})


class Separated(NamedTuple):
    """An image file without its metadata, and what of that matters to its pixels."""

    body: bytes
    orientation: int = 1  # 1 to 8, as in EXIF
    transparent: tuple[int, ...] = ()  # the grey or colour of a PNG that stands for nothing
    depth: int = 8  # bits of a PNG's samples
    buffered: bool = False  # a JPEG that decoders hold whole, at full size
    notes: tuple[str, ...] = ()  # what could not be read


def separate(body: bytes) -> Separated:
    """Take the metadata out of a PNG or JPEG; other formats stay as they are."""
    if body.startswith(PNG):
        return _png(body)
    return _jpeg(body) if body.startswith(JPEG) else Separated(body)


def profile_notes(profile: bytes) -> list[str]:
    """Return a note unless the first bytes of an ICC profile are such."""
    return [] if profile[36:40] == b"acsp" else ["icc ignored"]


def _png(body: bytes) -> Separated:
    chunks = list(_chunks(body))
    if {kind for kind, _, _ in chunks} == PIXELS_ALONE and chunks[-1][2] == len(body):
        return Separated(body)
    first = {kind: body[start:end] for kind, start, end in reversed(chunks) if kind in READ}
    depth, colour = first.get(b"IHDR", b"")[16:18].ljust(2, b"\0")
    orientation = 1
    notes: list[str] = []
    if b"eXIf" in first:
        orientation, notes = read_orientation(_content(first[b"eXIf"]))
    if b"iCCP" in first:
        notes += profile_notes(_start_of_profile(_content(first[b"iCCP"])))
    if b"acTL" in first and not FRAMES_OF_PNG.fullmatch(_content(first[b"acTL"])):
        notes.append("actl ignored")
    head = [PNG, first.get(b"IHDR", b""), first.get(b"PLTE", b"")]
    transparent: tuple[int, ...] = ()
    if b"tRNS" in first:
        values, colours = _content(first[b"tRNS"]), (len(head[2]) - 12) // 3
        if colour == PALETTE and 0 < len(values) <= colours:
            head.append(first[b"tRNS"])
        elif colour in SAMPLES and len(values) == 2 * SAMPLES[colour]:
            shorts = struct.unpack(f">{SAMPLES[colour]}H", values)
            transparent = tuple(value & ((1 << depth) - 1) for value in shorts)
        else:
            notes.append("trns ignored")
    if b"IEND" not in first:
        notes.append(NO_END)
    data = [body[start:end] for kind, start, end in chunks if kind == b"IDAT"]
    whole = not chunks or chunks[-1][2] <= len(body)
    kept = b"".join([*head, *data, END_OF_PNG * whole])
    return Separated(kept, orientation, transparent, depth, notes=tuple(notes))


def _chunks(body: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the chunks of a PNG: their kinds, where they begin and where they should end."""
    at, kind = len(PNG), b""
    while at + 8 <= len(body) and kind != b"IEND":
        start, kind = at, body[at + 4 : at + 8]
        at += 12 + int.from_bytes(body[at : at + 4], "big")
        yield kind, start, at


def _content(chunk: bytes) -> bytes:
    """Return what a chunk holds; nothing if its checksum is wrong."""
    good = zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")
    return chunk[8:-4] if good else b""


def _start_of_profile(content: bytes) -> bytes:
    _, _, packed = content.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(packed[1:], 128)
    except zlib.error:
        return b""


def _jpeg(body: bytes) -> Separated:
    kept, exif, notes = [body[:2]], [], []
    buffered, components, code = False, 0, 0
    for code, start, end in _segments(body):
        content = body[start + 4 : end]
        if code not in METADATA:
            kept.append(body[start:end])
        elif content.startswith(b"Exif\0"):
            exif.append(content[6:])
        elif content.startswith(b"MPF\0") and not _is_mpf(content[4:]):
            notes.append("mpf ignored")
        elif content.startswith(b"ICC_PROFILE\0\1"):
            notes += profile_notes(content[14:])
        if code in FRAMES:
            buffered, components = code in PROGRESSIVE, int.from_bytes(content[5:6], "big")
        elif code == START_OF_SCAN:
            buffered |= content[:1] < bytes([components])
            if END_OF_JPEG not in content:
                notes.append(NO_END)
                kept.append(END_OF_JPEG)
    orientation, damage = read_orientation(b"".join(exif)) if exif else (1, [])
    return Separated(b"".join(kept), orientation, buffered=buffered, notes=(*damage, *notes))


def _is_mpf(content: bytes) -> bool:
    _, tags, damaged = read_directory(content)
    return tags >= PICTURES and not damaged


def _segments(body: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the segments of a JPEG: code, begin and end. The last is the first scan and the rest.

    What lies between segments is passed over, as libjpeg does.
    """
    at, code = 2, 0
    while code != START_OF_SCAN:
        start = body.find(b"\xff", at)
        if start < 0 or start + 4 > len(body):
            return
        code = body[start + 1]
        at = start + (1 if code == 0xFF else 2)  # noqa: PLR2004 - a marker may be filled with FF
        if code == 0xFF or code in WITHOUT_LENGTH:  # noqa: PLR2004
            continue
        at += max(2, int.from_bytes(body[at : at + 2], "big"))
        yield code, start, len(body) if code == START_OF_SCAN else at
