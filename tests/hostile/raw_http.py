"""Send bytes over a connection of one's own, and read what comes back."""

import contextlib
import socket
from collections.abc import Iterable
from typing import NamedTuple

from tests.hostile.attack import CLOSED

PATIENCE_S = 20.0


class Answer(NamedTuple):
    """A status, 0 where the connection was closed without one; headers in lower case; the body."""

    status: int
    headers: dict[str, str]
    body: bytes


def send(port: int, wire: Iterable[bytes]) -> Answer:
    """Send, and read until the service hangs up or the answer is whole."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        with contextlib.suppress(ConnectionError):  # it may refuse before it has heard all
            for piece in wire:
                connection.sendall(piece)
        received = b""
        with contextlib.suppress(ConnectionError):
            while not _whole(received):
                piece = connection.recv(1 << 16)
                if not piece:
                    break
                received += piece
    return _parsed(received)


def _whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return False
    return len(body) >= int(_headers(head).get("content-length", 1 << 62))


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.lower(): value for name, _, value in lines}


def _parsed(received: bytes) -> Answer:
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return Answer(CLOSED, {}, b"")
    return Answer(int(head.split()[1]), _headers(head), body)
