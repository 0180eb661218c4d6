"""Images uint8 (n, height, width, channels) as picture files, alone or on a sheet."""

import io
from typing import Final

import numpy as np
from PIL import Image

from app.arrays import Array
from app.errors import InvalidRequest
from app.imaging.png import encode_png

FRAME_MS: Final = 100
JPEG_QUALITY: Final = 90
LONGEST: Final = {"webp": 16_383, "jpeg": 65_500}  # pixels a side


def sheet(images: Array, columns: int | None = None) -> Array:
    """Lay images out in rows, left to right and top to bottom, black where none is left.

    Without `columns` the sheet is as square as can be. Returns uint8 (height, width, channels).
    """
    n, height, width, channels = images.shape
    if n == 1:
        return images[0]
    columns = min(columns or _squarest(n, height, width), n)
    rows = -(-n // columns)
    cells = images
    if rows * columns > n:
        cells = np.zeros((rows * columns, height, width, channels), images.dtype)
        cells[:n] = images
    grid = cells.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return grid.reshape(rows * height, columns * width, channels)


def _squarest(n: int, height: int, width: int) -> int:
    return max(1, min(n, round((n * height / width) ** 0.5 + 0.49)))


def encode_picture(image: Array, kind: str) -> bytes:
    """Write an image uint8 (height, width, channels) as png, webp (lossless) or jpeg.

    Raises:
        InvalidRequest: The format holds no image so long.
    """
    if kind == "png":
        return encode_png(image)
    if max(image.shape) > LONGEST[kind]:
        message = (
            f"the picture is {image.shape[1]} × {image.shape[0]} pixels; a {kind} has at most "
        )
        message += f"{LONGEST[kind]} a side: ask for other columns, fewer images, or png"
        raise InvalidRequest(message)
    file = io.BytesIO()
    if kind == "webp":
        _pillow(image).save(file, "WEBP", lossless=True, method=0)
    else:
        _pillow(image).save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def encode_animation(images: Array, kind: str) -> bytes:
    """Write images uint8 (n, height, width, channels) as the frames of a gif or webp, looping."""
    first, *rest = (_pillow(image) for image in images)
    file = io.BytesIO()
    if kind == "gif":
        first.save(file, "GIF", save_all=True, append_images=rest, duration=FRAME_MS, loop=0)
    else:
        options = {"lossless": True, "method": 0, "duration": FRAME_MS, "loop": 0}
        first.save(file, "WEBP", save_all=True, append_images=rest, **options)
    return file.getvalue()


def posterior(z_mean: Array, z_log_var: Array) -> Array:
    """Draw posteriors, one strip per image, one column per dimension.

    A column spans ±4 upwards: the band is z_mean ± one standard deviation, the line is z_mean.
    Returns uint8 (n · 65, 9 · latent_dim, 1).
    """
    levels = np.linspace(4, -4, 64)[None, :, None]
    mean, deviation = z_mean[:, None], np.exp(z_log_var / 2)[:, None]
    strips = np.full((*np.broadcast_shapes(levels.shape, mean.shape),), 24, np.uint8)
    strips[np.abs(levels - 0) < 4 / 63 + mean * 0] = 64
    strips[np.abs(levels - mean) <= deviation] = 128
    strips[np.abs(levels - np.clip(mean, -4, 4)) < 4 / 63 + deviation * 0] = 255
    columns = np.repeat(strips, 9, axis=2)
    columns[:, :, 8::9] = 0
    return np.pad(columns, ((0, 0), (0, 1), (0, 0))).reshape(-1, columns.shape[2], 1)


def _pillow(image: Array) -> Image.Image:
    return Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
