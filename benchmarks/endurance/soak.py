"""Hours of work at 70 % load with reloads: `soak MINUTES`. What grows, and what is wrong?

Every answer is compared with what the same request gave at first: a decode or grid byte for byte,
whichever version answers, since all versions are copies. Memory's slope is taken after the first
sixth of the time.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.http_client import Answer, Client, latents
from benchmarks.report import percentile, verdict
from benchmarks.service.model_reloads import copy_version
from models.store import Store
from tests.service_process import BUNDLED_MODELS, ServiceProcess

LOAD, CLIENTS, PROBE_SECONDS = 0.7, 4, 10
RELOAD_SECONDS, SAMPLE_SECONDS, WARM_SHARE = 20, 5, 1 / 6
MODEL = "/v1/models/mnist-z2"
REQUESTS = [
    ("POST", f"{MODEL}/decode", latents([0.3, -0.7])),
    ("POST", f"{MODEL}/decode?format=json", latents([0.1, 1.2], [2.0, -1.0])),
    ("GET", f"{MODEL}/latent-grid?rows=6&columns=6&spacing=quantile", b""),
    ("GET", f"{MODEL}/sample?n=9&seed=4&format=npy", b""),
    ("GET", f"{MODEL}/tiles/dims-0-1/1/-1/0", b""),
    ("POST", f"{MODEL}/interpolate?steps=5", latents([0.0, 1.0], [1.0, 0.0])),
]


class Soak:
    """Clients that keep to a rate, and what they saw."""

    def __init__(self, served: ServiceProcess) -> None:
        """Take the service."""
        self.served = served
        self.golden: list[Answer] = []
        self.wrong: list[str] = []
        self.latencies: list[float] = []  # milliseconds
        self.interval = 0.0
        self.running = True

    async def client(self, first: int) -> None:
        """Ask in turn; with an interval, no more often than that."""
        connection, turn = Client(self.served.port), first
        while self.running:
            started = time.monotonic()
            turn = (turn + 1) % len(REQUESTS)
            try:
                answer = await connection.ask(*REQUESTS[turn])
            except (OSError, asyncio.IncompleteReadError) as error:
                self.wrong.append(repr(error))
                connection.close()
                continue
            self.latencies.append(answer.ms)
            golden = self.golden[turn]
            if (answer.status, answer.body) != (golden.status, golden.body):
                self.wrong.append(f"{answer.status} {REQUESTS[turn][1]}")
            await asyncio.sleep(max(0.0, self.interval - (time.monotonic() - started)))
        connection.close()

    async def load(self, seconds: float) -> None:
        """Run the clients for a time."""
        self.running, self.latencies = True, []
        clients = [asyncio.create_task(self.client(i)) for i in range(CLIENTS)]
        await asyncio.sleep(seconds)
        self.running = False
        await asyncio.gather(*clients)


def figures(served: ServiceProcess) -> tuple[float, float, int, int]:
    """Return monotonic seconds, resident MiB, threads, open file descriptors."""
    process = Path(f"/proc/{served.process.pid}")
    threads, files = (len(list((process / name).iterdir())) for name in ("task", "fd"))
    return time.monotonic(), served.memory, threads, files


async def reload(soak: Soak, store: Store, seen: list[tuple[float, float, int, int]]) -> None:
    """Publish the model again and again, and take samples."""
    model, reloaded = store.resolve("mnist-z2"), time.monotonic()
    while soak.running:
        await asyncio.sleep(SAMPLE_SECONDS)
        seen.append(figures(soak.served))
        if time.monotonic() - reloaded > RELOAD_SECONDS:
            model, reloaded = await asyncio.to_thread(copy_version, store, model), time.monotonic()


async def measure(served: ServiceProcess, store: Store, minutes: float) -> int:
    """Find the full rate, then keep to a share of it."""
    soak = Soak(served)
    asking = Client(served.port)
    soak.golden = [await asking.ask(*request) for request in REQUESTS]
    asking.close()
    await soak.load(PROBE_SECONDS)
    soak.interval = CLIENTS * PROBE_SECONDS / len(soak.latencies) / LOAD
    seen: list[tuple[float, float, int, int]] = []
    loading = asyncio.create_task(soak.load(60 * minutes))
    await asyncio.sleep(0)
    await asyncio.gather(loading, reload(soak, store, seen))
    warm = np.array(seen)[int(WARM_SHARE * len(seen)) :]
    slope = np.polyfit(warm[:, 0] / 3600, warm[:, 1], 1)[0]
    reloads = served.metric('atlas_reloads_total{outcome="loaded"}')
    threads, files = (f"{warm[:, i].min():.0f} to {warm[:, i].max():.0f}" for i in (2, 3))
    text = (
        f"soak: {minutes:g} min at {LOAD:.0%} of {CLIENTS / (soak.interval * LOAD):.0f}/s, "
        f"{len(soak.latencies)} answers, {len(soak.wrong)} wrong or lost {soak.wrong[:3]}, "
        f"{reloads:.0f} loads; p99 {percentile(soak.latencies, 0.99):.0f} ms; "
        f"memory {warm[0, 1]:.0f} -> {warm[-1, 1]:.0f} MiB, {slope:+.1f} MiB/h; "
        f"threads {threads}; file descriptors {files}"
    )
    return verdict(not soak.wrong and slope < 1, text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("minutes", type=float)
    asked: float = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "store"
        shutil.copytree(BUNDLED_MODELS, copied)
        with ServiceProcess(copied, reload_seconds=0.5) as service:
            sys.exit(asyncio.run(measure(service, Store(copied), asked)))
