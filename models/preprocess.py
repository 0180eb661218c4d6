"""How an image becomes a model's input: training and the service make the same pixels of a file.

So a file of the training data that is uploaded lands on its own point of the map.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.image_file import OpenedImage, decode, decode_lower_bytes
from models.manifest import ImageShape

Scale = tuple[float, float]  # the values of a file that stand for black and white
MOST_SHRINKING: Final = 64  # times by LANCZOS: its table of weights grows with it
DEEP: Final = 16  # bits
TURN: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Preprocessed(NamedTuple):
    """An image of a model's shape, and what was done to it."""

    pixels: NDArray[np.uint8]  # (height, width, channels)
    was_transparent: bool
    was_resized: bool


def preprocess(opened: OpenedImage, shape: ImageShape, scale: Scale | None = None) -> Preprocessed:
    """Decode an opened image and fit it to (height, width, channels). It is of no more use then.

    Of 16-bit values the upper 8 bits are kept, unless `scale` says what is black and what white.
    It is laid on white where it is transparent, turned as its EXIF says, made grey or colour,
    scaled to lie inside (a shrunk image is averaged, not sampled), and padded with the median
    colour of its border.

    Raises:
        Exception: The file is broken; Pillow's parsers raise what they like.
    """
    height, width, channels = shape
    image, file = decode(opened), opened.file
    transparent = bool(file.transparent) or image.has_transparency_data
    mask = _mask(opened) if file.transparent else None
    if scale is not None:
        image = _stretch(image, scale)
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


def _mask(opened: OpenedImage) -> NDArray[np.bool_]:
    """Tell which pixels of a PNG have the one grey or colour that is transparent."""
    image, _, file = opened
    values = np.asarray(image)
    if len(file.transparent) == 1:
        [grey] = file.transparent
        if image.mode == "L":  # of fewer bits, Pillow has stretched the values
            grey = grey * 255 // ((1 << file.depth) - 1)
        return values == grey
    if file.depth == DEEP:
        values = values.astype(np.uint16) << 8 | np.asarray(decode_lower_bytes(opened))
    return (values == file.transparent).all(axis=-1)


def _stretch(image: Image.Image, scale: Scale) -> Image.Image:
    """Turn the values between black and white into 0 to 255; alpha and palettes stay."""
    if image.mode not in ("L", "LA", "RGB", "RGBA", "F") and not image.mode.startswith("I"):
        return image
    values = np.asarray(image)
    pixels = stretch(values, scale)
    if image.mode.endswith("A"):
        pixels[..., -1] = values[..., -1]
    return Image.fromarray(pixels)


def stretch(values: NDArray[Any], scale: Scale) -> NDArray[np.uint8]:
    """Return values as bytes: black and what is below as 0, white and what is above as 255."""
    black, white = scale
    share = (values.astype(np.float32) - np.float32(black)) / np.float32(white - black)
    return np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)


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
