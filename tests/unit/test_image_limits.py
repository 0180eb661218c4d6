"""Parts of image files: counted before Pillow sees them."""

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.imaging.limits import has_too_many_segments, most_segments
from models.image_metadata import JPEG, PNG

EMPTY = struct.pack(">I4sI", 0, b"prVt", zlib.crc32(b"prVt"))
END = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
SEGMENT = b"\xff\xe1\0\x02"


def photograph(format_: str, **options: object) -> bytes:
    """Save an image that does not compress."""
    pixels = np.random.default_rng(0).integers(0, 256, (512, 512, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format_, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("format_", "options"),
    [
        ("PNG", {}),
        ("PNG", {"compress_level": 0}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True, "icc_profile": bytes(500_000), "exif": b"Exif\0\0" * 9999}),
        ("WEBP", {}),
    ],
)
def test_what_encoders_write_is_let_in(format_: str, options: dict[str, object]) -> None:
    """Pictures as they are saved have far fewer parts."""
    assert not has_too_many_segments(photograph(format_, **options))


def test_zeros_after_the_end_are_no_parts() -> None:
    """A PNG that was padded with zeros is let in."""
    assert not has_too_many_segments(photograph("PNG") + bytes(1_000_000))


@given(parts=st.integers(1, 2000))
def test_chunks_are_counted(parts: int) -> None:
    """Neither one chunk more than the bound is let in, nor one less refused."""
    body = PNG + EMPTY * (parts - 1) + END

    assert has_too_many_segments(body) == (parts > most_segments(body))


@given(segments=st.integers(0, 2000))
def test_segments_are_counted(segments: int) -> None:
    """A segment is two parts, its marker's bytes."""
    body = JPEG[:2] + SEGMENT * segments + b"\xff\xda"

    assert has_too_many_segments(body) == (2 * (segments + 1) > most_segments(body))


class Counted(io.BytesIO):
    """A file that counts how often it is read."""

    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        """Read, and count."""
        self.reads += 1
        return super().read(size)


MARKERS = st.binary(min_size=1, max_size=1).map(lambda code: b"\xff" + code)


@given(st.lists(MARKERS | st.sampled_from([SEGMENT, b"\xff", b"\0\0\0"]), min_size=1, max_size=5))
def test_what_is_let_in_is_read_in_few_steps(pieces: list[bytes]) -> None:
    """Whatever is repeated without an end, Pillow takes it in bounded steps or does not see it."""
    body = JPEG[:2] + SEGMENT + b"".join(pieces) * 3_000
    file = Counted(body)
    if not has_too_many_segments(body):
        with contextlib.suppress(Exception):  # it is broken, and how does not matter here
            Image.open(file, formats=["JPEG"])

    assert file.reads < 4 * most_segments(body)


@given(st.binary(max_size=200), st.sampled_from([PNG, JPEG, b""]))
def test_any_bytes_are_counted(rest: bytes, magic: bytes) -> None:
    """No bytes, however broken, end the counting with an error."""
    assert not has_too_many_segments(magic + rest)
