"""The clients that people use, over real connections: every method, and answers that come early."""

import asyncio
import http.client
import io
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, closing
from itertools import product
from typing import Any

import aiohttp
import httpx2
import pytest
import requests
import urllib3

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
PATHS = (
    "/",
    "/static/main.js",
    "/docs",
    "/openapi.json",
    "/health/ready",
    "/metrics",
    "/v1/models",
    "/v1/models/linear",
    "/v1/decode",
    "/v1/sample",
    "/v1/models/linear@1/score",
    "/v1/tiles/dims-0-1/0/0/0",
    "/v2/models/linear.decode/infer",
    "/nothing",
)
DECODE = {"z": [[0.5, -1.0]]}
Ask = Callable[[str, str], tuple[int, bytes]]
LARGE = bytes(3_000_000)  # more than the sockets' buffers hold


def url(live: Any, path: str) -> str:
    """Return a path's address."""
    return f"http://127.0.0.1:{live.port}{path}"


def with_requests(live: Any, stack: ExitStack) -> Ask:
    """Return how requests asks, on one connection."""
    session = stack.enter_context(requests.Session())

    def ask(method: str, path: str) -> tuple[int, bytes]:
        body = DECODE if method == "POST" else None
        answer = session.request(method, url(live, path), json=body, timeout=20)
        return answer.status_code, answer.content

    return ask


def with_httpx(live: Any, stack: ExitStack) -> Ask:
    """Return how HTTPX asks, on one connection."""
    client = stack.enter_context(httpx2.Client(timeout=20))

    def ask(method: str, path: str) -> tuple[int, bytes]:
        body = DECODE if method == "POST" else None
        answer = client.request(method, url(live, path), json=body)
        return answer.status_code, answer.content

    return ask


def with_urllib3(live: Any, stack: ExitStack) -> Ask:
    """Return how urllib3 asks, on one connection and without a second try."""
    pool = urllib3.HTTPConnectionPool("127.0.0.1", live.port, maxsize=1, retries=False, timeout=20)
    stack.callback(pool.close)

    def ask(method: str, path: str) -> tuple[int, bytes]:
        body = DECODE if method == "POST" else None
        answer = pool.request(method, path, json=body)
        return answer.status, answer.data

    return ask


def with_http_client(live: Any, stack: ExitStack) -> Ask:
    """Return how the standard library asks, on one connection that it must not open again."""
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=20)
    stack.callback(connection.close)
    connection.connect()
    connection.auto_open = 0

    def ask(method: str, path: str) -> tuple[int, bytes]:
        body = b'{"z": [[0.5, -1.0]]}' if method == "POST" else None
        connection.request(method, path, body, {"content-type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()

    return ask


CLIENTS = [with_requests, with_httpx, with_urllib3, with_http_client]


@pytest.mark.parametrize("client", CLIENTS)
def test_every_method_on_every_path_leaves_the_connection_usable(
    live: Any, client: Callable[[Any, ExitStack], Ask], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever is asked, the next request on the connection is served, and no error is logged."""
    with ExitStack() as stack:
        ask = client(live, stack)
        for path, method in product(PATHS, METHODS):
            status, body = ask(method, path)
            assert status < 500, (method, path)
            assert not (method == "HEAD" and body)
            assert ask("POST", "/v1/decode")[0] == 200, (method, path)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_aiohttp_after_head(live: Any) -> None:
    """A client of one event loop asks HEAD and POST in turn."""

    async def both() -> list[int]:
        connector = aiohttp.TCPConnector(limit=1)
        async with aiohttp.ClientSession(connector=connector) as session:
            statuses = []
            for path in PATHS:
                async with session.head(url(live, path)) as head:
                    await head.read()
                async with session.post(url(live, "/v1/decode"), json=DECODE) as answer:
                    await answer.read()
                    statuses.append(answer.status)
            return statuses

    assert asyncio.run(both()) == [200] * len(PATHS)


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/decode", "GET, HEAD, OPTIONS, POST"),
        ("/v1/models/linear/decode", "GET, HEAD, OPTIONS, POST"),
        ("/v1/sample", "GET, HEAD, OPTIONS"),
        ("/v1/encode", "OPTIONS, POST"),
        ("/static/main.js", "GET, HEAD, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
        ("/v2/models/linear.decode/infer", "OPTIONS, POST"),
    ],
)
def test_options_and_allow_list_every_method_of_a_path(live: Any, path: str, methods: str) -> None:
    """OPTIONS answers 204; a method that is not there gets 405 with the same list."""
    options = requests.options(url(live, path), timeout=20)
    wrong = requests.delete(url(live, path), timeout=20)
    assert (options.status_code, options.headers["allow"]) == (204, methods)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, methods)
    assert methods in wrong.json()["detail"] if path.startswith("/v1") else True


def post_with_urllib(address: str) -> int:
    """Post all of a body, and only then read."""
    request = urllib.request.Request(address, LARGE, {"Content-Type": "image/png"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def post_with_http_client(address: str) -> int:
    """Post on a connection that is kept."""
    _, _, host, path = address.split("/", 3)
    with closing(http.client.HTTPConnection(host, timeout=20)) as connection:
        connection.request("POST", f"/{path}", LARGE, {"Content-Type": "image/png"})
        return connection.getresponse().status


def post_with_requests(address: str) -> int:
    """Post a form."""
    return requests.post(address, files={"a": ("a.png", LARGE)}, timeout=20).status_code


def post_in_pieces(address: str) -> int:
    """Post a body whose length is not told."""
    pieces = (LARGE[i : i + 65_536] for i in range(0, len(LARGE), 65_536))
    return requests.post(address, data=pieces, timeout=20).status_code


def post_with_aiohttp(address: str) -> int:
    """Post from an event loop."""

    async def post() -> int:
        async with (
            aiohttp.ClientSession() as session,
            session.post(address, data=io.BytesIO(LARGE)) as answer,
        ):
            return answer.status

    return asyncio.run(post())


@pytest.mark.parametrize("setting", [{"max_body_bytes": 100_000, "api_key": "long-enough"}])
@pytest.mark.parametrize(
    "post",
    [
        post_with_urllib,
        post_with_http_client,
        post_with_requests,
        post_in_pieces,
        post_with_aiohttp,
    ],
)
def test_an_answer_that_comes_early_is_read(
    serve_live: Callable[..., Any], post: Callable[[str], int], setting: dict[str, Any]
) -> None:
    """A body that is refused before its end does not cost its client the answer."""
    server = serve_live(**setting)
    found = {post(url(server, path)) for path in ("/v1/encode", "/v1/models/none/encode") * 2}
    assert found <= {401, 413}


def test_a_body_without_end_is_cut_off(serve_live: Callable[..., Any]) -> None:
    """What is read on after an answer is bounded: then the connection ends."""
    server = serve_live(max_body_bytes=1_024)
    head = b"POST /v1/encode HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999999\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(head)
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            client.sendall(bytes(100_000_000))


def test_who_waits_for_leave_is_not_asked_for_the_body(serve_live: Callable[..., Any]) -> None:
    """With `Expect: 100-continue`, a refusal comes without the body having been sent."""
    server = serve_live(max_body_bytes=1_024)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(
            b"POST /v1/encode HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n"
            b"content-length: 5000\r\n\r\n"
        )
        assert client.recv(65_536).startswith(b"HTTP/1.1 413 ")
