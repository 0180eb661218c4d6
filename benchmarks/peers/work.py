"""What is asked of every server: the same bodies, and wrk to send them."""

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import orjson
from PIL import Image

LOAD: Final = Path(__file__).with_name("load.lua")
BODIES: Final = 128  # different ones, sent in turn, so that no answer is an old one
LATENT_DIM, SIDE = 12, 28


class Work(NamedTuple):
    """Bodies of one kind, and at how many clients they are sent."""

    verb: str
    kind: str
    bodies: tuple[bytes, ...]
    clients: tuple[int, ...]


class Load(NamedTuple):
    """What a load gave."""

    rate: float
    """Requests per second."""
    p50: float
    """Milliseconds."""
    p99: float
    errors: int
    requests: int


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
    json_kind = "application/json"
    return {
        "decode": Work("decode", json_kind, one, (1, 16, 64)),
        "reconstruct": Work("reconstruct", "image/png", images, (1, 16, 64)),
        "batch": Work("decode", json_kind, many, (4,)),
    }


def _png(image: np.ndarray) -> bytes:
    """Write a smooth picture, about as large as a digit's PNG."""
    out = io.BytesIO()
    Image.fromarray(image.astype(np.uint8)).resize((7, 7)).resize((SIDE, SIDE)).save(out, "PNG")
    return out.getvalue()


def send(work: Work, url: str, clients: int, seconds: float, scratch: Path) -> Load:
    """Let wrk send a work's bodies from so many connections for some seconds.

    Raises:
        SystemExit: There is no wrk.
    """
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing; on Debian and Ubuntu: apt-get install wrk")
    file = scratch / f"{work.verb}-{len(work.bodies)}.txt"
    file.write_text("".join(body.hex() + "\n" for body in work.bodies))
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", "-s", str(LOAD), url]
    ended = subprocess.run(
        [*command, "--", str(file), work.kind], check=True, capture_output=True, text=True
    )
    told = json.loads(ended.stdout.splitlines()[-1])
    rate = told["requests"] / told["seconds"]
    return Load(rate, told["p50"], told["p99"], told["errors"], told["requests"])


def same_pictures(ours: bytes, theirs: bytes) -> bool:
    """Say whether two PNGs agree within one grey level."""
    one, other = (np.asarray(Image.open(io.BytesIO(png)), np.int16) for png in (ours, theirs))
    return one.shape == other.shape and bool(np.abs(one - other).max() <= 1)
