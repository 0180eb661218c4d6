"""What needs a real socket: clients that hang up, slow and broken ones, and the end of it all."""

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from tests.api.linear_engine import Loader

Connect = Callable[[], socket.socket]
Until = Callable[[Callable[[], bool]], None]
DECODE = b'{"z": [[0.0, 0.0]]}'


@pytest.fixture
def connect(live: Any) -> Iterator[Callable[[], socket.socket]]:
    """Return what opens a connection; all are closed in the end."""
    with ExitStack() as stack:

        def opened() -> socket.socket:
            connection = socket.create_connection(("127.0.0.1", live.port), timeout=20)
            return stack.enter_context(connection)

        yield opened


@pytest.fixture
def client(live: Any) -> Iterator[http.client.HTTPConnection]:
    """Return an HTTP client."""
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=20)
    yield connection
    connection.close()


def request(body: bytes = DECODE, length: int | None = None) -> bytes:
    """Write a decode as it goes over the wire."""
    size = len(body) if length is None else length
    head = "POST /v1/decode HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {size}\r\n\r\n".encode() + body


def test_what_a_client_left_behind_is_never_computed(
    live: Any, loader: Loader, until: Until, connect: Connect
) -> None:
    """Requests whose clients hang up in the queue are dropped; others are answered."""
    [engine] = loader.engines
    engine.hold()
    engine.batches.clear()
    first = connect()
    first.sendall(request())
    until(engine.entered.is_set)
    leaving = [connect() for _ in range(20)]
    for client in leaving:
        client.sendall(request())
    until(lambda: live.app.state.service.batcher.waiting == 20)
    for client in leaving:
        client.close()
    # The server has seen all of them go when it holds only the first one's connection.
    until(lambda: len(live.server.server_state.connections) == 1)
    engine.release()
    assert first.recv(15) == b"HTTP/1.1 200 OK"
    until(lambda: live.app.state.service.in_progress == 0)
    assert engine.batches == [("decode", 1)]


def test_a_body_that_never_ends_harms_nobody(
    connect: Connect, client: http.client.HTTPConnection
) -> None:
    """A client that stops in the middle of its body holds up only itself."""
    slow = connect()
    slow.sendall(request(b'{"z"', length=100))
    client.request("POST", "/v1/decode", DECODE, {"content-type": "application/json"})
    assert client.getresponse().status == 200


def test_a_body_that_does_not_come_is_given_up(serve_live: Any) -> None:
    """After its time the request is answered with 408, and its place is free again."""
    live = serve_live(body_seconds=0.2)
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as slow:
        slow.sendall(request(b'{"z"', length=100))
        assert slow.recv(12) == b"HTTP/1.1 408"
    assert live.app.state.service.in_progress == 0


def test_a_body_that_grows_beyond_the_bound_is_cut(connect: Connect) -> None:
    """Without a length, what was read so far counts."""
    client = connect()
    head = b"POST /v1/encode HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\n"
    client.sendall(head + b"transfer-encoding: chunked\r\n\r\n")
    chunk = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    with suppress(OSError):  # it may have hung up already
        for _ in range(9):
            client.sendall(chunk)
    assert client.recv(12) == b"HTTP/1.1 413"


def test_the_documentation_knows_of_tls_at_a_proxy(client: http.client.HTTPConnection) -> None:
    """Its examples have the address that the reader came by, not the one behind the proxy."""
    client.request("GET", "/docs", headers={"Host": "a.example", "X-Forwarded-Proto": "https"})
    page = client.getresponse().read()
    assert b"ATLAS=https://a.example" in page


def test_garbage_is_not_http(connect: Connect) -> None:
    """What is no request is answered with 400, and the service lives on."""
    client = connect()
    client.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
    assert client.recv(12) == b"HTTP/1.1 400"


def test_while_draining_answers_close_their_connections(
    live: Any, client: http.client.HTTPConnection
) -> None:
    """Not ready at once, answers go on, and each asks its client to leave."""
    live.app.state.service.draining = True
    client.request("GET", "/health/ready")
    refused = client.getresponse()
    refused.read()
    assert refused.status == 503
    client.request("POST", "/v1/decode", DECODE, {"content-type": "application/json"})
    answer = client.getresponse()
    assert answer.status == 200
    assert answer.headers["connection"] == "close"


def test_head_leaves_its_connection_usable(client: http.client.HTTPConnection) -> None:
    """HEAD says how long GET's body is and sends none; the next request on the socket is served."""
    for path in ("/v1/sample?n=1", "/", "/health/ready", "/nothing"):
        client.request("HEAD", path)
        head = client.getresponse()
        assert head.read() == b""
        client.request("GET", path)
        answer = client.getresponse()
        assert (head.status, head.getheader("content-type")) == (
            answer.status,
            answer.getheader("content-type"),
        )
        answer.read()


def test_both_families_are_listened_to(
    serve_live: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """`::` is every address, of IPv4 too; where it listens is said once it does."""
    with caplog.at_level("INFO", "app.server"):
        server = serve_live(host="::").server
    doors = [door.getsockname()[:2] for s in server.servers for door in s.sockets]
    for (_, port), host in zip(doors, ("127.0.0.1", "::1"), strict=True):
        connection = http.client.HTTPConnection(host, port, timeout=20)
        connection.request("GET", "/health/live")
        assert connection.getresponse().status == 200
        connection.close()
        assert f":{port}" in caplog.text
