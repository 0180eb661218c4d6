"""One image file: from its bytes to the model's shape."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import UnidentifiedImageError

from models.image_file import open_image
from models.manifest import ImageShape
from models.preprocess import Scale, preprocess

# What Pillow reads by itself and knows by its first bytes; of several frames, the first.
FORMATS: Final = tuple("PNG JPEG WEBP AVIF GIF TIFF BMP DIB JPEG2000 ICO PPM PCX QOI SGI".split())
SUFFIXES: Final = frozenset(
    ".apng .avif .bmp .dib .gif .ico .j2k .jfif .jp2 .jpe .jpeg .jpg .jpx .mpo .pbm .pcx .pgm "
    ".png .pnm .ppm .qoi .sgi .tif .tiff .webp".split()
)
HEIC: Final = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc")  # from a file's fifth byte on
NAMED_FORMATS: Final = "PNG, JPEG, WebP, AVIF, GIF, TIFF or BMP"


def read_image_file(
    body: bytes, shape: ImageShape, scale: Scale | None = None
) -> NDArray[np.uint8]:
    """Decode an image file and fit it to (height, width, channels), as the service does.

    Args:
        body: The file's bytes.
        shape: The model's.
        scale: The values that stand for black and white, where they are not the format's.

    Raises:
        Exception: The bytes are no such image; Pillow's parsers raise what they like.
    """
    return preprocess(open_image(body, FORMATS), shape, scale).pixels


def explain(path: Path, error: Exception) -> str:
    """Say why a file could not be read."""
    if isinstance(error, UnidentifiedImageError):  # its message is an address in memory
        with path.open("rb") as file:
            start = file.read(12)
        if not start:
            return "an empty file"
        heic = start[4:] in HEIC
        return "HEIC by another name: save it as JPEG" if heic else f"no {NAMED_FORMATS}"
    return str(error) or type(error).__name__
