"""A usual answer goes out in one piece; an unusual one is left to uvicorn, untouched."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app.server.connection import Connection

LENGTH = (b"content-length", b"4")


def a_cycle(method: str = "POST", **changes: Any) -> tuple[Any, list[Any]]:
    """Return a request cycle of uvicorn's, and a list of what it writes and tells."""
    told: list[Any] = []
    transport: Any = SimpleNamespace(write=told.append)
    flow: Any = SimpleNamespace(write_paused=False)
    scope: Any = {"method": method}
    logger: Any = None
    cycle = RequestResponseCycle(
        scope=scope,
        transport=transport,
        flow=flow,
        logger=logger,
        access_logger=logger,
        access_log=False,
        default_headers=[(b"date", b"today")],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=True,
        on_response=lambda: told.append("done"),
    )
    cycle.more_body = False
    for name, value in changes.items():
        setattr(cycle, name, value)
    return cycle, told


def test_head_and_body_in_one_piece() -> None:
    """With uvicorn's own headers first, and the request over for uvicorn."""
    cycle, told = a_cycle()
    connection = Connection(cycle)
    assert connection.write_at_once(200, [LENGTH, (b"x-a", b"b")], b"body")
    head = b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 4\r\nx-a: b\r\n\r\n"
    assert told == [head + b"body", "done"]
    assert cycle.response_started
    assert cycle.response_complete
    assert cycle.message_event.is_set()


@pytest.mark.parametrize(
    "changes",
    [
        {"keep_alive": False},
        {"disconnected": True},
        {"response_started": True},
        {"waiting_for_100_continue": True},
        {"flow": SimpleNamespace(write_paused=True)},
        {"method": "HEAD"},
        {"more_body": True},
    ],
    ids=lambda changes: str(next(iter(changes))),
)
def test_an_unusual_request_is_left(changes: dict[str, Any]) -> None:
    """One that ends its connection, has gone, was begun, waits, sends on, or wants no body."""
    cycle, told = a_cycle(**changes)
    assert not Connection(cycle).write_at_once(200, [LENGTH], b"body")
    assert not told


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"content-length", b"5")],
        [LENGTH, (b"connection", b"close")],
        [(b"transfer-encoding", b"chunked")],
        [LENGTH, (b"x-a", b"b\r\nx-evil: c")],
        [LENGTH, (b"x-a", b"b\nx-evil: c")],
        [LENGTH, (b"x-a", b"b\rx-evil: c")],
    ],
)
def test_an_unusual_answer_is_left(headers: list[tuple[bytes, bytes]]) -> None:
    """One of another length, with a say in the connection, or with a line in a header."""
    cycle, told = a_cycle()
    assert not Connection(cycle).write_at_once(200, headers, b"body")
    assert not told
    assert not cycle.response_started


def test_what_a_connection_knows_of_its_request() -> None:
    """Whether the client has hung up, and whether the body's end has come."""
    cycle, _ = a_cycle()
    connection = Connection.of(cycle.receive)
    assert connection is not None
    assert (connection.is_gone(), connection.has_whole_body()) == (False, True)
    cycle.disconnected, cycle.more_body = True, True
    assert (connection.is_gone(), connection.has_whole_body()) == (True, False)


def test_another_server_has_no_such_connection() -> None:
    """Where it is not uvicorn that serves, nothing is known and nothing is written past it."""

    async def receive() -> Any:
        return {}

    assert Connection.of(receive) is None
