"""A request's connection, as uvicorn's request cycle knows it.

Every use that is made of a cycle stands here; `tests/unit/test_uvicorn.py` holds that a cycle still
has what is used.
"""

from collections.abc import Iterable
from typing import Self

from starlette.types import Receive
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

Header = tuple[bytes, bytes]


class Connection:
    """The connection that a request came on."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        """Take uvicorn's request cycle."""
        self._cycle = cycle

    @classmethod
    def of(cls, receive: Receive) -> Self | None:
        """Return the connection behind a request's `receive`, or None if another server serves."""
        cycle = getattr(receive, "__self__", None)
        return cls(cycle) if isinstance(cycle, RequestResponseCycle) else None

    def is_gone(self) -> bool:
        """Tell whether the client has hung up.

        To ask costs nothing, where a task that waits for the disconnect message costs more than the
        rest of a small request.
        """
        return self._cycle.disconnected

    def has_whole_body(self) -> bool:
        """Tell whether the end of the request's body has come."""
        return not self._cycle.more_body

    def is_sending(self) -> bool:
        """Tell whether the client still sends its body, or means to unasked."""
        cycle = self._cycle
        return cycle.more_body and not cycle.waiting_for_100_continue and not cycle.disconnected

    def end(self) -> None:
        """Let the connection end with this answer."""
        self._cycle.keep_alive = False

    def write_at_once(self, status: int, headers: Iterable[Header], body: bytes) -> bool:
        """Write a whole answer with one call of the system; False leaves it to uvicorn, unwritten.

        uvicorn takes head and body one after the other, searches each header twice for what it must
        not hold, and writes twice: two packets, for each of which the client wakes up. What is
        unusual about a request or an answer is left to it.

        Args:
            status: Of the answer.
            headers: All but uvicorn's own; their names are in lower case.
            body: All of it.
        """
        cycle = self._cycle
        if not _is_usual(cycle):
            return False
        parts, length = [STATUS_LINE[status]], None
        for name, value in (*cycle.default_headers, *headers):
            if name == b"content-length":
                length = value
            elif name in {b"connection", b"transfer-encoding"}:
                return False
            parts += (name, b": ", value, b"\r\n")
        parts.append(b"\r\n")
        head = b"".join(parts)
        lines = len(parts) // 4 + 2
        if head.count(b"\r") != lines or head.count(b"\n") != lines or length != b"%d" % len(body):
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.transport.write(head + body)
        cycle.message_event.set()
        cycle.on_response()
        return True


def _is_usual(cycle: RequestResponseCycle) -> bool:
    """Tell whether a client waits for the answer, and for another one after it."""
    return (
        cycle.keep_alive
        and not cycle.more_body
        and not cycle.disconnected
        and not cycle.response_started
        and not cycle.waiting_for_100_continue
        and not cycle.flow.write_paused
        and cycle.scope["method"] != "HEAD"
    )
