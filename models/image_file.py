"""An image file, read up to its pixels: what is wrong beside them harms nothing."""

import io
import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin, PngImagePlugin

from models.exif import read_orientation
from models.image_metadata import END_OF_JPEG, JPEG, NO_END, PNG, Separated, profile_notes, separate

MOST_PIXELS: Final = 1 << 22  # of a JPEG; a larger one is decoded at a half, quarter or eighth
SCALES: Final = (2, 4, 8)
READERS: Final = (
    (PNG, "PNG", PngImagePlugin.PngImageFile),
    (JPEG, "JPEG", JpegImagePlugin.JpegImageFile),
)
OTHER_DATA: Final = bytes(range(1, 255)) * 4


class OpenedImage(NamedTuple):
    """An image file that is read up to its pixels."""

    image: Image.Image  # of the size at which it will be decoded
    size: tuple[int, int]  # width and height as in the file
    file: Separated

    def shown_size(self) -> tuple[int, int]:
        """Return width and height as viewers show it."""
        return self.size[::-1] if self.file.orientation > 4 else self.size  # noqa: PLR2004


def open_image(body: bytes, formats: Sequence[str]) -> OpenedImage:
    """Read an image file of one of Pillow's formats up to its pixels, and its metadata.

    A large JPEG will be decoded at a half, a quarter or an eighth of its size. Metadata that
    cannot be read is left out, and `file.notes` names it.

    Raises:
        Exception: It is no such file, or broken; Pillow's parsers raise what they like.
    """
    file = separate(body)
    image = _open(file.body, formats)
    size = image.size
    if size[0] * size[1] > MOST_PIXELS:
        scale = next((s for s in SCALES if math.prod(size) <= MOST_PIXELS * s * s), SCALES[-1])
        image.draft(None, (size[0] // scale, size[1] // scale))
    if file.body is body:
        file = _with_metadata(file, image)
    return OpenedImage(image, size, file)


def decode(opened: OpenedImage) -> Image.Image:
    """Decode an opened image. It is of no more use then.

    Raises:
        Exception: The file is broken or cut off; Pillow's parsers raise what they like.
    """
    opened.image.load()
    if NO_END in opened.file.notes and opened.file.body.startswith(JPEG):
        _check_whole(opened)
    return opened.image


def read_png(body: bytes) -> NDArray[np.uint8]:
    """Decode a PNG of grey or colour to uint8 (height, width, 1 or 3)."""
    pixels = np.asarray(Image.open(io.BytesIO(body), formats=("PNG",)))
    return pixels[..., None] if pixels.ndim == 2 else pixels  # noqa: PLR2004 - grey


def decode_lower_bytes(opened: OpenedImage) -> Image.Image:
    """Decode a PNG of 16-bit colour to the lower half of its samples, which Pillow drops."""
    lower = Image.open(io.BytesIO(opened.file.body), formats=("PNG",))
    lower.tile = [tile._replace(args="RGB;16L") for tile in lower.tile]
    return lower


def _open(body: bytes, formats: Sequence[str]) -> Image.Image:
    """Open a file without its metadata. Pillow's limit of pixels is not for a JPEG's full size."""
    for start, kind, reader in READERS:
        if body.startswith(start) and kind in formats:
            return reader(io.BytesIO(body))
    return Image.open(io.BytesIO(body), formats=tuple(formats))


def _with_metadata(file: Separated, image: Image.Image) -> Separated:
    """Read the metadata that Pillow found in a file of another format."""
    orientation = 1
    notes: list[str] = []
    if exif := image.info.get("exif"):
        orientation, notes = read_orientation(exif)
    if profile := image.info.get("icc_profile"):
        notes += profile_notes(profile)
    return file._replace(orientation=orientation, notes=tuple(notes))


def _check_whole(opened: OpenedImage) -> None:
    """Refuse a JPEG without an end whose pixels are not all there.

    Its decoder fills what is missing and says nothing. If other data behind its own changes the
    picture, then some of its own is missing.

    Raises:
        ValueError: It ends early.
    """
    body = opened.file.body.removesuffix(END_OF_JPEG) + OTHER_DATA + END_OF_JPEG
    other = open_image(body, ("JPEG",)).image
    if other.tobytes() != opened.image.tobytes():
        raise ValueError("the data of its pixels ends early: the file is cut off")
