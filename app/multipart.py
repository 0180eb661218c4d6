"""multipart/form-data: the bytes of every file part."""

from typing import TYPE_CHECKING, Final

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from app.errors import InvalidRequest

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_PARTS: Final = 4096


def file_parts(body: bytes, content_type: bytes) -> list[bytes]:
    """Return the contents of the parts that have a file name, in order.

    Raises:
        InvalidRequest: The body is not multipart, has no boundary, or too many parts.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise InvalidRequest("Content-Type multipart/form-data needs a boundary")
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks())
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise InvalidRequest("the multipart body is broken") from error
    return [bytes(data) for data, is_file in parts.found if is_file]


class _Parts:
    """Gathers parts as the parser comes across them."""

    def __init__(self) -> None:
        self.found: list[tuple[bytearray, bool]] = []
        self._name = bytearray()
        self._value = bytearray()

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_part_data": self._data,
            "on_header_begin": self._header,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
        }

    def _begin(self) -> None:
        if len(self.found) == MOST_PARTS:
            raise InvalidRequest(f"the multipart body has more than {MOST_PARTS} parts")
        self.found.append((bytearray(), False))

    def _data(self, data: bytes, start: int, end: int) -> None:
        self.found[-1][0].extend(data[start:end])

    def _header(self) -> None:
        self._name, self._value = bytearray(), bytearray()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name.extend(data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value.extend(data[start:end])

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            options = parse_options_header(bytes(self._value))[1]
            self.found[-1] = (self.found[-1][0], b"filename" in options)
