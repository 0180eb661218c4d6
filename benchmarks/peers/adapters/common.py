"""What every peer shares: the model, the same validation, the same pictures.

A request is a body: JSON `{"z": [[…]]}` to decode, or a PNG to reconstruct. Peers do with it what
this service does: refuse what is no finite vector of the model's length or no image of its size,
run the SavedModel's own signature, and answer with a PNG.
"""

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import tensorflow as tf
from isal import isal_zlib
from PIL import Image

MODEL = Path(os.environ["PEER_MODEL"])
PORT = int(os.environ["PEER_PORT"])
THREADS = int(os.environ.get("PEER_THREADS", "1"))
LATENT_DIM = int(os.environ["PEER_LATENT_DIM"])
SIDE = int(os.environ["PEER_SIDE"])


class Item(NamedTuple):
    """What a request wants: a signature, and its input with a batch dimension."""

    signature: str
    values: Any


def load() -> dict[str, Any]:
    """Load the model's signatures, with the thread setting under test."""
    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    signatures = tf.saved_model.load(str(MODEL)).signatures
    for n in (1, 2, 4, 8, 16, 32, 64):  # trace and allocate before the first request
        signatures["decode"](z=tf.zeros((n, LATENT_DIM)))
        signatures["reconstruct"](image=tf.zeros((n, SIDE, SIDE, 1), tf.uint8))
    return dict(signatures)


def read(body: bytes) -> Item:
    """Validate a body.

    Raises:
        ValueError: It is neither finite vectors of the model's length nor an image of its size.
    """
    if body.startswith(b"\x89PNG"):
        image = np.asarray(Image.open(io.BytesIO(body)).convert("L"))
        if image.shape != (SIDE, SIDE):
            raise ValueError(f"the model takes {SIDE} x {SIDE} pixels, not {image.shape}")
        return Item("reconstruct", image[None, ..., None])
    z = np.asarray(orjson.loads(body)["z"], np.float32)
    if z.ndim != 2 or z.shape[1] != LATENT_DIM or not np.isfinite(z).all():
        raise ValueError(f"z must be finite vectors of {LATENT_DIM} numbers, not {z.shape}")
    return Item("decode", z)


def compute(signatures: dict[str, Any], items: list[Item]) -> list[Any]:
    """Return each request's images, the requests of one kind in one batch."""
    answers: list[Any] = [None] * len(items)
    for signature, name in (("decode", "z"), ("reconstruct", "image")):
        which = [i for i, item in enumerate(items) if item.signature == signature]
        if not which:
            continue
        values = np.concatenate([items[i].values for i in which])
        images = signatures[signature](**{name: tf.constant(values)})["image"].numpy()
        ends = np.cumsum([len(items[i].values) for i in which])
        for i, part in zip(which, np.split(images, ends[:-1]), strict=True):
            answers[i] = part
    return answers


def write(images: Any) -> bytes:
    """Write images as one PNG, as square a sheet as it can be."""
    n, side, _, _ = images.shape
    columns = int(np.ceil(np.sqrt(n)))
    rows = -(-n // columns)
    sheet = np.zeros((rows * columns, side, side), np.uint8)
    sheet[:n] = images[..., 0]
    sheet = sheet.reshape(rows, columns, side, side).swapaxes(1, 2)
    return write_png(sheet.reshape(rows * side, columns * side))


def write_png(image: Any) -> bytes:
    """Write a grey image as this service does: no filter, fast deflate."""
    height, width = image.shape
    lines = np.zeros((height, 1 + width), np.uint8)
    lines[:, 1:] = image
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = (head, b"IDAT" + isal_zlib.compress(lines, 1), b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(content: bytes) -> bytes:
    return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
