"""Request bodies: read with a bound, then taken apart into images or latent vectors."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final, TypeVar

import numpy as np
import orjson
from starlette.types import Message

from app.arrays import Array
from app.errors import (
    BrokenBody,
    InvalidImage,
    InvalidLatent,
    InvalidRequest,
    SlowBody,
    UnsupportedBody,
)
from app.http.context import RequestContext
from app.http.forms import read_parts
from app.http.image_files import ImageFile, files_of_form, files_of_json
from app.http.unpack import Unpacker
from app.imaging.npy import read_npy
from app.imaging.read_image import MOST_OF_FULL_SIZE, cost, open_image, read_image
from app.latent.vectors import vectors

JSON: Final = "application/json"
NPY: Final = "application/x-npy"
MULTIPART: Final = "multipart/form-data"
IMAGES: Final = ("image/png", "image/jpeg", "image/webp")
NUMBERS: Final = frozenset({int, float})
LEAST_RATE: Final = 32_768  # bytes a second
BYTES_OF_A_NUMBER: Final = 32  # in JSON, with what surrounds it
BYTES_OF_A_HEAD: Final = 4_096  # of an npy, or around JSON's numbers
SMALL: Final = 65_536  # pixels or bytes that are read at once; more are a worker thread's business
Result = TypeVar("Result")


async def read_body(context: RequestContext) -> bytes:
    """Read the whole body; the application's bound of its size holds.

    Raises:
        BrokenBody: The client hung up before its end.
        SlowBody: It did not come in time.
    """
    if context.connection and context.connection.has_whole_body():
        return _piece(await context.receive())  # one message, no clock: saves 15 %
    async with _in_time(context) as stream:
        return b"".join([piece async for piece in stream])


async def read_form(context: RequestContext) -> list[ImageFile]:
    """Read the images of a multipart body, in order.

    Raises:
        BrokenBody, SlowBody: See `read_body`.
        HTTPException: It is no form, or has too many parts.
        InvalidRequest: It has no images.
    """
    kind, most = context.headers["content-type"], context.service.settings.max_items
    async with _in_time(context) as stream:
        return files_of_form(await read_parts(kind, stream, most))


@asynccontextmanager
async def _in_time(context: RequestContext) -> AsyncIterator[AsyncGenerator[bytes]]:
    """Give a body's pieces, unless they come too slowly: a grace, and then a least rate."""
    seconds = context.service.settings.body_seconds
    try:
        async with asyncio.timeout(seconds) as clock, aclosing(_stream(context, clock)) as stream:
            yield stream
    except TimeoutError as error:
        message = f"the body was {seconds:g} s behind a rate of {LEAST_RATE} bytes a second"
        raise SlowBody(message) from error


async def _stream(
    context: RequestContext, clock: asyncio.Timeout | None = None
) -> AsyncGenerator[bytes]:
    """Yield a body's pieces as they come, unpacked; each gives the next ones more time."""
    unpack = _unpacker(context)
    more = True
    while more:
        message = await context.receive()
        more, piece = message.get("more_body", False), _piece(message)
        if clock and (end := clock.when()):
            clock.reschedule(end + len(piece) / LEAST_RATE)
        yield unpack(piece) if unpack else piece
    if unpack:
        unpack(None)


def _piece(message: Message) -> bytes:
    if message["type"] == "http.disconnect":
        raise BrokenBody("the connection ended before the body did")
    piece: bytes = message.get("body", b"")
    return piece


def _unpacker(context: RequestContext) -> Unpacker | None:
    """Return what undoes a body's Content-Encoding, if it has one."""
    encoding = context.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return None
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise UnsupportedBody(f"Content-Encoding is {encoding[:100]!r}; gzip and deflate are read")
    return Unpacker(context.service.settings.max_body_bytes)


def content_type(context: RequestContext) -> str:
    """Return the body's media type in lower case, without parameters."""
    return context.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_latents(context: RequestContext) -> Array:
    """Read latent vectors, float32 (n, latent_dim), from JSON or npy.

    Raises:
        UnsupportedBody: The body is neither.
        InvalidRequest: A value is wrong.
    """
    kind = content_type(context)
    if kind == NPY:
        rows = read_npy(await _read_vectors(context), "float32")
        context.check_items(len(rows) if rows.ndim else 0)
    elif kind == JSON:
        rows = _rows(context, _only_field(context, await _read_vectors(context), ("z",))[1])
    else:
        raise UnsupportedBody(f"Content-Type is {kind[:100]!r}; this path reads {JSON} and {NPY}")
    return vectors(rows, context.model.manifest.latent_dim)


async def _read_vectors(context: RequestContext) -> bytes:
    """Read a body that can only hold vectors; one that claims more bytes is refused unread."""
    items, d = context.service.settings.max_items, context.model.manifest.latent_dim
    most = BYTES_OF_A_HEAD + items * (d + 1) * BYTES_OF_A_NUMBER

    def check(size: int) -> None:
        if size > most:
            raise InvalidRequest(f"the body has {size} bytes, for at most {items} vectors: {most}")

    claimed = context.headers.get("content-length", "")
    if claimed.isdecimal():
        check(int(claimed))
    body = await read_body(context)
    check(len(body))
    return body


async def read_images(context: RequestContext, invert: str) -> Array:
    """Read images, uint8 (n, height, width, channels), from any of the forms that API.md names.

    What was done to fit them is put into the answer's `X-Image-Fit`.

    Raises:
        UnsupportedBody: The body is none of these.
        InvalidRequest: An image is broken or too large, or none came.
    """
    kind = content_type(context)
    if kind == NPY:
        return _npy_images(context, await read_body(context))
    if kind == JSON:
        value = _only_field(context, await read_body(context), ("images",))[1]
        files = _files(context, value)
    elif kind.startswith("image/"):  # of whichever kind: the bytes decide
        files = [ImageFile(await read_body(context))]
    elif kind == MULTIPART:
        files = await read_form(context)
    else:
        known = ", ".join((*IMAGES, MULTIPART, JSON, NPY))
        raise UnsupportedBody(f"Content-Type is {kind[:100]!r}; this path reads {known}")
    return await _fit_all(context, files, invert)


async def read_ids(context: RequestContext) -> list[int]:
    """Read `{"ids": […]}`: ids of the model's items, none twice.

    Raises:
        UnsupportedBody: The body is no JSON.
        InvalidRequest: It is something else.
    """
    n = len(context.model.points)
    if (kind := content_type(context)) != JSON:
        raise UnsupportedBody(f"Content-Type is {kind[:100]!r}; this path reads {JSON}")
    body = await read_body(context)
    value = await _run(len(body), _parsed, body, ("ids",), n)
    ids = value[1]
    good = isinstance(ids, list) and all(type(item) is int and 0 <= item < n for item in ids)
    if not good:
        raise InvalidRequest(f"ids must be a list of whole numbers from 0 to {n - 1}")
    return list(dict.fromkeys(ids))


async def read_anchors(context: RequestContext, invert: str) -> tuple[str, Array]:
    """Read what to interpolate between: ("z", vectors) or ("images", images)."""
    if content_type(context) != JSON:
        return "images", await read_images(context, invert)
    field, value = _only_field(context, await read_body(context), ("z", "images"))
    if field == "images":
        return field, await _fit_all(context, _files(context, value), invert)
    return field, vectors(_rows(context, value), context.model.manifest.latent_dim)


def _only_field(context: RequestContext, body: bytes, names: tuple[str, ...]) -> tuple[str, Any]:
    """Parse a JSON object that has exactly one field, one of `names`.

    A million lists, keys or numbers would hold up every other request while they are parsed. Each
    but the first brings a comma, so that more commas than any good body has are refused unread.
    """
    most = context.service.settings.max_items * (context.model.manifest.latent_dim + 1)
    return _parsed(body, names, most)


def _parsed(body: bytes, names: tuple[str, ...], most: int) -> tuple[str, Any]:
    if body.count(b",") > most:
        raise InvalidRequest(f"the body has more than the {most} values that a request may have")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"the body is not JSON: {error.msg}") from error
    if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in names:
        wanted = " or ".join(f'{{"{name}": […]}}' for name in names)
        raise InvalidRequest(f"the body must be {wanted} and nothing else")
    return next(iter(value.items()))


def _rows(context: RequestContext, value: Any) -> Array:
    """Turn lists of numbers into an array float64 (n, d). Strings and booleans are no numbers."""
    if isinstance(value, list) and value:
        context.check_items(len(value))  # before a million of them are looked at
    good = (
        isinstance(value, list)
        and value
        and all(type(row) is list and set(map(type, row)) <= NUMBERS for row in value)
    )
    if not good:
        raise InvalidLatent("z must be a list of vectors, each a list of numbers: [[0.1, -0.2]]")
    try:
        return np.array(value, np.float64)
    except ValueError as error:  # rows of different lengths
        raise InvalidLatent("z must be a list of vectors of one length") from error


def _files(context: RequestContext, value: Any) -> list[ImageFile]:
    if isinstance(value, list):
        context.check_items(len(value))
    return files_of_json(value)


async def _fit_all(context: RequestContext, files: list[ImageFile], invert: str) -> Array:
    context.check_items(len(files))
    settings, shape = context.service.settings, context.model.manifest.image_shape
    bodies = [file.body for file in files]
    size = sum(map(len, bodies))
    opened = await _run(size, _each, files, open_image, bodies, settings.max_pixels)
    pixels = sum(map(cost, opened))
    if pixels > MOST_OF_FULL_SIZE * settings.max_pixels:
        message = f"the images have {pixels} pixels together, more than {MOST_OF_FULL_SIZE} times "
        raise InvalidImage(f"{message}ATLAS_MAX_PIXELS: send fewer at once")
    fitted = await _run(max(size, pixels), _each, files, read_image, opened, shape, invert)
    how = sorted({step for image in fitted for step in image.how})
    context.fit = ", ".join(how) or "none"
    return fitted[0].pixels[None] if len(fitted) == 1 else np.stack([f.pixels for f in fitted])


async def _run(size: int, function: Callable[..., Result], *arguments: Any) -> Result:
    """Call a function: in a worker thread if it has more than `SMALL` to do."""
    if size > SMALL:
        return await asyncio.to_thread(function, *arguments)
    return function(*arguments)


def _each(
    files: list[ImageFile], function: Callable[..., Result], items: list[Any], *arguments: Any
) -> list[Result]:
    """Call a function with each file's item; an error says which file it was."""
    found = []
    for file, item in zip(files, items, strict=True):
        try:
            found.append(function(item, *arguments))
        except (InvalidImage, UnsupportedBody) as error:
            raise type(error)(f"{file.name}: {error}" if file.name else str(error)) from error
    return found


def _npy_images(context: RequestContext, body: bytes) -> Array:
    images = read_npy(body, "uint8")
    shape = context.model.manifest.image_shape
    if images.ndim == 3 and shape[2] == 1:  # noqa: PLR2004  (n, height, width)
        images = images[..., None]
    if images.ndim != 4 or images.shape[1:] != shape:  # noqa: PLR2004
        message = f"the npy must be uint8 (n, {', '.join(map(str, shape))}), not {images.shape}"
        raise InvalidRequest(message)
    context.check_items(len(images))
    return images
