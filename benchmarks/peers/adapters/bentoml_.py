"""BentoML: its ASGI mount, where a body stays bytes; its batches take arrays, not pictures."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import bentoml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.peers.adapters import common

owner = ThreadPoolExecutor(1)
signatures: dict[str, Any] = {}


def answer(body: bytes) -> bytes:
    """Validate, compute and write one request."""
    return common.write(common.compute(signatures, [common.read(body)])[0])


async def predict(request: Request) -> Response:
    """Answer with a PNG."""
    body = await request.body()
    try:
        png = await asyncio.get_running_loop().run_in_executor(owner, answer, body)
    except (ValueError, KeyError, TypeError, OSError) as error:
        return Response(str(error), 422)
    return Response(png, media_type="image/png")


mounted = Starlette(routes=[Route("/predict", predict, methods=["POST"])])


@bentoml.service(
    traffic={"timeout": 30, "max_concurrency": 512}, workers=1, metrics={"enabled": False}
)
@bentoml.asgi_app(mounted)
class Model:
    """The service."""

    def __init__(self) -> None:
        signatures.update(common.load())


if __name__ == "__main__":
    arguments = ["bentoml", "serve", f"{__file__}:Model", "--host", "127.0.0.1"]
    os.execvp("bentoml", [*arguments, "--port", str(common.PORT), "-q"])
