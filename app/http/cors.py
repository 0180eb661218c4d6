"""Pages of other origins that may call the API."""

from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

METHODS: Final = ("GET", "HEAD", "POST")
REQUEST_HEADERS: Final = (
    "Accept",
    "Authorization",
    "Content-Type",
    "If-None-Match",
    "Inference-Header-Content-Length",
    "traceparent",
    "tracestate",
    "X-API-Key",
    "X-Request-Id",
    "X-Request-Timeout-Ms",
)
ANSWER_HEADERS: Final = (
    "ETag",
    "Inference-Header-Content-Length",
    "Retry-After",
    "Server-Timing",
    "X-Image-Fit",
    "X-Item-Source",
    "X-Model-Version",
    "X-Request-Id",
)


def cors(app: ASGIApp, origins: str) -> ASGIApp:
    """Let pages of these origins, separated by commas, call an application and read its answers."""
    return CORSMiddleware(
        app,
        allow_origins=origins.split(","),
        allow_methods=METHODS,
        allow_headers=REQUEST_HEADERS,
        expose_headers=ANSWER_HEADERS,
    )
