"""Who may call, from where, under which path, and what browsers are told."""

import hmac
from typing import Final

from app.errors import Unauthorised, UnknownPath
from app.operations import Operation
from app.settings import Settings

POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Access:
    """The rules that do not depend on the operation's work."""

    def __init__(self, settings: Settings) -> None:
        """Take the key, the prefix and the origins from the settings."""
        self._key = settings.api_key.encode() if settings.api_key else None
        self._prefix = settings.root_path
        self.headers: Final = [
            (b"x-content-type-options", b"nosniff"),
            (b"content-security-policy", POLICY),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]

    def path(self, path: str) -> str:
        """Return the path without the prefix, which a proxy may or may not have taken off.

        Raises:
            UnknownPath: It is the bare prefix, whose relative links would lead astray.
        """
        if self._prefix and path.startswith(self._prefix):
            rest = path[len(self._prefix) :]
            if rest.startswith("/"):
                return rest
            if not rest:
                raise UnknownPath(f"the page is at {self._prefix}/, with the slash")
        return path

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
