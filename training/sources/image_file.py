"""One image file: from its bytes to the model's shape."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.image_file import open_image
from models.manifest import ImageShape
from models.preprocess import preprocess

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP")


def read_image_file(body: bytes, shape: ImageShape) -> NDArray[np.uint8]:
    """Decode an image file and fit it to (height, width, channels), as the service does.

    Raises:
        Exception: The bytes are no such image; Pillow's parsers raise what they like.
    """
    return preprocess(open_image(body, FORMATS), shape).pixels
