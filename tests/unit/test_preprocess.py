"""From an image file to the model's shape, for training and for the service."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from app.imaging.read_image import open_image, read_image
from training.sources.image_file import read_image_file


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Return an image as a file's bytes."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def gradient(mode: str, width: int = 20, height: int = 10) -> Image.Image:
    """Return black on the left to white on the right."""
    ramp = np.linspace(0, 255, width).astype(np.uint8)[None].repeat(height, axis=0)
    return Image.fromarray(ramp).convert(mode)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_format_is_read_as_grey_and_as_colour(kind: str, channels: int) -> None:
    """A file of the model's own size keeps its pixels, but for what its format loses."""
    pixels = read_image_file(encoded(gradient("RGB"), kind), (10, 20, channels))

    assert pixels.shape == (10, 20, channels)
    assert pixels.dtype == np.uint8
    assert abs(pixels[..., 0].astype(int) - np.asarray(gradient("L"))).max() <= 6


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_a_png_is_read(mode: str) -> None:
    """Black stays black and white stays white, whatever the mode."""
    image = gradient("L")
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    else:
        image = image.convert(mode)

    pixels = read_image_file(encoded(image), (10, 20, 3))

    assert (pixels[:, 0] == 0).all()
    assert (pixels[:, -1] == 255).all()


def test_sixteen_bits_keep_their_upper_eight() -> None:
    """A 16-bit file gives the pixels of the 8-bit file that it refines."""
    fine = np.arange(200, dtype=np.uint16).reshape(10, 20) * 300

    pixels = read_image_file(encoded(Image.fromarray(fine)), (10, 20, 1))

    np.testing.assert_array_equal(pixels[..., 0], fine >> 8)


def test_a_transparent_value_of_sixteen_bits_is_white() -> None:
    """Only that value is; the others keep their upper eight bits."""
    fine = np.array([[40000, 0, 20000, 65535]], np.uint16)
    content = b"tRNS" + struct.pack(">H", 40000)
    chunk = struct.pack(">I", 2) + content + struct.pack(">I", zlib.crc32(content))
    before, data, after = encoded(Image.fromarray(fine)).partition(b"IDAT")
    body = before[:-4] + chunk + before[-4:] + data + after

    assert read_image_file(body, (1, 4, 1))[0, :, 0].tolist() == [255, 0, 78, 255]


def test_transparency_is_laid_on_white() -> None:
    """A transparent pixel is white, whatever colour lies under it; so is a palette's."""
    image = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([255, 0, 0])

    assert (read_image_file(encoded(image), (4, 4, 3)) == 255).all()
    assert (read_image_file(encoded(palette, transparency=0), (4, 4, 3)) == 255).all()


def test_a_photograph_is_turned_as_its_exif_says() -> None:
    """Orientation 6 means: turn it clockwise, so its left edge comes to the top."""
    image = Image.new("L", (20, 10), 0)
    image.paste(255, (0, 0, 4, 10))
    exif = Image.Exif()
    exif[0x0112] = 6

    body = encoded(image.convert("RGB"), "JPEG", exif=exif, quality=95)
    pixels = read_image_file(body, (20, 10, 1))

    assert pixels[:3].min() > 240
    assert pixels[6:].max() < 15


def test_another_aspect_is_padded_with_the_border_s_colour() -> None:
    """Nothing is cut off: a wide image lies between bands of its border's median colour."""
    image = Image.new("RGB", (40, 20), (10, 20, 30))
    image.paste((250, 250, 250), (10, 5, 30, 15))

    pixels = read_image_file(encoded(image), (16, 16, 3))

    assert (pixels[[0, 3, 12, 15]] == (10, 20, 30)).all()
    assert pixels[8, 8].min() > 240


SIDES = st.one_of(st.integers(1, 100), st.integers(1, 4000))
TILE = np.random.default_rng(0).integers(0, 256, (97, 89, 4), dtype=np.uint8)


@example(height=1024, width=1024, mode="L", shape=(8, 8, 1))
@example(height=4000, width=4000, mode="L", shape=(8, 8, 1))
@example(height=1, width=4000, mode="RGBA", shape=(64, 1, 3))
@settings(max_examples=60, deadline=None)
@given(
    height=SIDES,
    width=SIDES,
    mode=st.sampled_from(["L", "RGB", "RGBA", "I;16"]),
    shape=st.tuples(st.integers(1, 64), st.integers(1, 64), st.sampled_from([1, 3])),
)
def test_the_service_makes_the_same_pixels_as_training(
    height: int, width: int, mode: str, shape: tuple[int, int, int]
) -> None:
    """Whatever the sizes: what is uploaded is what a model of the file was trained on."""
    pixels = np.tile(TILE, (-(-height // 97), -(-width // 89), 1))[:height, :width]
    if mode == "I;16":
        image = Image.fromarray(np.ascontiguousarray(pixels[..., :2]).view(np.uint16)[..., 0])
    else:
        image = Image.fromarray(np.ascontiguousarray(pixels)).convert(mode)
    body = encoded(image, compress_level=1)

    served = read_image(open_image(body, 4000 * 4000), shape, "false").pixels

    np.testing.assert_array_equal(read_image_file(body, shape), served)


@pytest.mark.parametrize("body", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"not an image at all"])
def test_what_is_no_image_raises(body: bytes) -> None:
    """Broken bytes never come back as pixels."""
    with pytest.raises(Exception, match=r"."):
        read_image_file(body, (8, 8, 1))
