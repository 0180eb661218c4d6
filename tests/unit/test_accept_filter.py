"""Callers who come when the service is about to leave."""

import socket
import sys

import pytest

from app.server.accept_filter import hear_client, ignore_new_clients

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the bound is Linux's")
HOSTS = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]


@pytest.mark.parametrize(("family", "host"), HOSTS)
def test_a_new_caller_is_ignored_and_one_in_the_queue_is_heard(
    family: socket.AddressFamily, host: str
) -> None:
    """Who is in the queue is accepted and heard; who comes later is neither let in nor reset."""
    with socket.create_server((host, 0), family=family) as listening:
        address = listening.getsockname()[:2]
        with socket.create_connection(address) as early:
            ignore_new_clients(listening)

            with pytest.raises(TimeoutError):
                socket.create_connection(address, timeout=0.2)
            accepted, _ = listening.accept()
            with accepted:
                early.sendall(b"heard")
                assert accepted.recv(5) == b"heard"


@pytest.mark.parametrize(("family", "host"), HOSTS)
def test_a_connection_hears_again(family: socket.AddressFamily, host: str) -> None:
    """A connection that inherits the bound of its door hears nothing until that is lifted."""
    with (
        socket.create_server((host, 0), family=family) as listening,
        socket.create_connection(listening.getsockname()[:2]) as caller,
    ):
        accepted, _ = listening.accept()
        with accepted:
            ignore_new_clients(accepted)
            accepted.settimeout(0.2)
            caller.sendall(b"heard")
            with pytest.raises(TimeoutError):
                accepted.recv(5)

            hear_client(accepted)
            accepted.settimeout(30)

            assert accepted.recv(5) == b"heard"


def test_other_sockets_are_left_alone() -> None:
    """What has no hops has no bound."""
    one, other = socket.socketpair()
    with one, other:
        ignore_new_clients(one)
        other.sendall(b"heard")

        assert one.recv(5) == b"heard"
