"""Answers written straight from arrays: JSON, npy, or pictures in the format that was chosen."""

import asyncio
import base64
import time
from collections.abc import Callable
from typing import Any, Final

import orjson
from fastapi import Response

from app.arrays import Array
from app.http.context import Call, Stage
from app.http.negotiation import MEDIA_TYPES
from app.imaging.npy import write_npy
from app.imaging.png import encode_png
from app.imaging.write_image import encode_animation, encode_picture, sheet

# Bytes of pixels that are written at once; more go to a worker thread.
SMALL: Final = 65_536
SMALL_PNG: Final = 524_288  # 0.8 ms, where a WebP takes 42


def json_answer(content: Any) -> Response:
    """Write a JSON answer; NumPy arrays are allowed anywhere in it."""
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, media_type="application/json")


async def picture(call: Call, images: Array, columns: int | None = None) -> Response:
    """Answer with one image, or a contact sheet of several, as png, webp or jpeg."""
    return await _written(call, images, lambda: encode_picture(sheet(images, columns), call.format))


async def animation(call: Call, images: Array) -> Response:
    """Answer with one frame an image, as gif or webp."""
    return await _written(call, images, lambda: encode_animation(images, call.format))


async def any_format(
    call: Call, images: Array, columns: int | None, fields: dict[str, Any] | None = None
) -> Response:
    """Answer with a picture, npy, or JSON that has `fields` beside the images."""
    if call.format == "npy":
        return Response(write_npy(images), media_type=MEDIA_TYPES["npy"])
    if call.format == "json":
        return json_answer({"images": await base64_pngs(call, images), **(fields or {})})
    return await picture(call, images, columns)


async def base64_pngs(call: Call, images: Array) -> list[str]:
    """Write each image as a PNG in base64."""
    pictures = await _timed(
        call, images, lambda: [base64.b64encode(encode_png(image)).decode() for image in images]
    )
    found: list[str] = pictures
    return found


async def _written(call: Call, images: Array, write: Callable[[], bytes]) -> Response:
    return Response(await _timed(call, images, write), media_type=MEDIA_TYPES[call.format])


async def _timed(call: Call, images: Array, write: Callable[[], Any]) -> Any:
    started = time.monotonic()
    most = SMALL_PNG if call.format == "png" else SMALL
    result = write() if images.nbytes <= most else await asyncio.to_thread(write)
    call.stages.append(Stage("encode", started, time.monotonic()))
    return result
