"""Image files from arrays: one image, or the frames of an animation."""

import io
from typing import Final

from PIL import Image

from app.arrays import Array
from app.errors import InvalidRequest
from app.imaging.png import encode_png

FRAME_MS: Final = 100
JPEG_QUALITY: Final = 90
LONGEST: Final = {"webp": 16_383, "jpeg": 65_500}  # pixels a side


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


def _pillow(image: Array) -> Image.Image:
    return Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
