"""From an image file to the model's shape."""

import io
from itertools import product

import numpy as np
import pytest
from PIL import Image

from training.sources.fitting import fit_image


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
    pixels = fit_image(encoded(gradient("RGB"), kind), (10, 20), channels)

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

    pixels = fit_image(encoded(image), (10, 20), 3)

    assert (pixels[:, 0] == 0).all()
    assert (pixels[:, -1] == 255).all()


def test_sixteen_bits_keep_their_upper_eight() -> None:
    """A 16-bit file gives the pixels of the 8-bit file that it refines."""
    fine = np.arange(200, dtype=np.uint16).reshape(10, 20) * 300

    pixels = fit_image(encoded(Image.fromarray(fine)), (10, 20), 1)

    np.testing.assert_array_equal(pixels[..., 0], fine >> 8)


def test_transparency_is_laid_on_white() -> None:
    """A transparent pixel is white, whatever colour lies under it; so is a palette's."""
    image = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([255, 0, 0])

    assert (fit_image(encoded(image), (4, 4), 3) == 255).all()
    assert (fit_image(encoded(palette, transparency=0), (4, 4), 3) == 255).all()


def test_a_photograph_is_turned_as_its_exif_says() -> None:
    """Orientation 6 means: turn it clockwise, so its left edge comes to the top."""
    image = Image.new("L", (20, 10), 0)
    image.paste(255, (0, 0, 4, 10))
    exif = Image.Exif()
    exif[0x0112] = 6

    pixels = fit_image(encoded(image.convert("RGB"), "JPEG", exif=exif, quality=95), (20, 10), 1)

    assert pixels[:3].min() > 240
    assert pixels[6:].max() < 15


def test_another_aspect_is_padded_with_the_border_s_colour() -> None:
    """Nothing is cut off: a wide image lies between bands of its border's median colour."""
    image = Image.new("RGB", (40, 20), (10, 20, 30))
    image.paste((250, 250, 250), (10, 5, 30, 15))

    pixels = fit_image(encoded(image), (16, 16), 3)

    assert (pixels[[0, 3, 12, 15]] == (10, 20, 30)).all()
    assert pixels[8, 8].min() > 240


def test_an_upload_is_fitted_like_the_training_data() -> None:
    """The service makes the same pixels of a file as training did."""
    from app.imaging.read_image import open_image, read_image

    random = np.random.default_rng(0)
    for size in ((31, 45), (8, 8), (45, 90)):
        noise = Image.fromarray(random.integers(0, 256, (*size, 4), dtype=np.uint8))
        fine = Image.fromarray(random.integers(0, 2**16, size, dtype=np.uint16))
        for image, channels in product((noise, fine), (1, 3)):
            body = encoded(image)
            served = read_image(open_image(body), (24, 20, channels), 10**6, "false").pixels
            np.testing.assert_array_equal(fit_image(body, (24, 20), channels), served)


@pytest.mark.parametrize("body", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"not an image at all"])
def test_what_is_no_image_raises(body: bytes) -> None:
    """Broken bytes never come back as pixels."""
    with pytest.raises(Exception, match=r"."):
        fit_image(body, (8, 8), 1)
