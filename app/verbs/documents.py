"""The API's own description: for programs and for people."""

from pathlib import Path
from typing import Any, Final

from app.answers import Answer, json_answer
from app.calls import Call
from app.openapi import document
from app.operations import Operation
from app.reference import page

STYLE: Final = Path(__file__).parent.parent / "reference.css"
VERSION: Final = "0.1.0"


async def openapi(call: Call) -> Answer:
    """Give the OpenAPI document."""
    return json_answer(_document(call))


async def docs(call: Call) -> Answer:
    """Give the document as a page."""
    host = call.headers.get(b"host", b"localhost").decode("latin-1")
    base = f"http://{host}{call.service.settings.root_path}"
    return Answer(page(_document(call), base), "text/html; charset=utf-8")


async def style(_: Call) -> Answer:
    """Give the page's style sheet."""
    return Answer(STYLE.read_bytes(), "text/css; charset=utf-8")


def _document(call: Call) -> dict[str, Any]:
    service = call.service
    default = service.catalogue.default
    manifest = default.manifest if default else None
    return document(service.operations, VERSION, service.settings.root_path, manifest)


OPERATIONS: Final = tuple(
    Operation(
        id=name,
        method="GET",
        path=path,
        handler=handler,
        summary="The API's description.",
        answers=(),
        of_model=False,
        open=True,
    )
    for name, path, handler in (
        ("openapi", "/openapi.json", openapi),
        ("docs", "/docs", docs),
        ("docs_style", "/docs/reference.css", style),
    )
)
