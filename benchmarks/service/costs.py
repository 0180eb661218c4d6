"""What a small request costs in CPU microseconds, and what the codecs and the engine take of it.

    python -m benchmarks.service.costs [--other CHECKOUT] [--rounds 5]

`--other` is another checkout of this repository, an earlier commit's perhaps: both take turns.
"""

import argparse
import shutil
import statistics
import tempfile
import timeit
from collections import defaultdict
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import orjson

from app.engines.select import load_openvino
from app.imaging.png import encode_png
from app.imaging.read_image import open_image, read_image
from app.latent.vectors import vectors
from benchmarks.peers.work import LATENT_DIM, SIDE, Work, send, works
from benchmarks.service.harness import MODEL, ROOT, Served
from models.manifest import read_manifest

CLIENTS: Final = (16, 64)
BATCH: Final = 24  # what 64 clients make


class Cost(NamedTuple):
    """Of a load."""

    rate: float
    """Requests per second."""
    p99: float
    """Milliseconds."""
    loop: float
    """CPU microseconds a request, of the thread that runs the event loop."""
    inference: float
    """The same, of all the others."""


def cost(work: Work, clients: int, seconds: int, served: Served) -> Cost:
    """Load a running service."""
    url = f"http://127.0.0.1:{served.port}/v1/{work.verb}"
    with tempfile.TemporaryDirectory() as scratch:
        send(work, url, clients, 1, Path(scratch))
        loop, process = served.loop_seconds, served.cpu_seconds
        load = send(work, url, clients, seconds, Path(scratch))
        loop, process = served.loop_seconds - loop, served.cpu_seconds - process
    each = 1e6 / load.requests
    return Cost(load.rate, load.p99, loop * each, (process - loop) * each)


def parts() -> dict[str, float]:
    """Return the microseconds of codecs and engine, alone on one thread."""
    engine, shape = load_openvino(MODEL, read_manifest(MODEL)), (SIDE, SIDE, 1)
    json, png = (works()[name].bodies[0] for name in ("decode", "reconstruct"))
    z = np.random.default_rng(0).standard_normal((BATCH, LATENT_DIM), np.float32)
    images = engine.run("decode", {"z": z})["image"]

    def read_z() -> Any:
        return vectors(np.array(orjson.loads(json)["z"], np.float64), LATENT_DIM)

    return {
        "read and check JSON": _microseconds(read_z),
        "read a PNG": _microseconds(lambda: read_image(open_image(png), shape, 10**6, "auto")),
        "write a PNG": _microseconds(lambda: encode_png(images[0])),
        f"decode, of {BATCH}": _microseconds(lambda: engine.run("decode", {"z": z})) / BATCH,
        f"reconstruct, of {BATCH}": _microseconds(
            lambda: engine.run("reconstruct", {"image": images})
        )
        / BATCH,
    }


def _microseconds(call: Callable[[], Any]) -> float:
    calls = 200
    return 1e6 * statistics.median(timeit.repeat(call, number=calls, repeat=5)) / calls


def main() -> None:
    """Take turns and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--other", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    checkouts = {"this": ROOT} | ({"other": options.other.absolute()} if options.other else {})
    found: defaultdict[tuple[str, int, str], list[Cost]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as store:
        shutil.copytree(MODEL.parent, Path(store) / MODEL.parent.name)
        for _, (name, checkout) in product(range(options.rounds), checkouts.items()):
            with Served(Path(store), checkout, engine="openvino") as served:
                for verb, clients in product(("decode", "reconstruct"), CLIENTS):
                    one = cost(works()[verb], clients, options.seconds, served)
                    found[verb, clients, name].append(one)
    print("| work | clients | checkout | req/s | p99 ms | loop µs | inference µs |")
    print("|---|---|---|---|---|---|---|")
    for (verb, clients, name), costs in sorted(found.items()):
        rate, p99, loop, inference = (
            statistics.median(values) for values in zip(*costs, strict=True)
        )
        row = f"{rate:,.0f} | {p99:.1f} | {loop:.0f} | {inference:.0f}"
        print(f"| {verb} | {clients} | {name} | {row} |")
    for name, value in parts().items():
        print(f"{name}: {value:.0f} µs")


if __name__ == "__main__":
    main()
