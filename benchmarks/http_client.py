"""A small HTTP/1.1 client on asyncio: one kept-alive connection each."""

import asyncio
import time
from collections.abc import Iterable
from typing import NamedTuple

import orjson


class Answer(NamedTuple):
    """A status, headers in lower case, the body; milliseconds from request to answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    ms: float


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        """Take the port; the connection opens with the first request."""
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, method: str, path: str, body: bytes = b"", kind: str = "json") -> None:
        """Write a request; an image of `kind` png, or JSON."""
        if self._writer is None:
            connection = asyncio.open_connection("127.0.0.1", self._port)
            self._reader, self._writer = await connection
        media = "image/png" if kind == "png" else "application/json"
        head = f"{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {media}\r\n"
        self._writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        await self._writer.drain()

    async def receive(self) -> Answer:
        """Read an answer."""
        started = time.perf_counter()
        assert self._reader is not None
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        lines = (line.partition(": ") for line in head[1:] if line)
        headers = {name.lower(): value for name, _, value in lines}
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            self.close()
        ms = 1000 * (time.perf_counter() - started)
        return Answer(int(head[0].split()[1]), headers, body, ms)

    async def ask(self, method: str, path: str, body: bytes = b"", kind: str = "json") -> Answer:
        """Send a request and read its answer."""
        started = time.perf_counter()
        await self.send(method, path, body, kind)
        answer = await self.receive()
        return answer._replace(ms=1000 * (time.perf_counter() - started))

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def latents(*vectors: Iterable[float]) -> bytes:
    """Write the body of a decode."""
    return orjson.dumps({"z": [list(vector) for vector in vectors]})
