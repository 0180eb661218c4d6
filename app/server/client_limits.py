"""uvicorn's HTTP, with bounds on what a client may send, and on how slowly.

uvicorn waits for ever for the end of a request's head, and for a client to read its answer; it
keeps headers, trailers and requests sent ahead without a bound.
"""

import asyncio
from typing import Any, Final, NoReturn

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.server.accept_filter import hear_client

MOST_OVERHEAD: Final = 65_536  # bytes of a head, of trailers, or between two pieces of a body
MOST_HEADERS: Final = 256  # trailers included
MOST_AHEAD: Final = 64  # requests that wait for the answer to an earlier one
MOST_PIECES: Final = 4_096  # of a body, and one more for every PIECE bytes; each is a call
PIECE: Final = 64


class Greedy(Exception):
    """A client passed a bound. It ends the parser, for which uvicorn answers 400."""


class Protocol(HttpToolsProtocol):
    """A connection."""

    def __init__(self, seconds: float, *args: Any, **kwargs: Any) -> None:
        """Take the seconds that a head, or the reading of an answer, may stand still."""
        super().__init__(*args, **kwargs)
        self._seconds = seconds
        self._in_head = True
        self._overhead = self._unread = self._pieces = self._body = 0
        self._why = ""
        self._head_timer: asyncio.TimerHandle | None = None
        self._read_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request's head."""
        super().connection_made(transport)
        hear_client(transport.get_extra_info("socket"))
        self._head_timer = self.loop.call_later(self._seconds, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        super().connection_lost(exc)
        self._stop_head_timer()
        self._stop_read_timer()

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless too much came before it that was no body."""
        if self._overhead > MOST_OVERHEAD:
            self.send_400_response("The head or the trailers of the request are too large.")
            return
        self._overhead += len(data)  # the parser's callbacks set it back
        super().data_received(data)
        if not self._in_head:
            self._stop_head_timer()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(self._seconds, self._head_is_late)

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header or trailer."""
        super().on_header(name, value)
        if len(self.headers) > MOST_HEADERS:
            self._refuse(f"The request has more than {MOST_HEADERS} headers and trailers.")

    def on_headers_complete(self) -> None:
        """Start the request, or let it wait for those before it."""
        self._in_head = False
        self._overhead = self._pieces = self._body = 0
        if len(self.pipeline) >= MOST_AHEAD:
            self._refuse(f"More than {MOST_AHEAD} requests wait for an answer to an earlier one.")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        self._overhead = 0
        self._pieces += 1
        self._body += len(body)
        if self._pieces > MOST_PIECES + self._body // PIECE:
            self._refuse(
                f"The body comes in pieces that are too small: send {PIECE} bytes or more."
            )
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """Say what was wrong, and end the connection."""
        super().send_400_response(self._why or msg)

    def _refuse(self, why: str) -> NoReturn:
        self._why = why
        raise Greedy

    def pause_writing(self) -> None:
        """Let the answer wait for its reader, who must go on reading."""
        super().pause_writing()
        self._unread = self.transport.get_write_buffer_size()
        self._stop_read_timer()
        self._read_timer = self.loop.call_later(self._seconds, self._look_at_reader)

    def resume_writing(self) -> None:
        """Go on: the reader did."""
        super().resume_writing()
        self._stop_read_timer()

    def _head_is_late(self) -> None:
        """Hang up, unless it is we who are late and do not read on."""
        self._head_timer = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._head_timer = self.loop.call_later(self._seconds, self._head_is_late)
        else:
            self.transport.close()

    def _look_at_reader(self) -> None:
        """Hang up if nothing was read since the last look."""
        unread = self.transport.get_write_buffer_size()
        if unread >= self._unread:
            self.transport.abort()
        else:
            self._unread = unread
            self._read_timer = self.loop.call_later(self._seconds, self._look_at_reader)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_read_timer(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None
