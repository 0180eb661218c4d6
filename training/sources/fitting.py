"""From an image file to the model's shape, as the service fits an uploaded image.

So a file of the training data that is uploaded to the explorer lands on its own point.
"""

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP")
Pixels = NDArray[np.uint8]


def fit_image(body: bytes, image_size: tuple[int, int], channels: int) -> Pixels:
    """Decode an image file and fit it; uint8 (height, width, channels).

    It is turned as its EXIF says, laid on white where it is transparent, made grey or colour,
    scaled to lie wholly inside (a shrunk image is averaged, not sampled) and padded with the
    median colour of its border. 16-bit values keep their upper 8 bits.

    Raises:
        Exception: The bytes are no such image; Pillow's parsers raise what they like.
    """
    with Image.open(io.BytesIO(body), formats=FORMATS) as image:
        turned = ImageOps.exif_transpose(image)
    if turned.has_transparency_data:
        turned = turned.convert("RGBA")
        turned = Image.alpha_composite(Image.new("RGBA", turned.size, "white"), turned)
    plain = _eight_bits(turned).convert("L" if channels == 1 else "RGB")
    height, width = image_size
    if plain.size != (width, height):
        plain = _contain(plain, width, height)
    return np.asarray(plain).reshape(height, width, channels)


def _eight_bits(image: Image.Image) -> Image.Image:
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))


def _contain(image: Image.Image, width: int, height: int) -> Image.Image:
    scale = min(width / image.width, height / image.height)
    inner = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    pixels = np.asarray(image)
    border = np.concatenate((pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]))
    colour = np.median(border, axis=0).astype(int)
    filled = int(colour) if colour.ndim == 0 else tuple(map(int, colour))
    canvas = Image.new(image.mode, (width, height), filled)
    shrunk = image.resize(inner, Image.Resampling.LANCZOS)
    canvas.paste(shrunk, ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return canvas
