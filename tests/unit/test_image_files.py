"""Photos as they are: what is wrong beside the pixels, every depth of them, and large ones."""

import io
import struct
import warnings
import zlib
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from PIL import Image

from app.errors import InvalidImage
from app.imaging.read_image import open_image, read_image
from tests.hostile.bad_images import chunk, png
from training.sources.image_file import read_image_file

PIXELS = np.random.default_rng(5).integers(0, 256, (6, 10), np.uint8)
SHAPE = (6, 10, 1)
MOST = 1 << 22
STRAY = struct.pack("<HHII", 0x010F, 2, 900, 60_000)  # a maker's name far outside
TURN_6 = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
TWICE = struct.pack("<HHIHH", 0x0112, 3, 2, 6, 6)


def exif(*entries: bytes, first: int = 8) -> bytes:
    """Write EXIF data of one directory."""
    return struct.pack("<2sHIH", b"II", 42, first, len(entries)) + b"".join(entries) + bytes(4)


def segment(code: int, content: bytes) -> bytes:
    """Write a segment of a JPEG."""
    return bytes((0xFF, code)) + struct.pack(">H", len(content) + 2) + content


def saved(kind: str, **options: object) -> bytes:
    """Save the pixels."""
    out = io.BytesIO()
    lossless = {"lossless": True} if kind == "WEBP" else {}
    Image.fromarray(PIXELS).save(out, kind, **lossless, **options)
    return out.getvalue()


def png_with(*chunks: bytes) -> bytes:
    """Write the pixels as a PNG with chunks before its data."""
    return png(10, 6, *chunks, data=b"".join(b"\0" + row.tobytes() for row in PIXELS))


def jpeg_with(*segments: bytes) -> bytes:
    """Save the pixels as a JPEG with segments before all others."""
    return b"\xff\xd8" + b"".join(segments) + saved("JPEG")[2:]


def read(body: bytes, shape: tuple[int, int, int] = SHAPE) -> tuple[np.ndarray, tuple[str, ...]]:
    """Read a file as the service does, and see that training does not differ."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_image(open_image(body, MOST), shape, "false")
        np.testing.assert_array_equal(read_image_file(body, shape), found.pixels)
    return found.pixels, found.how


DAMAGED = {
    "EXIF whose directory lies outside": (b"Exif\0\0" + exif(first=60_000), "exif ignored"),
    "EXIF with a value outside": (b"Exif\0\0" + exif(STRAY), "exif ignored"),
    "EXIF with two orientations in one": (b"Exif\0\0" + exif(TWICE), "exif ignored"),
    "EXIF that is no TIFF": (b"Exif\0\0" + b"http://n" * 9, "exif ignored"),
    "EXIF that is empty": (b"Exif\0\0", "exif ignored"),
    "MPF without pictures": (b"MPF\0" + exif(), "mpf ignored"),
    "MPF without its list": (
        b"MPF\0" + exif(struct.pack("<HHII", 0xB001, 4, 1, 2)),
        "mpf ignored",
    ),
    "MPF that is cut off": (b"MPF\0II", "mpf ignored"),
    "a profile of zeros": (b"ICC_PROFILE\0\1\1" + bytes(200), "icc ignored"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_metadata_of_a_jpeg_that_cannot_be_read_is_ignored_and_named(name: str) -> None:
    """The pixels are those of the file without it."""
    content, note = DAMAGED[name]
    good, _ = read(saved("JPEG"))
    pixels, how = read(jpeg_with(segment(0xE1 if b"Exif" in content else 0xE2, content)))

    np.testing.assert_array_equal(pixels, good)
    assert how == (note,)


def test_a_good_mpo_is_read_without_a_word() -> None:
    """It holds a second picture, which nobody asks for."""
    out, other = io.BytesIO(), Image.new("L", (10, 6))
    Image.fromarray(PIXELS).save(out, "MPO", save_all=True, append_images=[other])
    pixels, how = read(out.getvalue())

    np.testing.assert_array_equal(pixels, read(saved("JPEG"))[0])
    assert how == ()


def test_other_damage_of_a_jpeg_is_passed_over() -> None:
    """A Photoshop segment that breaks off, bytes between segments, a second start, a comment."""
    good, _ = read(saved("JPEG"))
    photoshop = segment(0xED, b"Photoshop 3.0\x008BIM")
    body = jpeg_with(photoshop, b"\x11", segment(0xFE, b"\xff"), b"\xff\xd8", segment(0xE5, b""))

    np.testing.assert_array_equal(read(body)[0], good)


@pytest.mark.parametrize(
    ("damage", "note"),
    [
        (chunk(b"eXIf", exif(STRAY)), "exif ignored"),
        (chunk(b"eXIf", exif(TURN_6))[:-1] + b"\0", "exif ignored"),
        (chunk(b"acTL", bytes(8)), "actl ignored"),
        (chunk(b"acTL", b"\1"), "actl ignored"),
        (chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(300))), "iccp ignored"),
        (chunk(b"iCCP", b"nothing"), "iccp ignored"),
        (chunk(b"tRNS", b"\1"), "trns ignored"),
        (chunk(b"tRNS", bytes(6)), "trns ignored"),
        (chunk(b"tRNS", bytes(2))[:-1] + b"\0", "trns ignored"),
    ],
)
def test_metadata_of_a_png_that_cannot_be_read_is_ignored_and_named(
    damage: bytes, note: str
) -> None:
    """The pixels are those of the file without it."""
    pixels, how = read(png_with(damage))

    np.testing.assert_array_equal(pixels[..., 0], PIXELS)
    assert how == (note.replace("iccp", "icc"),)


def test_a_webp_with_broken_exif_is_read() -> None:
    """The pixels are good, and the answer says what is not."""
    pixels, how = read(saved("WEBP", exif=b"Exif\0\0" + exif(first=60_000)))

    np.testing.assert_array_equal(pixels[..., 0], PIXELS)
    assert how == ("exif ignored",)


def test_a_photograph_is_turned_though_another_tag_is_broken() -> None:
    """The orientation can be read, so it counts."""
    pixels, how = read(jpeg_with(segment(0xE1, b"Exif\0\0" + exif(STRAY, TURN_6))), (10, 6, 1))
    upright, _ = read(saved("JPEG"))

    np.testing.assert_array_equal(pixels[..., 0], np.rot90(upright[..., 0], -1))
    assert how == ("exif ignored in part",)


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_jpeg_without_its_end_marker_is_read_and_one_cut_off_is_not(
    options: dict[str, bool],
) -> None:
    """All pixels are there in the one; the message of the other says that some are missing."""
    out = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(out, "JPEG", **options)
    body = out.getvalue()
    pixels, how = read(body[:-2], (64, 64, 3))

    np.testing.assert_array_equal(pixels, read(body, (64, 64, 3))[0])
    assert how == ("end marker missing",)
    with pytest.raises(InvalidImage, match="cut off"):
        read_image(open_image(body[: len(body) // 2], MOST), (64, 64, 3), "false")


def test_a_png_without_its_end_chunk_is_read() -> None:
    """All of its data is there."""
    pixels, how = read(png_with()[:-12])

    np.testing.assert_array_equal(pixels[..., 0], PIXELS)
    assert how == ("end marker missing",)


DEPTHS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (4, 8), (4, 16), (6, 8)]
DEPTHS += [(6, 16), (3, 1), (3, 2), (3, 4), (3, 8)]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: np.rot90,
}


def packed(samples: np.ndarray, depth: int) -> bytes:
    """Write samples (height, width, channels) as the data of a PNG."""
    rows = samples.reshape(len(samples), -1).astype(">u2")
    if depth == 16:
        return b"".join(b"\0" + row.tobytes() for row in rows)
    bits = (rows[..., None] >> np.arange(depth)[::-1]) & 1
    return b"".join(b"\0" + np.packbits(row.reshape(-1).astype(bool)).tobytes() for row in bits)


def expected(samples: np.ndarray, colour: int, depth: int, *, clear: bool) -> np.ndarray:
    """Compute colour (height, width, 3) from samples, laid on white."""
    top = (1 << depth) - 1
    eight = samples >> 8 if depth == 16 else samples * 255 // top
    alpha = np.full(samples.shape[:2], 255)
    if colour in {4, 6}:
        eight, alpha = eight[..., :-1], eight[..., -1]
    elif clear:
        alpha = np.where((samples == samples[0, 0]).all(axis=-1), 0, 255)
    if colour == 3:
        index = samples[..., 0]
        eight = np.stack([index * 255 // top, 255 - index * 255 // top, index * 0 + 7], axis=-1)
    flat = np.broadcast_to(eight, (*eight.shape[:2], 3)).astype(float)
    share = (alpha / 255)[..., None]
    return flat * share + 255 * (1 - share)


@pytest.mark.parametrize(("colour", "depth"), DEPTHS)
@pytest.mark.parametrize(("turn", "clear"), list(product(TURNS, [False, True])))
def test_every_depth_transparency_and_orientation_of_a_png(
    colour: int, depth: int, turn: int, *, clear: bool
) -> None:
    """The pixels are those computed here by the format's rules."""
    rng = np.random.default_rng(depth + 100 * colour)
    samples = rng.integers(0, 1 << depth, (5, 9, CHANNELS[colour]))
    samples[1, 1], samples[2, 2] = samples[0, 0], samples[0, 0] ^ 1  # one differs in its last bit
    chunks = [chunk(b"eXIf", exif(struct.pack("<HHIHH", 0x0112, 3, 1, turn, 0)))]
    if colour == 3:
        index = np.arange(1 << depth)
        value = index * 255 // ((1 << depth) - 1)
        table = np.stack([value, 255 - value, index * 0 + 7], axis=1).astype(np.uint8)
        chunks.append(chunk(b"PLTE", table.tobytes()))
    if clear and colour == 3:
        alphas = np.where(np.arange(1 << depth) == samples[0, 0, 0], 0, 255).astype(np.uint8)
        chunks.append(chunk(b"tRNS", alphas.tobytes()))
    elif clear and colour in {0, 2}:
        chunks.append(chunk(b"tRNS", samples[0, 0].astype(">u2").tobytes()))
    body = png(9, 5, *chunks, depth=depth, colour=colour, data=packed(samples, depth))
    right = TURNS[turn](expected(samples, colour, depth, clear=clear))

    pixels, _ = read(body, (*right.shape[:2], 3))

    assert np.abs(pixels - right).max() <= 1


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_every_orientation_of_every_format(kind: str, turn: int) -> None:
    """Viewers show them so, and so the model sees them."""
    upright, _ = read(saved(kind))
    pixels, _ = read(
        saved(kind, exif=b"Exif\0\0" + exif(struct.pack("<HHIHH", 0x0112, 3, 1, turn, 0))),
        (*(SHAPE[:2] if turn < 5 else SHAPE[1::-1]), 1),
    )

    np.testing.assert_array_equal(pixels[..., 0], TURNS[turn](upright[..., 0]))


@pytest.mark.parametrize("size", [(4000, 3000), (8000, 6000)])
def test_large_photographs_are_decoded_at_a_reduced_size(size: tuple[int, int]) -> None:
    """12 and 48 megapixels need the memory of four, and look as they did."""
    out = io.BytesIO()
    small = Image.linear_gradient("L")
    small.resize(size).save(out, "JPEG", quality=80)
    opened = open_image(out.getvalue(), MOST)
    right = np.asarray(small.resize((32, 24)), float)

    assert opened.image.width * opened.image.height <= MOST
    assert np.abs(read(out.getvalue(), (24, 32, 1))[0][..., 0] - right).max() < 4


def test_a_limit_that_refuses_names_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PNG cannot be reduced; a progressive JPEG is held whole, so that 48 megapixels are out."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)  # as the service sets it
    out = io.BytesIO()
    Image.new("L", (8000, 6000)).save(out, "JPEG", progressive=True)

    for body in (png(65_000, 65_000), png(3000, 2000), out.getvalue()):
        with pytest.raises(InvalidImage, match="ATLAS_MAX_PIXELS"):
            open_image(body, MOST)
