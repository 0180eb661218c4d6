"""Uploaded images: from bytes to the model's shape, with bounds checked before decoding."""

import io
import warnings
from typing import Final, NamedTuple

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin

from app.arrays import Array
from app.errors import InvalidImage, UnsupportedBody
from app.imaging.limits import JPEG, PNG, has_too_many_segments, most_segments

FORMATS: Final = ("PNG", "JPEG", "WEBP")  # no other of Pillow's parsers sees a client's bytes
MAGIC: Final = (PNG, JPEG, b"RIFF")
START_OF_SCAN: Final = b"\xff\xda"
LIGHT: Final = 160  # median of the border from which a drawing counts as dark on light
MOST_SCANS: Final = 100  # of a JPEG; each is a pass over all pixels, and ten are usual
MOST_SHRINKING: Final = 64  # times at once: the table of weights grows with it
Shape = tuple[int, int, int]
MOST_TEXT: Final = 1 << 20  # bytes of a PNG's texts, which nobody reads; Pillow would take 64 MB


def bound_pillow() -> None:
    """Make Pillow strict, for the whole process: its bounds and warnings are global."""
    # It warns of damage that it skips. `catch_warnings` would be for all threads at once, too.
    warnings.filterwarnings("error", category=UserWarning, module=r"PIL\.")
    PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = MOST_TEXT


class Fitted(NamedTuple):
    """An image of the model's shape, and what was done to it."""

    pixels: Array  # uint8 (height, width, channels)
    how: tuple[str, ...]


def open_image(body: bytes) -> Image.Image:
    """Read an image file up to its pixels, unless it is of more parts than an image needs.

    Raises:
        UnsupportedBody: The bytes are not a PNG, JPEG or WebP.
        InvalidImage: It is broken.
    """
    if not body.startswith(MAGIC):
        raise UnsupportedBody("the bytes are not a PNG, JPEG or WebP image")
    if has_too_many_segments(body):
        message = f"the image is of more than {most_segments(body)} chunks, segments or fill bytes"
        raise InvalidImage(f"{message}, too many for {len(body)} bytes; save it anew")
    if body.startswith(JPEG) and body.count(START_OF_SCAN) > MOST_SCANS:
        raise InvalidImage(f"the JPEG has more than {MOST_SCANS} scans")
    try:
        return Image.open(io.BytesIO(body), formats=FORMATS)
    except Exception as error:
        raise _broken(error) from error


def read_image(image: Image.Image, shape: Shape, max_pixels: int, invert: str) -> Fitted:
    """Decode an opened image and fit it to (height, width, channels). It is of no more use then.

    It is turned as its EXIF says, laid on white where transparent, made grey or colour as the
    model is, padded with its border's colour to the model's aspect, and resized. `invert` swaps
    dark and light: "true", "false", or "auto" for a greyscale image that had to be resized and
    has a light border (a drawing on paper; models of digits know light on dark).

    Raises:
        InvalidImage: It is broken, or has more than `max_pixels`.
    """
    height, width, channels = shape
    plain, transparent = _upright(image, max_pixels, "L" if channels == 1 else "RGB")
    how = ["opaque"] if transparent else []
    if resized := plain.size != (width, height):
        plain = _resize(plain, width, height)
        how.append("resized")
    pixels = np.frombuffer(plain.tobytes(), np.uint8).reshape(shape)
    light = channels == 1 and resized and np.median(_border(pixels)) >= LIGHT
    if invert == "true" or (invert == "auto" and light):
        pixels = 255 - pixels
        how.append("inverted")
    return Fitted(pixels, tuple(how))


def _eight_bits(image: Image.Image) -> Image.Image:
    """Keep the upper half of 16-bit grey; Pillow's own conversion clips, and all turns white."""
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))


def _upright(image: Image.Image, max_pixels: int, mode: str) -> tuple[Image.Image, bool]:
    """Decode an image, turn it as its EXIF says, and lay it on white if it is transparent.

    EXIF and transparency are parsed late: each step may find the file broken.
    """
    try:
        _check_size(image.size, max_pixels)
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        if transparent := image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        image = _eight_bits(image)
        return image if image.mode == mode else image.convert(mode), transparent
    except InvalidImage:
        raise
    except Exception as error:  # parsers of broken files raise what they like
        raise _broken(error) from error


def _broken(error: Exception) -> InvalidImage:
    return InvalidImage(f"the image is broken: {type(error).__name__}")


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    if size[0] * size[1] > max_pixels:
        message = f"the image is {size[0]} × {size[1]}; at most {max_pixels} pixels are read"
        raise InvalidImage(message)


def _resize(image: Image.Image, width: int, height: int) -> Image.Image:
    """Pad to the target's aspect, then resize; a shrunk image is averaged, not sampled."""
    scale = min(width / image.width, height / image.height)
    inner = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    border = np.median(_border(np.asarray(image)), axis=0).astype(int)
    colour = int(border) if border.ndim == 0 else tuple(map(int, border))
    canvas = Image.new(image.mode, (width, height), colour)
    shrunk = image.resize(inner, Image.Resampling.LANCZOS, reducing_gap=MOST_SHRINKING)
    canvas.paste(shrunk, ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return canvas


def _border(pixels: Array) -> Array:
    """Return the outermost pixels: (n,) or (n, channels)."""
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    return np.concatenate(edges)
