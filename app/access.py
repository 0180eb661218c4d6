"""Who may call, from where, under which path, and what browsers are told."""

import hmac
from typing import Final

from app.answers import Answer
from app.errors import Unauthorised
from app.operations import Operation
from app.settings import Settings

POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

SHARED: Final = (
    (b"vary", b"Origin"),
    (b"access-control-expose-headers", b"ETag, X-Model-Version, X-Image-Fit, X-Request-Id"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, X-API-Key"),
    (b"access-control-max-age", b"600"),
)


class Access:
    """The rules that do not depend on the operation's work."""

    def __init__(self, settings: Settings) -> None:
        """Take the key, the prefix and the origins from the settings."""
        self._key = settings.api_key.encode() if settings.api_key else None
        self._prefix = settings.root_path
        origins = settings.cors_origins.split(",")
        self._origins = {origin.strip().encode() for origin in origins if origin.strip()}
        self.headers: Final = [
            (b"x-content-type-options", b"nosniff"),
            (b"content-security-policy", POLICY),
            (b"referrer-policy", b"no-referrer"),
        ]

    def path(self, path: str) -> str:
        """Return the path without the prefix, which a proxy may or may not have taken off."""
        if self._prefix and path.startswith(self._prefix + "/"):
            return path[len(self._prefix) :]
        return path

    def before(self, method: str, path: str, headers: dict[bytes, bytes]) -> Answer | None:
        """Answer what needs no operation: the bare prefix, and a browser's preflight."""
        if self._prefix and path == self._prefix:  # relative links need the last slash
            return Answer(b"", "", 308, [(b"location", f"{self._prefix}/".encode())])
        if method == "OPTIONS" and headers.get(b"origin") in self._origins:
            return Answer(b"", "", 204, list(PREFLIGHT))
        return None

    def sharing(self, headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """Return the headers that say which pages may read the answer."""
        origin = headers.get(b"origin")
        if origin is None or origin not in self._origins:
            return [(b"cross-origin-resource-policy", b"same-origin")]
        return [(b"access-control-allow-origin", origin), *SHARED]

    def check(self, operation: Operation, headers: dict[bytes, bytes]) -> None:
        """Let the request in, or not. Probes and the page itself are open.

        Raises:
            Unauthorised: A key is set, and the request does not carry it.
        """
        if self._key is None or operation.open:
            return
        bearer = headers.get(b"authorization", b"")
        given = bearer[7:] if bearer[:7].lower() == b"bearer " else headers.get(b"x-api-key", b"")
        if not hmac.compare_digest(given.strip(), self._key):
            raise Unauthorised("send the API key as `Authorization: Bearer …` or `X-API-Key: …`")
