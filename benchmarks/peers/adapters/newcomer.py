"""What a newcomer writes: FastAPI, a `def` endpoint around the SavedModel, Pillow's PNG."""

import io
import os
from typing import Annotated

import numpy as np
import tensorflow as tf
import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from PIL import Image
from pydantic import BaseModel

app = FastAPI()
model = tf.saved_model.load(os.environ["PEER_MODEL"])
decoder, reconstructor = model.signatures["decode"], model.signatures["reconstruct"]


class Latents(BaseModel):
    """The body of a decode."""

    z: list[list[float]]


def picture(images: np.ndarray) -> Response:
    """Answer with a PNG, a square sheet if there are several images."""
    columns = int(np.ceil(np.sqrt(len(images))))
    rows = [np.hstack([*images[i : i + columns, ..., 0]]) for i in range(0, len(images), columns)]
    out = io.BytesIO()
    Image.fromarray(np.vstack(rows)).save(out, "PNG")
    return Response(out.getvalue(), media_type="image/png")


@app.post("/decode")
def decode(body: Latents) -> Response:
    """Decode latent vectors."""
    return picture(decoder(z=tf.constant(body.z, tf.float32))["image"].numpy())


async def body_of(request: Request) -> bytes:
    """Read a raw body, which a `def` endpoint cannot."""
    return await request.body()


@app.post("/reconstruct")
def reconstruct(body: Annotated[bytes, Depends(body_of)]) -> Response:
    """Reconstruct an image."""
    image = np.asarray(Image.open(io.BytesIO(body)).convert("L"))
    return picture(reconstructor(image=tf.constant(image[None, ..., None]))["image"].numpy())


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PEER_PORT"]), log_level="error")
