"""Request bodies as bytes: read with a bound of size and time, and unpacked."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Final

from starlette.types import Message

from app.errors import BrokenBody, SlowBody, UnsupportedBody
from app.http.context import RequestContext
from app.http.forms import read_parts
from app.http.image_files import ImageFile, files_of_form
from app.http.unpack import Unpacker

LEAST_RATE: Final = 32_768  # bytes a second


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
