"""Request bodies, taken apart into images, latent vectors or ids of items."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

import numpy as np
import orjson
from pydantic import ValidationError

from app.arrays import Array
from app.errors import InvalidImage, InvalidLatent, InvalidRequest, UnsupportedBody
from app.http.context import RequestContext
from app.http.image_files import ImageFile, files_of_json
from app.http.item_schemas import Sets
from app.http.queries import reasons
from app.http.raw_body import content_type, read_body, read_form
from app.imaging.npy import read_npy
from app.imaging.read_image import MOST_OF_FULL_SIZE, cost, open_image, read_image
from app.latent.vectors import vectors

JSON: Final = "application/json"
NPY: Final = "application/x-npy"
MULTIPART: Final = "multipart/form-data"
IMAGES: Final = ("image/png", "image/jpeg", "image/webp")
NUMBERS: Final = frozenset({int, float})
BYTES_OF_A_NUMBER: Final = 32  # in JSON, with what surrounds it
BYTES_OF_A_HEAD: Final = 4_096  # of an npy, or around JSON's numbers
MOST_CONDITIONS: Final = 10_000  # of two sets of items, beside their ids
SMALL: Final = 65_536  # pixels or bytes that are read at once; more are a worker thread's business
Result = TypeVar("Result")


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
    if (kind := content_type(context)) != JSON:
        raise UnsupportedBody(f"Content-Type is {kind[:100]!r}; this path reads {JSON}")
    body, n = await read_body(context), len(context.model.points)
    return await _run(len(body), _ids, body, n)


def _ids(body: bytes, n: int) -> list[int]:
    _, ids = _parsed(body, ("ids",), n)
    if not isinstance(ids, list) or not all(type(item) is int and 0 <= item < n for item in ids):
        raise InvalidRequest(f"ids must be a list of whole numbers from 0 to {n - 1}")
    return list(dict.fromkeys(ids))


async def read_sets(context: RequestContext) -> Sets:
    """Read two sets of items.

    Raises:
        UnsupportedBody: The body is no JSON.
        InvalidRequest: It is something else.
    """
    if (kind := content_type(context)) != JSON:
        raise UnsupportedBody(f"Content-Type is {kind[:100]!r}; this path reads {JSON}")
    body = await read_body(context)
    return await _run(len(body), _sets, body, 2 * len(context.model.points) + MOST_CONDITIONS)


def _sets(body: bytes, most: int) -> Sets:
    _check_commas(body, most)
    try:
        return Sets.model_validate_json(body)
    except ValidationError as error:
        raise InvalidRequest(f"the body: {reasons(error.errors())}") from error


async def read_anchors(context: RequestContext, invert: str) -> tuple[str, Array]:
    """Read what lies in latent space: ("z", vectors) or ("images", images)."""
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


def _check_commas(body: bytes, most: int) -> None:
    if body.count(b",") > most:
        raise InvalidRequest(f"the body has more values than the {most} that a request may have")


def _parsed(body: bytes, names: tuple[str, ...], most: int) -> tuple[str, Any]:
    _check_commas(body, most)
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
