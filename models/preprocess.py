"""How an image becomes a model's input: training and the service make the same pixels of a file.

So a file of the training data that is uploaded lands on its own point of the map.
"""

import io
import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from models.exif import read_orientation
from models.image_metadata import END_OF_JPEG, JPEG, NO_END, Separated, profile_notes, separate
from models.manifest import ImageShape

MOST_SHRINKING: Final = 64  # times by LANCZOS: its table of weights grows with it
MOST_PIXELS: Final = 1 << 22  # of a JPEG; a larger one is decoded at a half, quarter or eighth
SCALES: Final = (1, 2, 4, 8)
DEEP: Final = 16  # bits
OTHER_DATA: Final = bytes(range(1, 255)) * 4
TURN: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class OpenedImage(NamedTuple):
    """An image file that is read up to its pixels."""

    image: Image.Image  # of the size at which it will be decoded
    size: tuple[int, int]  # width and height as in the file
    file: Separated

    def shown_size(self) -> tuple[int, int]:
        """Return width and height as viewers show it."""
        return self.size[::-1] if self.file.orientation > 4 else self.size  # noqa: PLR2004


class Preprocessed(NamedTuple):
    """An image of a model's shape, and what was done to it."""

    pixels: NDArray[np.uint8]  # (height, width, channels)
    was_transparent: bool
    was_resized: bool


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
    scale = next((s for s in SCALES if math.prod(size) <= MOST_PIXELS * s * s), SCALES[-1])
    if scale > 1:
        image.draft(None, (size[0] // scale, size[1] // scale))
    if file.body is body:
        file = _with_metadata(file, image)
    return OpenedImage(image, size, file)


def preprocess(opened: OpenedImage, shape: ImageShape) -> Preprocessed:
    """Decode an opened image and fit it to (height, width, channels). It is of no more use then.

    Of 16-bit values the upper 8 bits are kept. It is laid on white where it is transparent, turned
    as its EXIF says, made grey or colour, scaled to lie inside (a shrunk image is averaged, not
    sampled), and padded with the median colour of its border.

    Raises:
        Exception: The file is broken; Pillow's parsers raise what they like.
    """
    height, width, channels = shape
    image, _, file = opened
    image.load()
    if NO_END in file.notes and file.body.startswith(JPEG):
        _check_whole(opened)
    transparent = bool(file.transparent) or image.has_transparency_data
    mask = _mask(opened) if file.transparent else None
    if image.mode.startswith("I"):
        image = _eight_bits(image)
    elif mask is None and transparent:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    mode = "L" if channels == 1 else "RGB"
    image = image if image.mode == mode else image.convert(mode)
    if mask is not None:
        image.paste("white", mask=Image.fromarray(mask))
    if file.orientation > 1:
        image = image.transpose(TURN[file.orientation])
    if resized := image.size != (width, height):
        image = _contain(image, width, height)
    pixels = np.frombuffer(image.tobytes(), np.uint8).reshape(shape)
    return Preprocessed(pixels, transparent, resized)


def border(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return the outermost pixels of an image: (n,) or (n, channels)."""
    return np.concatenate((pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]))


def _open(body: bytes, formats: Sequence[str]) -> Image.Image:
    """Open a file without its metadata. Pillow's limit of pixels is not for a JPEG's full size."""
    if body.startswith(JPEG) and "JPEG" in formats:
        return JpegImagePlugin.JpegImageFile(io.BytesIO(body))
    return Image.open(io.BytesIO(body), formats=formats)


def _with_metadata(file: Separated, image: Image.Image) -> Separated:
    """Read the metadata that Pillow found in a file of another format."""
    orientation, notes = 1, []
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


def _mask(opened: OpenedImage) -> NDArray[np.bool_]:
    """Tell which pixels of a PNG have the one grey or colour that is transparent."""
    image, _, file = opened
    values = np.asarray(image)
    if file.depth < 8:  # noqa: PLR2004
        most = 255 if image.mode == "L" else 1
        values, wanted = values, file.transparent[0] * most // ((1 << file.depth) - 1)
        return values == wanted
    if len(file.transparent) == 1:
        return values == file.transparent[0]
    if file.depth == DEEP:
        lower = _open(file.body, ("PNG",))
        lower.tile = [tile._replace(args="RGB;16L") for tile in lower.tile]
        values = values.astype(np.uint16) << 8 | np.asarray(lower)
    return (values == np.array(file.transparent)).all(axis=-1)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Keep the upper half of 16-bit grey. Pillow's own conversion clips, and all turns white."""
    return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))


def _contain(image: Image.Image, width: int, height: int) -> Image.Image:
    """Scale an image to lie inside width × height, in the middle of its border's colour."""
    scale = min(width / image.width, height / image.height)
    inner = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    median = np.median(border(np.asarray(image)), axis=0).astype(int)
    colour = int(median) if median.ndim == 0 else tuple(map(int, median))
    canvas = Image.new(image.mode, (width, height), colour)
    scaled = image.resize(inner, Image.Resampling.LANCZOS, reducing_gap=MOST_SHRINKING)
    canvas.paste(scaled, ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return canvas
