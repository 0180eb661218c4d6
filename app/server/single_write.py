"""Write an answer's head and body at once.

uvicorn takes them one after the other, searches each header twice for what it must not hold, and
writes twice: a seventh of a small request's time, two calls of the system and two packets, for each
of which the client wakes up.
"""

from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

Header = tuple[bytes, bytes]


def write_single(cycle: Any, status: int, headers: Iterable[Header], body: bytes) -> bool:
    """Answer a request, and tell whether that was done; what is unusual is left to uvicorn.

    Args:
        cycle: uvicorn's, of this request; None if another server serves.
        status: Of the answer.
        headers: All but uvicorn's own; their names are in lower case.
        body: All of it.
    """
    if cycle is None or not _is_usual(cycle):
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


def _is_usual(cycle: Any) -> bool:
    """Tell whether a client waits for the answer, and for another one after it."""
    return (
        cycle.keep_alive
        and not cycle.disconnected
        and not cycle.response_started
        and not cycle.waiting_for_100_continue
        and not cycle.flow.write_paused
    )
