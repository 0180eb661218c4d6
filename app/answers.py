"""What a handler gives back; the edge writes it to the wire."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Answer:
    """A status, a body of some media type, and headers in lower case."""

    body: bytes
    media_type: str
    status: int = HTTPStatus.OK
    headers: Headers = field(default_factory=list)


def json_answer(content: Any, status: int = HTTPStatus.OK) -> Answer:
    """Write a JSON answer; NumPy arrays are allowed anywhere in it."""
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return Answer(body, "application/json", status)
