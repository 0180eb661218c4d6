"""What is asked of every server: the same bodies, and wrk to send them."""

import io
from typing import Final, NamedTuple

import numpy as np
import orjson
from PIL import Image

from benchmarks.wrk import Load, load
from tests.service_process import BUNDLED_MODELS

MODEL: Final = BUNDLED_MODELS / "mnist-z12" / "1"  # of which the figures are
BODIES: Final = 128  # different ones, sent in turn, so that no answer is an old one
LATENT_DIM, SIDE = 12, 28


class Work(NamedTuple):
    """Bodies of one kind, and at how many clients they are sent."""

    operation: str
    content_type: str
    bodies: tuple[bytes, ...]
    clients: tuple[int, ...]


def works() -> dict[str, Work]:
    """Return z to PNG, PNG to PNG, and 64 z to a sheet, drawn from a fixed seed."""
    random = np.random.default_rng(7)
    vectors = random.standard_normal((BODIES, LATENT_DIM)).round(4)
    one = tuple(orjson.dumps({"z": [z.tolist()]}) for z in vectors)
    many = tuple(
        orjson.dumps({"z": random.standard_normal((64, LATENT_DIM)).round(4).tolist()})
        for _ in range(16)
    )
    images = tuple(_png(image) for image in random.integers(0, 256, (BODIES, SIDE, SIDE)))
    json = "application/json"
    return {
        "decode": Work("decode", json, one, (1, 16, 64)),
        "reconstruct": Work("reconstruct", "image/png", images, (1, 16, 64)),
        "batch": Work("decode", json, many, (4,)),
    }


def _png(image: np.ndarray) -> bytes:
    """Write a smooth picture, about as large as a digit's PNG."""
    out = io.BytesIO()
    Image.fromarray(image.astype(np.uint8)).resize((7, 7)).resize((SIDE, SIDE)).save(out, "PNG")
    return out.getvalue()


def send(work: Work, url: str, clients: int, seconds: float) -> Load:
    """Let wrk send a work's bodies from so many connections for some seconds."""
    lines = (body.hex() for body in work.bodies)
    return load(url, lines, clients, seconds, work.content_type)


def same_pictures(ours: bytes, theirs: bytes) -> bool:
    """Say whether two PNGs agree within one grey level."""
    one, other = (np.asarray(Image.open(io.BytesIO(png)), np.int16) for png in (ours, theirs))
    return one.shape == other.shape and bool(np.abs(one - other).max() <= 1)
