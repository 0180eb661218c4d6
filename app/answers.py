"""Answers that are written straight from arrays."""

from typing import Any

import orjson
from fastapi import Response


def json_answer(content: Any) -> Response:
    """Write a JSON answer; NumPy arrays are allowed anywhere in it."""
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, media_type="application/json")
