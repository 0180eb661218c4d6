"""What a browser opens: the explorer's files and the API's documentation."""

import re
from os import PathLike, stat_result
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from app.http.context import context_of
from app.http.docs_page import STYLE, page
from app.http.openapi import Json, document
from app.http.responses import json_answer
from app.http.routing import OpenRoute

# Starlette's middleware looks for the word alone.
NO_GZIP: Final = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)", re.IGNORECASE)
COMMENT: Final = re.compile(rb"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
STATIC: Final = Path(__file__).parent.parent / "static"
router = APIRouter(route_class=OpenRoute, tags=["service"])


class Files(StaticFiles):
    """Static files that browsers keep but ask about again: they change with the service.

    Scripts go without the comments before their functions, a fifth of what would be sent; their
    lines keep their numbers.
    """

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Return a file, or 304."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        if not str(full_path).endswith(".js") or answer.status_code != status_code:
            return answer
        script = COMMENT.sub(
            lambda found: b"\n" * found[0].count(b"\n"), Path(full_path).read_bytes()
        )
        kept = {name: answer.headers[name] for name in ("etag", "last-modified")}
        return Response(script, status_code, kept, answer.media_type)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or 304."""
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = "no-cache"
        return answer


class Page:
    """The explorer's files, or always the same one of them; an ASGI application."""

    def __init__(self, name: str | None = None) -> None:
        """Serve `app/static`, or one file of it."""
        self._name = name
        self._files = Files(directory=STATIC)
        self._compressed = GZipMiddleware(self._files)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file; what is not there is 404."""
        context_of(scope).route = "page"
        name = self._name or scope["path_params"]["path"]
        scope = {**scope, "path": f"{scope['root_path']}/{name}"}
        refused = NO_GZIP.search(context_of(scope).headers.get("accept-encoding", ""))
        await (self._files if refused else self._compressed)(scope, receive, send)


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """Give the OpenAPI document."""
    return json_answer(_document(request))


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    """Give the document as a page."""
    base = str(request.base_url).rstrip("/")
    return HTMLResponse(page(_document(request), base))


@router.get("/docs/reference.css", include_in_schema=False)
async def docs_style() -> Response:
    """Give the page's style sheet."""
    return Response(STYLE.read_bytes(), media_type="text/css")


def _document(request: Request) -> Json:
    default = request.app.state.service.registry.default
    latent_dim = default.manifest.latent_dim if default else 2
    return document(request.app, latent_dim) | {
        "servers": [{"url": request.scope["root_path"] or "/"}]
    }
