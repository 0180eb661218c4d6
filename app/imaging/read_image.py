"""Uploaded images: from bytes to the model's shape, with bounds checked before decoding."""

import math
import warnings
from typing import Final, NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from app.arrays import Array
from app.errors import InvalidImage, UnsupportedBody
from app.imaging.limits import has_too_many_segments, most_segments
from models import image_file
from models.image_file import OpenedImage
from models.image_metadata import JPEG, PNG
from models.manifest import ImageShape
from models.preprocess import border, preprocess

FORMATS: Final = ("PNG", "JPEG", "WEBP")  # no other of Pillow's parsers sees a client's bytes
MAGIC: Final = (PNG, JPEG, b"RIFF")
OTHERS: Final = {
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"%PDF": "a PDF",
    b"<": "SVG, XML or HTML",
    b"{": "JSON",
    b"\x1f\x8b": "packed by gzip: send Content-Encoding: gzip",
    b"data:": "a data: URL: send it as JSON",
    b"iVBOR": "base64: send it as JSON",
    b"/9j/": "base64: send it as JSON",
}
START_OF_SCAN: Final = b"\xff\xda"
LIGHT: Final = 160  # median of the border from which a drawing counts as dark on light
MOST_SCANS: Final = 100  # of a JPEG; each is a pass over all pixels, and ten are usual
MOST_OF_FULL_SIZE: Final = 4  # images of the most pixels in one request; of smaller ones, more
PASSED_OVER: Final = 16  # pixels of a reduced JPEG that cost as much as one that is decoded


def bound_pillow() -> None:
    """Let this module alone bound images, for the whole process: Pillow's settings are global."""
    warnings.filterwarnings("ignore", module=r"PIL\.")
    Image.MAX_IMAGE_PIXELS = None


class Fitted(NamedTuple):
    """An image of the model's shape, and what was done to it."""

    pixels: Array  # uint8 (height, width, channels)
    how: tuple[str, ...]


def open_image(body: bytes, max_pixels: int) -> OpenedImage:
    """Read an image file up to its pixels, unless it is larger or of more parts than may be.

    Raises:
        UnsupportedBody: The bytes are not a PNG, JPEG or WebP.
        InvalidImage: It is broken, or has more than `max_pixels`.
    """
    if not body.startswith(MAGIC):
        raise UnsupportedBody(f"the bytes are not a PNG, JPEG or WebP image{_other(body)}")
    if has_too_many_segments(body):
        message = f"the image is of more than {most_segments(body)} chunks, segments or fill bytes"
        raise InvalidImage(f"{message}, too many for {len(body)} bytes; save it anew")
    try:
        opened = image_file.open_image(body, FORMATS)
    except Exception as error:
        raise _broken(error) from error
    _check_size(opened, max_pixels)
    return opened


def cost(opened: OpenedImage) -> int:
    """Return to how many pixels the memory and time of decoding an image amount."""
    full, decoded = math.prod(opened.size), math.prod(opened.image.size)
    if opened.file.buffered:
        return max(full, decoded)
    return decoded + full // PASSED_OVER if full > decoded else decoded


def read_image(opened: OpenedImage, shape: ImageShape, invert: str) -> Fitted:
    """Decode an opened image and fit it to (height, width, channels). It is of no more use then.

    `models.preprocess` says how. `invert` swaps dark and light: "true", "false", or "auto" for a
    greyscale image that had to be resized and has a light border (a drawing on paper; models of
    digits know light on dark).

    Raises:
        InvalidImage: It is broken.
    """
    try:
        pixels, transparent, resized = preprocess(opened, shape)
    except Exception as error:  # parsers of broken files raise what they like
        raise _broken(error) from error
    how = [*opened.file.notes, *["opaque"] * transparent, *["resized"] * resized]
    light = shape[2] == 1 and resized and np.median(border(pixels)) >= LIGHT
    if invert == "true" or (invert == "auto" and light):
        pixels = 255 - pixels
        how.append("inverted")
    return Fitted(pixels, tuple(how))


def _check_size(opened: OpenedImage, max_pixels: int) -> None:
    width, height = opened.size
    if MOST_SCANS * width * height <= max_pixels and not opened.file.buffered:
        return  # small enough in every respect
    size = f"the image is {width} × {height}"
    if math.prod(opened.image.size) > max_pixels:
        raise InvalidImage(f"{size}; ATLAS_MAX_PIXELS allows {max_pixels} pixels")
    if cost(opened) > MOST_OF_FULL_SIZE * max_pixels:
        kind = "progressive JPEG" if opened.file.buffered else "JPEG"
        message = f"{size}, too large for a {kind} where ATLAS_MAX_PIXELS is {max_pixels}"
        raise InvalidImage(message)
    scans = opened.file.body.count(START_OF_SCAN) if opened.file.buffered else 1
    if scans > MOST_SCANS or scans * width * height > MOST_SCANS * max_pixels:
        raise InvalidImage(f"{size} and has {scans} scans, too many; save it as a baseline JPEG")


def _other(body: bytes) -> str:
    """Say what bytes are instead, if that is easily seen."""
    if body[4:8] == b"ftyp":
        return ", but HEIC, AVIF or a video: convert it to JPEG"
    return next((f", but {name}" for start, name in OTHERS.items() if body.startswith(start)), "")


def _broken(error: Exception) -> InvalidImage:
    """Name what is wrong. Pillow names a file that it cannot identify by an address in memory."""
    unknown = isinstance(error, UnidentifiedImageError) or not str(error)
    why = type(error).__name__ if unknown else str(error)[:200]
    return InvalidImage(f"the image is broken: {why}")
