"""A usual answer goes out in one piece; an unusual one is left to uvicorn, untouched."""

from types import SimpleNamespace
from typing import Any

import pytest

from app.server.single_write import write_single

LENGTH = (b"content-length", b"4")


def a_cycle(**changes: Any) -> Any:
    """Return what is used of uvicorn's request cycle; `told` says what became of it."""
    told: list[Any] = []
    fields = {
        "keep_alive": True,
        "disconnected": False,
        "response_started": False,
        "response_complete": False,
        "waiting_for_100_continue": False,
        "flow": SimpleNamespace(write_paused=False),
        "default_headers": [(b"date", b"today")],
        "transport": SimpleNamespace(write=told.append),
        "message_event": SimpleNamespace(set=lambda: told.append("set")),
        "on_response": lambda: told.append("done"),
        "told": told,
    }
    return SimpleNamespace(**(fields | changes))


def test_head_and_body_in_one_piece() -> None:
    """With uvicorn's own headers first, and the request over for uvicorn."""
    cycle = a_cycle()
    assert write_single(cycle, 200, [LENGTH, (b"x-a", b"b")], b"body")
    head = b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 4\r\nx-a: b\r\n\r\n"
    assert cycle.told == [head + b"body", "set", "done"]
    assert cycle.response_started
    assert cycle.response_complete


@pytest.mark.parametrize(
    "changes",
    [
        {"keep_alive": False},
        {"disconnected": True},
        {"response_started": True},
        {"waiting_for_100_continue": True},
        {"flow": SimpleNamespace(write_paused=True)},
    ],
    ids=lambda changes: str(next(iter(changes))),
)
def test_an_unusual_request_is_left(changes: dict[str, Any]) -> None:
    """One that ends its connection, has gone, was begun, waits for leave, or does not read."""
    cycle = a_cycle(**changes)
    assert not write_single(cycle, 200, [LENGTH], b"body")
    assert not cycle.told


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
    cycle = a_cycle()
    assert not write_single(cycle, 200, headers, b"body")
    assert not cycle.told
    assert not cycle.response_started


def test_another_server_writes_itself() -> None:
    """Where there is no cycle of uvicorn's, there is nothing to write to."""
    assert not write_single(None, 200, [LENGTH], b"body")
