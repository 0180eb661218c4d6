"""The limit of Python and uvicorn: validate the same body, answer a constant PNG, no model."""

import io
import os
from typing import Any

import numpy as np
import orjson
import uvicorn
from PIL import Image

LATENT_DIM, SIDE = int(os.environ["PEER_LATENT_DIM"]), int(os.environ["PEER_SIDE"])


def constant() -> bytes:
    """Write one picture."""
    out = io.BytesIO()
    Image.new("L", (SIDE, SIDE)).save(out, "PNG")
    return out.getvalue()


PNG = constant()
HEADERS = [(b"content-type", b"image/png"), (b"content-length", str(len(PNG)).encode())]


def valid(body: bytes) -> bool:
    """Validate as every peer does."""
    if body.startswith(b"\x89PNG"):
        return np.asarray(Image.open(io.BytesIO(body)).convert("L")).shape == (SIDE, SIDE)
    z = np.asarray(orjson.loads(body)["z"], np.float32)
    return bool(z.ndim == 2 and z.shape[1] == LATENT_DIM and np.isfinite(z).all())


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer one request."""
    assert scope["type"] == "http"
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message.get("more_body", False)
    status = 200 if valid(body) else 422
    await send({"type": "http.response.start", "status": status, "headers": HEADERS})
    await send({"type": "http.response.body", "body": PNG})


if __name__ == "__main__":
    port = int(os.environ["PEER_PORT"])
    uvicorn.run(app, port=port, log_level="error", access_log=False, lifespan="off")
