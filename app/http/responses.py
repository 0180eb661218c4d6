"""Answers written straight from arrays: JSON, npy, or pictures in the format that was chosen."""

import asyncio
import base64
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson
from fastapi import Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.arrays import Array
from app.errors import NotAcceptable
from app.http.context import RequestContext, Stage
from app.http.negotiation import MEDIA_TYPES
from app.imaging.contact_sheet import contact_sheet
from app.imaging.npy import write_npy
from app.imaging.png import encode_png
from app.imaging.write_image import encode_animation, encode_picture
from app.inference.queue import Priority

# Bytes of pixels that are written at once; more go to a worker thread.
SMALL: Final = 65_536
SMALL_PNG: Final = 524_288  # 0.8 ms, where a WebP takes 42


def json_answer(content: Any, cache_control: str = "") -> Response:
    """Write a JSON answer; NumPy arrays are allowed anywhere in it."""
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    headers = {"cache-control": cache_control} if cache_control else None
    return Response(body, headers=headers, media_type="application/json")


class ModelStream(StreamingResponse):
    """An answer that is written piece by piece, for which the model stays until its end."""

    def __init__(self, context: RequestContext, pieces: Iterator[bytes], name: str) -> None:
        """Take the pieces, each of which a worker thread makes, and a name for the file."""
        headers = {"content-disposition": f'attachment; filename="{name}.{context.format}"'}
        super().__init__(pieces, headers=headers, media_type=MEDIA_TYPES[context.format])
        self._model = context.model
        self._model.in_use += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._model.in_use -= 1


def npy_answer(array: Array) -> Response:
    """Write an array as an npy answer."""
    return Response(write_npy(array), media_type=MEDIA_TYPES["npy"])


async def picture(context: RequestContext, images: Array, columns: int | None = None) -> Response:
    """Answer with one image, or a contact sheet of several, as png, webp or jpeg."""
    return await _written(
        context, images, lambda: encode_picture(contact_sheet(images, columns), context.format)
    )


async def animation(context: RequestContext, images: Array) -> Response:
    """Answer with one frame an image, as gif or webp."""
    return await _written(context, images, lambda: encode_animation(images, context.format))


async def any_format(
    context: RequestContext,
    images: Array,
    columns: int | None,
    fields: dict[str, Any] | None = None,
) -> Response:
    """Answer with a picture, npy, or JSON that has `fields` beside the images."""
    if context.format == "npy":
        return npy_answer(images)
    if context.format == "json":
        return json_answer({"images": await base64_pngs(context, images), **(fields or {})})
    return await picture(context, images, columns)


async def decoded_mean(context: RequestContext, z: Array, priority: Priority) -> Response:
    """Answer with the likelihood's mean for latent vectors, float32 from 0 to 1, as npy.

    Raises:
        NotAcceptable: The answer is to be in another format, which holds whole numbers only.
    """
    if context.format != "npy":
        raise NotAcceptable("dtype=float32 is answered as npy: add format=npy")
    found = await context.infer("decode_mean", z, priority)
    return npy_answer(found["mean"])


async def base64_pngs(context: RequestContext, images: Array) -> list[str]:
    """Write each image as a PNG in base64."""
    pictures = await _timed(
        context, images, lambda: [base64.b64encode(encode_png(image)).decode() for image in images]
    )
    found: list[str] = pictures
    return found


async def _written(context: RequestContext, images: Array, write: Callable[[], bytes]) -> Response:
    return Response(await _timed(context, images, write), media_type=MEDIA_TYPES[context.format])


async def _timed(context: RequestContext, images: Array, write: Callable[[], Any]) -> Any:
    started = time.monotonic()
    most = SMALL_PNG if context.format == "png" else SMALL
    result = write() if images.nbytes <= most else await asyncio.to_thread(write)
    context.stages.append(Stage("encode", started, time.monotonic()))
    return result
