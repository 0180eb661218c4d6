"""Thumbnails: small PNG files of images."""

import functools
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.dataset import Images

LONGEST: Final = 64  # pixels of a side
AT_ONCE: Final = 1024


def write_thumbnails(images: Images, longest: int | None = LONGEST) -> Iterator[bytes]:
    """Yield a PNG of every image, some in memory at a time.

    Args:
        images: uint8 (n, height, width, channels).
        longest: Pixels of a larger image's longer side; none keeps the size of all.
    """
    write = functools.partial(write_png, longest=longest)
    with ThreadPoolExecutor() as pool:
        for start in range(0, images.shape[0], AT_ONCE):
            rows = np.arange(start, min(start + AT_ONCE, images.shape[0]))
            yield from pool.map(write, images[rows])


def size_of(png: bytes) -> tuple[int, int]:
    """Return width and height of a PNG."""
    return Image.open(io.BytesIO(png), formats=["PNG"]).size


def write_png(pixels: NDArray[Any], longest: int | None = None) -> bytes:
    """Write an image, uint8 (height, width, 1 or 3), as PNG; reduced if it is larger."""
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    if longest is not None and longest < max(image.size):
        image.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=None)
    body = io.BytesIO()
    image.save(body, "PNG")
    return body.getvalue()
