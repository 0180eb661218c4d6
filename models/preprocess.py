"""How an image becomes a model's input: training and the service make the same pixels of a file.

So a file of the training data that is uploaded lands on its own point of the map.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from models.manifest import ImageShape

MOST_SHRINKING: Final = 64  # times by LANCZOS: its table of weights grows with it


class Preprocessed(NamedTuple):
    """An image of a model's shape, and what was done to it."""

    pixels: NDArray[np.uint8]  # (height, width, channels)
    was_transparent: bool
    was_resized: bool


def preprocess(image: Image.Image, shape: ImageShape) -> Preprocessed:
    """Decode an opened image and fit it to (height, width, channels). It is of no more use then.

    It is turned as its EXIF says, laid on white where it is transparent, made grey or colour,
    scaled to lie inside (a shrunk image is averaged, not sampled), and padded with the median
    colour of its border. Of 16-bit values the upper 8 bits are kept.

    Raises:
        Exception: The file is broken: EXIF and transparency are parsed late, and Pillow's parsers
            raise what they like.
    """
    height, width, channels = shape
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    transparent = image.has_transparency_data
    if image.mode.startswith("I"):
        image = _eight_bits(image)
    elif transparent:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    mode = "L" if channels == 1 else "RGB"
    image = image if image.mode == mode else image.convert(mode)
    if resized := image.size != (width, height):
        image = _contain(image, width, height)
    pixels = np.frombuffer(image.tobytes(), np.uint8).reshape(shape)
    return Preprocessed(pixels, transparent, resized)


def border(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return the outermost pixels of an image: (n,) or (n, channels)."""
    return np.concatenate((pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]))


def _eight_bits(image: Image.Image) -> Image.Image:
    """Keep the upper half of 16-bit grey, and lay what is transparent on white.

    Pillow's own conversion clips, and all turns white.
    """
    values = np.asarray(image)
    grey = (values >> 8).astype(np.uint8)
    grey[values == image.info.get("transparency")] = 255
    return Image.fromarray(grey)


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
