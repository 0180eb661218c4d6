"""The API key, where one is set."""

import hmac
from collections.abc import Mapping

from app.errors import Unauthorised


def check_key(headers: Mapping[str, str], key: str | None) -> None:
    """Let a request in that carries the key; without a key set, any.

    Raises:
        Unauthorised: A key is set, and the request does not carry it.
    """
    if key is None:
        return
    bearer = headers.get("authorization", "")
    given = bearer[7:] if bearer[:7].lower() == "bearer " else headers.get("x-api-key", "")
    if not hmac.compare_digest(given.strip().encode(), key.encode()):
        raise Unauthorised("send the API key as `Authorization: Bearer …` or `X-API-Key: …`")
