"""Write an answer's head and body at once.

uvicorn writes one after the other, and uvloop hands each to the system as it comes: two calls and
two packets, for each of which the client wakes up.
"""

import asyncio
from typing import Any, Final

HEAD: Final = b"HTTP/1.1 "


class Joining:
    """A transport that keeps a head back until something follows, or the loop's next turn."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """Take the transport that writes, and its loop."""
        self._transport = transport
        self._loop = loop
        self._head = b""

    def write(self, data: bytes) -> None:
        """Write, or keep a head back."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(HEAD):
            self._head = data
            self._loop.call_soon(self._let_go)
            return
        self._transport.write(data)

    def close(self) -> None:
        """Write what was kept back, then close."""
        self._let_go()
        self._transport.close()

    def _let_go(self) -> None:
        if self._head:
            data, self._head = self._head, b""
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport's own."""
        return getattr(self._transport, name)
