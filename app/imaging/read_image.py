"""Uploaded images: from bytes to the model's shape, with bounds checked before decoding."""

import io
import warnings
from typing import Final, NamedTuple

import numpy as np
from PIL import Image, PngImagePlugin

from app.arrays import Array
from app.errors import InvalidImage, UnsupportedBody
from app.imaging.limits import JPEG, PNG, has_too_many_segments, most_segments
from models.manifest import ImageShape
from models.preprocess import border, preprocess

FORMATS: Final = ("PNG", "JPEG", "WEBP")  # no other of Pillow's parsers sees a client's bytes
MAGIC: Final = (PNG, JPEG, b"RIFF")
START_OF_SCAN: Final = b"\xff\xda"
LIGHT: Final = 160  # median of the border from which a drawing counts as dark on light
MOST_SCANS: Final = 100  # of a JPEG; each is a pass over all pixels, and ten are usual
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


def read_image(image: Image.Image, shape: ImageShape, max_pixels: int, invert: str) -> Fitted:
    """Decode an opened image and fit it to (height, width, channels). It is of no more use then.

    `models.preprocess` says how. `invert` swaps dark and light: "true", "false", or "auto" for a
    greyscale image that had to be resized and has a light border (a drawing on paper; models of
    digits know light on dark).

    Raises:
        InvalidImage: It is broken, or has more than `max_pixels`.
    """
    width, height = image.size
    if width * height > max_pixels:
        message = f"the image is {width} × {height}; at most {max_pixels} pixels are read"
        raise InvalidImage(message)
    try:
        pixels, transparent, resized = preprocess(image, shape)
    except Exception as error:  # parsers of broken files raise what they like
        raise _broken(error) from error
    how = [*["opaque"] * transparent, *["resized"] * resized]
    light = shape[2] == 1 and resized and np.median(border(pixels)) >= LIGHT
    if invert == "true" or (invert == "auto" and light):
        pixels = 255 - pixels
        how.append("inverted")
    return Fitted(pixels, tuple(how))


def _broken(error: Exception) -> InvalidImage:
    return InvalidImage(f"the image is broken: {type(error).__name__}")
