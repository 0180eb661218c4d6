"""The service's port, on which several processes may listen.

Each has a socket of its own, among which Linux divides new connections (SO_REUSEPORT).
"""

import contextlib
import socket
from typing import Final

EVERYWHERE: Final = "::"


def bind(host: str, port: int, *, join: bool) -> list[socket.socket]:
    """Return a socket for each address of the host; none listens yet, and later ones may join.

    Args:
        host: A name or an address; `::` is every address of both families.
        port: 0 takes a free one, the same for all addresses.
        join: Whether the port may be one that other sockets were given by this function.

    Raises:
        OSError: The port is taken, or the host is not this machine.
    """
    name = None if host == EVERYWHERE else host
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets = []
    with contextlib.ExitStack() as opened:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            bound = opened.enter_context(socket.socket(family, kind, protocol))
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(join))
            bound.bind((address[0], port, *address[2:]))
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            port = bound.getsockname()[1]
            sockets.append(bound)
        opened.pop_all()
    return sockets
