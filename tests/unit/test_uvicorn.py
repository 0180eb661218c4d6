"""What `app.server` leans on inside uvicorn, by name: a new version that changes it fails here."""

import inspect
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

ROOT = Path(__file__).parents[2]
PROTOCOL: dict[str, list[str]] = {  # methods that `Protocol` extends, and their parameters
    "connection_made": ["self", "transport"],
    "connection_lost": ["self", "exc"],
    "data_received": ["self", "data"],
    "on_message_begin": ["self"],
    "on_header": ["self", "name", "value"],
    "on_headers_complete": ["self"],
    "on_body": ["self", "body"],
    "send_400_response": ["self", "msg"],
    "pause_writing": ["self"],
    "resume_writing": ["self"],
}
ATTRIBUTES = {  # what is read or set, by the class whose `__init__` sets it
    HttpToolsProtocol: ["headers", "pipeline", "cycle", "loop", "transport"],
    RequestResponseCycle: [
        "scope",
        "transport",
        "flow",
        "default_headers",
        "message_event",
        "on_response",
        "disconnected",
        "keep_alive",
        "waiting_for_100_continue",
        "more_body",
        "response_started",
        "response_complete",
    ],
}


def test_the_version_is_one_that_was_tried() -> None:
    """The installed uvicorn is within the bounds of pyproject.toml, which has an upper one."""
    requirement = re.search(r'"uvicorn>=([\d.]+),<([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    assert requirement is not None
    least, below, found = (
        tuple(map(int, text.split("."))) for text in (*requirement.groups(), version("uvicorn"))
    )
    assert least <= found < below


@pytest.mark.parametrize("name", PROTOCOL)
def test_a_method_of_the_protocol(name: str) -> None:
    """It is there, with the parameters that are passed on to it."""
    method: Callable[..., Any] = getattr(HttpToolsProtocol, name)
    assert list(inspect.signature(method).parameters) == PROTOCOL[name]


@pytest.mark.parametrize(
    ("owner", "name"), [(owner, name) for owner, names in ATTRIBUTES.items() for name in names]
)
def test_an_attribute(owner: type[Any], name: str) -> None:
    """It is set when an object is made."""
    assert re.search(rf"\bself\.{name}\b.*=", inspect.getsource(owner.__init__))


def test_the_first_line_of_an_answer() -> None:
    """Uvicorn has it by status."""
    assert STATUS_LINE[200] == b"HTTP/1.1 200 OK\r\n"


def test_an_end_that_waits() -> None:
    """The server's own way to exit is asked for by these two, and its sockets are listed."""
    source = inspect.getsource(uvicorn.Server)
    for name in ("should_exit", "force_exit", "servers"):
        assert f"self.{name}" in source
    assert list(inspect.signature(uvicorn.Server.handle_exit).parameters) == [
        "self",
        "sig",
        "frame",
    ]
