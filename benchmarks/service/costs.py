"""What a small request costs in CPU microseconds, and what the codecs and the engine take of it.

    python -m benchmarks.service.costs [--other CHECKOUT] [--rounds 5]

`--other` is another checkout of this repository, an earlier commit's perhaps: both take turns.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import timeit
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import orjson

from app.engines import load_openvino
from app.images import open_image, read_image
from app.latents import vectors
from app.png import encode_png
from benchmarks.peers.work import LATENT_DIM, SIDE, Work, send, works
from benchmarks.service.harness import ROOT, Served
from models.manifest import Manifest

MODEL: Final = ROOT / "models" / "exports" / "mnist-z12"
CLIENTS: Final = (16, 64)
BATCH: Final = 24  # what 64 clients make
TICKS: Final = os.sysconf("SC_CLK_TCK")


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
        before = _ticks(served.process.pid)
        load = send(work, url, clients, seconds, Path(scratch))
        after = _ticks(served.process.pid)
    loop, all_of_it = (
        1e6 * (b - a) / TICKS / load.requests for a, b in zip(before, after, strict=True)
    )
    return Cost(load.rate, load.p99, loop, all_of_it - loop)


def _ticks(pid: int) -> tuple[int, int]:
    """Return the CPU time of a process's first thread, and of all."""
    stats = (Path(f"/proc/{pid}/task/{pid}/stat"), Path(f"/proc/{pid}/stat"))
    fields = [stat.read_text().rpartition(")")[2].split() for stat in stats]
    first, whole = (int(f[11]) + int(f[12]) for f in fields)
    return first, whole


def parts() -> dict[str, float]:
    """Return the microseconds of codecs and engine, alone on one thread."""
    manifest = Manifest.model_validate_json((MODEL / "1" / "manifest.json").read_text())
    engine, shape = load_openvino(MODEL / "1", manifest), (SIDE, SIDE, 1)
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
        shutil.copytree(MODEL, Path(store) / MODEL.name)
        for _ in range(options.rounds):
            for name, checkout in checkouts.items():
                with Served(Path(store), checkout, engine="openvino") as served:
                    for verb in ("decode", "reconstruct"):
                        for clients in CLIENTS:
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
