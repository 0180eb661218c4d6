"""The headers that every answer carries."""

import time
from typing import Final

from app.http.context import RequestContext

Header = tuple[bytes, bytes]
POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", POLICY),
    (b"referrer-policy", b"no-referrer"),
)


def answer_headers(context: RequestContext) -> list[Header]:
    """Return what is added to an answer's own headers: security, the request's id, its times."""
    headers = [*SECURITY, (b"x-request-id", context.request_id)]
    if context.service.draining:
        headers.append((b"connection", b"close"))
    if context.format:
        headers += _of_a_model(context)
    return headers


def _of_a_model(context: RequestContext) -> list[Header]:
    context.spent = context.seconds()
    queue, infer, encode = context.spent.values()
    seconds = (queue, infer, encode, time.monotonic() - context.started)
    timing = b"queue;dur=%.2f, infer;dur=%.2f, encode;dur=%.2f, total;dur=%.2f"
    headers = [
        (b"x-model-version", str(context.model.id).encode()),
        (b"server-timing", timing % tuple(1000 * part for part in seconds)),
    ]
    if context.fit:
        headers.append((b"x-image-fit", context.fit.encode()))
    return headers
