"""An attack: the bytes that are sent, and the statuses that may answer them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MODEL: Final = "/v1/models/mnist-z2"
REFUSED: Final = frozenset({400, 404, 405, 406, 408, 411, 413, 414, 415, 422, 429, 431, 501, 505})
CLOSED: Final = 0  # hung up without an answer
TAKEN: Final = frozenset({200})


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent over one connection, and what may come back.

    `why` says why an answer of 200 is right. `raw` marks what is no HTTP that the service could
    understand: the HTTP server may refuse it in plain words, or hang up.
    """

    name: str
    wire: tuple[bytes, ...]
    statuses: frozenset[int] = REFUSED
    why: str = ""
    raw: bool = False


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """Write a request with a right length; `_` in a header's name stands for `-`."""
    lines = [f"{method} {path} HTTP/1.1", "host: atlas", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body or method == "POST":
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def post(name: str, verb: str, body: bytes, kind: str, why: str = "") -> Case:
    """Post a body to a verb of a model. With `why`, the answer is 200."""
    wire = request("POST", f"{MODEL}/{verb}", body, content_type=kind)
    return Case(name, (wire,), TAKEN if why else REFUSED, why)


def get(name: str, path: str, why: str = "", **headers: str) -> Case:
    """Get a path. With `why`, the answer is 200."""
    return Case(name, (request("GET", path, b"", **headers),), TAKEN if why else REFUSED, why)


def raw(name: str, *wire: bytes, also: Iterable[int] = ()) -> Case:
    """Send bytes as they are; `also` are statuses that are right beside a refusal."""
    return Case(name, wire, REFUSED | {CLOSED} | set(also), raw=True)
