"""Multipart forms: their parts stay in memory, within the bound of the body that holds them."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final, NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException

from app.imaging.read_image import MAGIC

MOST_FIELDS: Final = 100  # of a form, beside its files; none is read
PIECE: Final = 2_048  # bytes


class Part(NamedTuple):
    """A part of a form."""

    name: str
    file_name: str | None
    content_type: str
    body: bytes

    def is_image(self) -> bool:
        """Tell whether it is a file, or at least looks like an image."""
        if self.file_name is not None or self.content_type.startswith("image/"):
            return True
        return self.body.startswith(MAGIC)


async def read_parts(content_type: str, stream: AsyncIterator[bytes], most: int) -> list[Part]:
    """Read the parts of a form, at most `most` images and some fields.

    Raises:
        HTTPException: It is no form, is cut off, or has too many parts.
    """
    try:
        form = _Form(parse_options_header(content_type)[1].get(b"boundary", b""), most)
        async for piece in stream:
            # Parts are taken in Python, and others want the loop as well.
            for first in range(0, len(piece), PIECE):
                form.write(piece[first : first + PIECE])
                await asyncio.sleep(0)
    except FormParserError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"the form is broken: {error}") from error
    if not form.is_whole:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "the form has no closing boundary")
    return form.parts


class _Form:
    """A form that is being read."""

    def __init__(self, boundary: bytes, most: int) -> None:
        if not boundary:
            raise FormParserError("its Content-Type names no boundary")
        self.parts: list[Part] = []
        self.is_whole = False
        self._most = most + MOST_FIELDS
        self._headers: dict[bytes, bytes] = {}
        self._field, self._value, self._body = bytearray(), bytearray(), bytearray()
        self.write = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._field.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_part_data": lambda data, start, end: self._body.extend(data[start:end]),
                "on_part_end": self._end,
                "on_end": self._finish,
            },
        ).write

    def _begin(self) -> None:
        if len(self.parts) >= self._most:
            raise FormParserError(f"it has more than {self._most} parts")
        self._headers, self._body = {}, bytearray()

    def _end_header(self) -> None:
        self._headers[bytes(self._field).lower()] = bytes(self._value)
        self._field, self._value = bytearray(), bytearray()

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        file_name = options.get(b"filename")
        part = Part(
            _text(options.get(b"name", b"")),
            None if file_name is None else _text(file_name),
            _text(self._headers.get(b"content-type", b"")).lower(),
            bytes(self._body),
        )
        self._body = bytearray()
        self.parts.append(part)

    def _finish(self) -> None:
        self.is_whole = True


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
