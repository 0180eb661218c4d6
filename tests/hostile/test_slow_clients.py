"""Clients that send or read as slowly as they can."""

import contextlib
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.server.client_limits import MOST_PIECES, PIECE
from tests.hostile.attack import MODEL, request
from tests.service_process import ServiceProcess

SLOW = 200
ASKED = 8  # pictures of 3 MB
LARGE = request("GET", f"{MODEL}/sample?n=1024&format=npy&dtype=float32").replace(
    b"connection: close\r\n", b""
)


@pytest.fixture
def connections() -> Iterator[ExitStack]:
    """Return a stack that closes what is opened."""
    with ExitStack() as stack:
        yield stack


def connect(served: ServiceProcess, stack: ExitStack) -> socket.socket:
    """Open a connection that buffers little."""
    client = stack.enter_context(socket.socket())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(20)
    client.connect(("127.0.0.1", served.port))
    return client


def test_slow_heads_are_hung_up_on(served: ServiceProcess, connections: ExitStack) -> None:
    """Two hundred clients with half a head harm nobody, and are all closed."""
    slow = [connect(served, connections) for _ in range(SLOW)]
    for client in slow:
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")

    assert served.get("/health/ready")
    assert [client.recv(1) for client in slow] == [b""] * SLOW


def test_a_body_of_crumbs_is_refused_and_one_of_pieces_is_read(
    served: ServiceProcess, connections: ExitStack
) -> None:
    """Chunks of a byte are a call each; 64 bytes a chunk may go on for as long as bodies may."""
    head = request("POST", f"{MODEL}/encode", content_type="application/json").replace(
        b"content-length: 0", b"transfer-encoding: chunked"
    )

    def answer(body: bytes) -> bytes:
        client = connect(served, connections)
        client.sendall(head + body)
        said = bytearray()
        while received := client.recv(65536):
            said += received
        return bytes(said)

    crumbs = MOST_PIECES + MOST_PIECES // (PIECE - 1) + 1  # the first number that is too many
    pieces = b"40\r\n" + b" " * PIECE + b"\r\n"
    images = b'13\r\n{"images":["AAAA"]}\r\n0\r\n\r\n'

    assert b"pieces that are too small" in answer(b"1\r\n \r\n" * crumbs)
    assert b"not a PNG" in answer(pieces * 20_000 + images)


def test_a_body_may_take_long_if_it_never_stands_still(
    served: ServiceProcess, connections: ExitStack
) -> None:
    """Bytes that come give the next ones more time; a client that stops sending gets a 408."""
    body = b'{"images": ["' + b"A" * 3_000_000 + b'"]}'
    head = request("POST", f"{MODEL}/encode", content_type="application/json").replace(
        b"content-length: 0", b"content-length: %d" % len(body)
    )
    client, stopped = (connect(served, connections) for _ in range(2))
    stopped.sendall(head + body[:1_000])
    client.sendall(head)
    begun = time.monotonic()
    for first in range(0, len(body), 150_000):
        client.sendall(body[first : first + 150_000])
        while time.monotonic() < begun + 1.5 * first / len(body):
            time.sleep(0.01)
    assert client.recv(65_536).startswith(b"HTTP/1.1 415 ")
    assert stopped.recv(65_536).startswith(b"HTTP/1.1 408 ")


def test_an_answer_that_nobody_reads_is_given_up(
    served: ServiceProcess, connections: ExitStack
) -> None:
    """After a second without progress the service hangs up: most of what was asked never comes."""
    client = connect(served, connections)
    client.sendall(LARGE * ASKED)
    client.recv(1)  # so the service holds the connection, and has begun to answer

    end = time.monotonic() + 20
    while holds(served, client):
        assert time.monotonic() < end, "the connection is still held"
        time.sleep(0.01)

    received = 0
    with contextlib.suppress(ConnectionError):
        while piece := client.recv(1 << 20):
            received += len(piece)
    assert received < ASKED * 1024 * 28 * 28 * 4 / 2


def holds(served: ServiceProcess, client: socket.socket) -> bool:
    """Tell whether the service has an open descriptor for a client's connection."""
    port = client.getsockname()[1]
    rows = Path(f"/proc/{served.process.pid}/net/tcp").read_text().splitlines()[1:]
    ends = [(row.split()[2], row.split()[9]) for row in rows]  # the remote address, the inode
    return any(remote.endswith(f":{port:04X}") and inode != "0" for remote, inode in ends)
