"""What the service adds to model and codec: a lone decode, a cold grid, a known grid.

Rounds take turns between the engine alone, in this process, and the service over HTTP.
"""

import itertools
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np

from app.engines.select import choose_engines
from app.imaging.png import encode_png
from benchmarks.command_line import measure_and_exit
from benchmarks.http_client import Client, latents
from benchmarks.peers.workload import MODEL
from benchmarks.report import verdict
from models.manifest import read_manifest
from tests.service_process import ServiceProcess

PATH: Final = "/v1/models/mnist-z12"
ROUNDS, CALLS, SIDE, PART = 5, 40, 20, 32
Times = defaultdict[str, list[float]]


class FastPath:
    """The engine and the codec, without a service."""

    def __init__(self) -> None:
        """Load the model with the engine that the service takes."""
        manifest = read_manifest(MODEL)
        self._engine = choose_engines("auto")[0](MODEL, manifest)
        self._threads = ThreadPoolExecutor(os.cpu_count())

    def decode(self, z: Any) -> Any:
        """Decode in parts, side by side."""
        threads = os.cpu_count() or 1
        parts = np.array_split(z, threads * -(-len(z) // (PART * threads)) if len(z) > 1 else 1)
        run = self._threads.map if len(parts) > 1 else map
        answers = list(run(lambda part: self._engine.run("decode", {"z": part})["image"], parts))
        return np.concatenate(answers) if len(parts) > 1 else answers[0]

    def picture(self, z: Any) -> bytes:
        """Decode one vector and write it."""
        return encode_png(self.decode(z)[0])


def median_ms(call: Callable[[], Any], calls: int) -> float:
    """Return the median milliseconds of a call."""
    times = []
    for _ in range(calls):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times)


async def asked_ms(client: Client, calls: int, request: Callable[[], tuple[Any, ...]]) -> float:
    """Return the median milliseconds of a request; `request` makes each anew."""
    times = []
    for _ in range(calls):
        answer = await client.ask(*request())
        assert answer.status == 200, answer
        times.append(answer.ms)
    return statistics.median(times)


async def measure(served: ServiceProcess) -> int:
    """Take turns, and compare the medians with the targets."""
    direct, client, number = FastPath(), Client(served.port), itertools.count()
    random = np.random.default_rng(0)
    one, many = (random.standard_normal((n, 12), dtype=np.float32) for n in (1, SIDE * SIDE))
    times: Times = defaultdict(list)
    decode = ("POST", f"{PATH}/decode", latents(one[0].tolist()))
    grid = f"{PATH}/latent-grid?rows={SIDE}&columns={SIDE}"

    def cold() -> tuple[str, str]:
        return "GET", f"{grid}&extent=3.{next(number):04d}"

    for _ in range(ROUNDS):
        times["one, direct"].append(median_ms(lambda: direct.picture(one), CALLS))
        times["one"].append(await asked_ms(client, CALLS, lambda: decode))
        times["grid, engine"].append(median_ms(lambda: direct.decode(many), 3))
        times["grid, cold"].append(await asked_ms(client, 3, cold))
        again = itertools.repeat(cold())
        await asked_ms(client, 1, again.__next__)
        times["grid, known"].append(await asked_ms(client, CALLS, again.__next__))
    return judge({name: statistics.median(found) for name, found in times.items()})


def judge(ms: dict[str, float]) -> int:
    """Print each figure beside its target."""
    added = ms["one"] - ms["one, direct"]
    beyond = ms["grid, cold"] - ms["grid, engine"]
    code = verdict(
        added <= 0.8,
        f"one client: {ms['one']:.2f} ms, model and codec {ms['one, direct']:.2f}, "
        f"added {added:.2f} (target 0.8)",
    )
    code |= verdict(
        beyond <= 3,
        f"grid of 20 x 20, cold: {ms['grid, cold']:.1f} ms, engine {ms['grid, engine']:.1f}, "
        f"added {beyond:.1f} (target 3)",
    )
    known = ms["grid, known"]
    return code | verdict(known <= 1, f"the same grid again: {known:.2f} ms (target 1)")


if __name__ == "__main__":
    measure_and_exit(measure)
