"""What a tile of a chart takes beside a tile of a plane: asked by turns, each for the first time.

One client asks the same service for a tile of `mnist-z12`'s chart and one of its plane of two
principal components, for as many pairs as the command line says, with each engine installed.
"""

import argparse
import asyncio
import itertools
import random
import statistics
import sys
from importlib.util import find_spec
from typing import Final

from benchmarks.http_client import Client
from benchmarks.report import machine, verdict
from tests.service_process import BUNDLED_MODELS, ServiceProcess

MODEL: Final = "mnist-z12"
PLANES: Final = ("chart", "pca-0-1")
ZOOM: Final = 5  # a tile is a quarter of a unit
REACH: Final = 16  # tiles from the middle, which is where the items are
MOST: Final = 1.05


async def milliseconds(service: ServiceProcess, pairs: int) -> dict[str, list[float]]:
    """Return each plane's times, in the order of the pairs."""
    client = Client(service.port)
    places = list(itertools.product(range(-REACH, REACH), repeat=2))
    chosen = random.Random(0).sample(places, pairs)
    times: dict[str, list[float]] = {plane: [] for plane in PLANES}
    for number, (x, y) in enumerate(chosen):
        for plane in PLANES if number % 2 else reversed(PLANES):
            path = f"/v1/models/{MODEL}/tiles/{plane}/{ZOOM}/{x}/{y}"
            answer = await client.ask("GET", path)
            assert answer.status == 200
            times[plane].append(answer.ms)
    return times


def measure(engine: str, pairs: int) -> int:
    """Compare the medians of an engine."""
    with ServiceProcess(BUNDLED_MODELS, engine=engine) as service:
        times = asyncio.run(milliseconds(service, pairs))
    chart, plane = (statistics.median(times[name]) for name in PLANES)
    text = (
        f"tiles, {engine}: chart {chart:.2f} ms, plane {plane:.2f} ms, ratio {chart / plane:.3f} "
        f"(target {MOST}), medians of {pairs} pairs; {machine()}"
    )
    return verdict(chart <= MOST * plane, text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=400)
    options = parser.parse_args()
    engines = ["tensorflow", *(["openvino"] if find_spec("openvino") else [])]
    sys.exit(max([measure(engine, options.pairs) for engine in engines]))
