"""Which callers a listening socket lets in, by the hops that their packets may have made (GTSM)."""

import contextlib
import socket
import sys
from typing import Any, Final

NOBODY: Final = 255  # a packet that lost none of its hops; everyone else's starts at 64 or 128
ANYBODY: Final = 0
IP_MINTTL: Final = 21  # <linux/in.h>
IPV6_MINHOPCOUNT: Final = 73  # <linux/in6.h>


def ignore_new_clients(listening: socket.socket) -> None:
    """Make Linux drop requests for new connections, and finish the handshakes it has begun.

    A listening socket that is closed resets whoever waits in its queue or is half-way into it. A
    caller who is ignored asks again a second later, and finds the next process or a closed door.
    It needs no privilege, as a packet filter would.
    """
    _let_in(listening, NOBODY)


def hear_client(accepted: Any) -> None:
    """Hear someone whom `ignore_new_clients` let in: an accepted socket inherits the bound."""
    _let_in(accepted, ANYBODY)


def _let_in(sock: Any, hops: int) -> None:
    if sys.platform != "linux":
        return
    options = {
        socket.AF_INET: (socket.IPPROTO_IP, IP_MINTTL),
        socket.AF_INET6: (socket.IPPROTO_IPV6, IPV6_MINHOPCOUNT),
    }
    if sock.family in options:
        with contextlib.suppress(OSError):  # a sandbox that is not quite Linux goes without
            sock.setsockopt(*options[sock.family], hops)
