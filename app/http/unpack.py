"""Bodies that come packed by gzip or deflate."""

import zlib
from typing import Final

from app.errors import BodyTooLarge, InvalidRequest

EITHER: Final = 32 + zlib.MAX_WBITS  # zlib finds out whether it is gzip or deflate


class Unpacker:
    """Unpacks a body, piece by piece, up to a bound: a few bytes may stand for gigabytes."""

    def __init__(self, most: int) -> None:
        """Take the most bytes of the unpacked body."""
        self._most = self._left = most
        self._stream = zlib.decompressobj(EITHER)

    def __call__(self, piece: bytes | None) -> bytes:
        """Unpack a piece; None is the end.

        Raises:
            BodyTooLarge: More comes out than may.
            InvalidRequest: It is not packed so, or is cut off.
        """
        if piece is None:
            if not self._stream.eof:
                raise InvalidRequest("the packed body ends early")
            return b""
        if self._stream.eof and piece:
            raise InvalidRequest("more follows the packed body")
        try:
            found = self._stream.decompress(piece, self._left + 1)
        except zlib.error as error:
            raise InvalidRequest(
                f"the body is not packed as Content-Encoding says: {error}"
            ) from error
        self._left -= len(found)
        if self._left < 0:
            message = f"the unpacked body has more than {self._most} bytes (ATLAS_MAX_BODY_BYTES)"
            raise BodyTooLarge(message)
        if self._stream.unused_data:
            raise InvalidRequest("more follows the packed body")
        return found
