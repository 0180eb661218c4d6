"""Images at a multiple of their size."""

from typing import Final

import numpy as np
from PIL import Image

from app.arrays import Array
from app.errors import InvalidRequest

MOST_PIXELS: Final = 1 << 25  # of all images together, after it


def enlarge(images: Array, scale: int, *, smooth: bool) -> Array:
    """Enlarge images uint8 (n, height, width, channels): pixels become squares, or are blended.

    Raises:
        InvalidRequest: The result would be too large.
    """
    n, height, width, channels = images.shape
    pixels = n * height * width * scale**2
    if pixels > MOST_PIXELS:
        raise InvalidRequest(
            f"scale={scale} makes {pixels} pixels of {n} images; at most {MOST_PIXELS} are drawn: "
            "ask for a smaller scale or fewer images"
        )
    if not smooth:
        return images.repeat(scale, 1).repeat(scale, 2)
    size = (width * scale, height * scale)
    drawn = [
        np.asarray(Image.fromarray(image.squeeze(-1) if channels == 1 else image).resize(size))
        for image in images
    ]
    return np.stack(drawn).reshape(n, size[1], size[0], channels)
