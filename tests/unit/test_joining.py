"""A head goes out with what follows it, and never stays behind."""

from collections.abc import Callable
from typing import Any, cast

from app.joining import Joining

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Recorder:
    """A transport that remembers."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.done: list[Any] = []

    def write(self, data: bytes) -> None:
        """Remember what was written."""
        self.done.append(data)

    def close(self) -> None:
        """Remember the end."""
        self.done.append("closed")

    def is_closing(self) -> bool:
        """Tell whether it was closed."""
        return "closed" in self.done


class Turns:
    """A loop that runs what was asked of it when it is told to."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self.soon: list[Callable[[], None]] = []

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Remember a callback."""
        self.soon.append(callback)

    def turn(self) -> None:
        """Run what is remembered."""
        while self.soon:
            self.soon.pop(0)()


def written(*actions: bytes | str) -> list[Any]:
    """Return what arrives when these are written, "turn" is the loop's and "close" the end."""
    recorder, loop = Recorder(), Turns()
    transport = Joining(cast("Any", recorder), cast("Any", loop))
    for action in actions:
        if isinstance(action, bytes):
            transport.write(action)
        elif action == "turn":
            loop.turn()
        else:
            transport.close()
    assert transport.is_closing() == ("close" in actions)
    return recorder.done


def test_head_and_body_are_one() -> None:
    """Of two answers, too."""
    assert written(HEAD, b"body", HEAD, b"more") == [HEAD + b"body", HEAD + b"more"]


def test_a_head_without_a_body_leaves_with_the_loops_turn() -> None:
    """As does one whose body comes later."""
    assert written(HEAD, "turn") == [HEAD]
    assert written(HEAD, "turn", b"body") == [HEAD, b"body"]
    assert written(HEAD, b"", "turn") == [HEAD]


def test_nothing_is_lost_at_the_end() -> None:
    """Closing writes what was kept back, once."""
    assert written(HEAD, "close", "turn") == [HEAD, "closed"]


def test_the_rest_of_a_body_does_not_wait() -> None:
    """What is no head is written as it comes."""
    assert written(b"1", b"2") == [b"1", b"2"]
