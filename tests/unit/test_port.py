"""Several sockets on one port."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from app.server.port import bind

HERE = "127.0.0.1"


@pytest.fixture(name="stack")
def _stack() -> Iterator[ExitStack]:
    """Close sockets at the end."""
    with ExitStack() as stack:
        yield stack


def opened(stack: ExitStack, host: str, port: int, *, join: bool) -> list[socket.socket]:
    """Bind, and close at the end."""
    return [stack.enter_context(door) for door in bind(host, port, join=join)]


def test_workers_join_the_port_that_was_held_for_them(stack: ExitStack) -> None:
    """Who holds it hears nobody; each of those who joined it listens."""
    [held] = opened(stack, HERE, 0, join=False)
    port = held.getsockname()[1]
    workers = [opened(stack, HERE, port, join=True)[0] for _ in range(2)]
    for worker in workers:
        worker.listen()
        worker.setblocking(False)
    clients = [stack.enter_context(socket.create_connection((HERE, port))) for _ in range(30)]
    heard = [0, 0]
    for i, worker in enumerate(workers):
        while heard[0] + heard[1] < len(clients):
            try:
                stack.enter_context(worker.accept()[0])
            except BlockingIOError:
                break
            heard[i] += 1
    assert sum(heard) == len(clients)
    assert all(heard), "one of them got every connection"


def test_a_second_service_is_refused(stack: ExitStack) -> None:
    """It may not take a share of the connections unnoticed."""
    [held] = opened(stack, HERE, 0, join=False)
    port = held.getsockname()[1]
    opened(stack, HERE, port, join=True)[0].listen()
    with pytest.raises(OSError, match="already in use"):
        bind(HERE, port, join=False)


def test_workers_do_not_join_a_stranger(stack: ExitStack) -> None:
    """A port that another program listens on is taken."""
    stranger = stack.enter_context(socket.create_server((HERE, 0)))
    with pytest.raises(OSError, match="already in use"):
        bind(HERE, stranger.getsockname()[1], join=True)


def test_every_address_has_the_same_port(stack: ExitStack) -> None:
    """`::` is both families, as it is with one process."""
    doors = opened(stack, "::", 0, join=False)
    assert len({door.getsockname()[1] for door in doors}) == 1
    assert socket.AF_INET in {door.family for door in doors}
