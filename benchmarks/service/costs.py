"""What a small request costs: rate, latency, CPU time; and what codecs and engine take of it.

    python -m benchmarks.service.costs [--other CHECKOUT] [--rounds 5]

`--other` is another checkout of this repository, an earlier commit's perhaps. Both services run at
once and are loaded by turns, so that the two figures of a pair are seconds apart.
"""

import argparse
import shutil
import statistics
import tempfile
import timeit
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import orjson

from app.engines.select import load_openvino
from app.imaging.png import encode_png
from app.imaging.read_image import open_image, read_image
from app.latent.vectors import vectors
from benchmarks.cpu_time import cpu_seconds
from benchmarks.peers.workload import LATENT_DIM, MODEL, SIDE, Work, send, works
from benchmarks.report import table
from models.manifest import read_manifest
from tests.service_process import ROOT, ServiceProcess

CLIENTS: Final = (1, 16, 64)
BATCH: Final = 24  # images, what 64 clients make


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


Costs = Mapping[tuple[str, int], Mapping[str, Sequence[Cost]]]


def cost(work: Work, clients: int, seconds: int, service: ServiceProcess) -> Cost:
    """Load a running service."""
    url, pid = f"{service.url}v1/{work.operation}", service.process.pid
    send(work, url, clients, 1)
    loop, process = cpu_seconds(pid, pid), cpu_seconds(pid)
    load = send(work, url, clients, seconds)
    loop, process = cpu_seconds(pid, pid) - loop, cpu_seconds(pid) - process
    each = 1e6 / load.requests
    return Cost(load.rate, load.p99, loop * each, (process - loop) * each)


def measure(checkouts: Mapping[str, Path], rounds: int, seconds: int) -> Costs:
    """Start the services anew in each round, and load them by turns, another first each time."""
    found: defaultdict[tuple[str, int], defaultdict[str, list[Cost]]]
    found = defaultdict(lambda: defaultdict(list))
    names = list(checkouts)
    for _ in range(rounds):
        with ExitStack() as stack:
            store = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            shutil.copytree(MODEL.parent, store / MODEL.parent.name)
            services = {
                name: stack.enter_context(ServiceProcess(store, checkout, engine="openvino"))
                for name, checkout in checkouts.items()
            }
            for operation, clients in product(("decode", "reconstruct"), CLIENTS):
                names.reverse()
                for name in names:
                    one = cost(works()[operation], clients, seconds, services[name])
                    found[operation, clients][name].append(one)
    return found


def rows(found: Costs) -> list[list[str]]:
    """Return a row for each load and checkout, medians; for two checkouts also their ratio's."""
    out = []
    for (operation, clients), costs in found.items():
        medians = {name: map(statistics.median, zip(*c, strict=True)) for name, c in costs.items()}
        for name in sorted(costs, reverse=True):
            rate, p99, loop, inference = medians[name]
            figures = [f"{rate:,.0f}", f"{p99:.2f}", f"{loop:.0f}", f"{inference:.0f}"]
            out.append([operation, str(clients), name, *figures])
        if "other" in costs:
            pairs = list(zip(costs["this"], costs["other"], strict=True))
            fields = range(len(Cost._fields))
            ratios = [statistics.median(a[i] / b[i] for a, b in pairs) for i in fields]
            out.append([operation, str(clients), "this / other", *(f"{r:.3f}" for r in ratios)])
    return out


def codecs_and_engine() -> dict[str, float]:
    """Return the microseconds of codecs and engine, alone on one thread."""
    engine, shape = load_openvino(MODEL, read_manifest(MODEL)), (SIDE, SIDE, 1)
    json, png = (works()[name].bodies[0] for name in ("decode", "reconstruct"))
    z = np.random.default_rng(0).standard_normal((BATCH, LATENT_DIM), np.float32)
    images = engine.run("decode", {"z": z})["image"]

    def read_z() -> Any:
        return vectors(np.array(orjson.loads(json)["z"], np.float64), LATENT_DIM)

    def run(signature: str, **inputs: Any) -> float:
        return _microseconds(lambda: engine.run(signature, inputs)) / BATCH

    return {
        "read and check JSON": _microseconds(read_z),
        "read a PNG": _microseconds(lambda: read_image(open_image(png, 10**6), shape, "auto")),
        "write a PNG": _microseconds(lambda: encode_png(images[0])),
        f"decode, of {BATCH}": run("decode", z=z),
        f"reconstruct, of {BATCH}": run("reconstruct", image=images),
    }


def _microseconds(call: Callable[[], Any]) -> float:
    calls = 200
    return 1e6 * statistics.median(timeit.repeat(call, number=calls, repeat=5)) / calls


def main() -> None:
    """Measure and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--other", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    checkouts = {"this": ROOT} | ({"other": options.other.absolute()} if options.other else {})
    heads = ["operation", "clients", "checkout", "req/s", "p99 ms", "loop µs", "inference µs"]
    print(table(heads, rows(measure(checkouts, options.rounds, options.seconds))))
    for name, value in codecs_and_engine().items():
        print(f"{name}: {value:.0f} µs")


if __name__ == "__main__":
    main()
