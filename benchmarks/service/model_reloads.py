"""50 versions swapped in under load: nothing lost, nothing mislabelled, nothing kept."""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.command_line import store_argument
from benchmarks.http_client import Client, latents
from benchmarks.report import percentile, verdict
from models.store import ModelId, Store
from tests.service_process import ServiceProcess

SWAPS, CLIENTS, STEADY_SECONDS = 50, 4, 15
RELOAD_SECONDS = float(os.environ.get("RELOAD_SECONDS", "2"))  # the default; with 0.2, no pause


class Load:
    """Clients that decode without pause and note what they get."""

    def __init__(self, port: int, body: bytes) -> None:
        """Take the port and the body to send."""
        self.port, self.body = port, body
        self.latencies: list[float] = []  # milliseconds
        self.failed: list[str] = []
        self.versions: list[str] = []
        self.running = True

    async def client(self) -> None:
        """Decode until told to stop."""
        connection = Client(self.port)
        while self.running:
            try:
                answer = await connection.ask("POST", "/v1/decode", self.body)
            except (OSError, asyncio.IncompleteReadError) as error:
                self.failed.append(repr(error))
                connection.close()
                continue
            self.latencies.append(answer.ms)
            self.versions.append(answer.headers.get("x-model-version", "none"))
            if answer.status != 200:
                self.failed.append(str(answer.status))
            await asyncio.sleep(0.005)


def copy_version(store: Store, model: ModelId) -> ModelId:
    """Publish a model once more, as its next version, and remove the one before."""
    with store.stage(model.name) as stage:
        shutil.copytree(store.folder(model), stage, dirs_exist_ok=True)
        manifest = store.manifest(model)
        (stage / "manifest.json").unlink()
        new = store.publish(stage, manifest)
    shutil.rmtree(store.folder(model))
    return new


async def measure(served: ServiceProcess, store: Store) -> int:
    """Load steadily, then swap; compare latency and memory."""
    model = store.resolve(served.default_model()["name"])
    d = store.manifest(model).latent_dim
    load = Load(served.port, latents([0.1] * d))
    clients = [asyncio.create_task(load.client()) for _ in range(CLIENTS)]
    await asyncio.sleep(STEADY_SECONDS)
    steady, load.latencies = load.latencies, []
    memory = served.memory
    started = time.monotonic()
    for _ in range(SWAPS):
        model = await asyncio.to_thread(copy_version, store, model)
        while load.versions[-1] != str(model):  # noqa: ASYNC110  it is another process
            await asyncio.sleep(0.02)
    took = time.monotonic() - started
    load.running = False
    await asyncio.gather(*clients)
    before, during = percentile(steady, 0.99), percentile(load.latencies, 0.99)
    backwards = sum(a > b for a, b in zip(numbers(load), numbers(load)[1:], strict=False))
    grown = served.memory / memory - 1
    text = (
        f"swaps: {SWAPS} in {took:.0f} s, {len(load.latencies)} requests, "
        f"{len(load.failed)} failed; p99 {before:.1f} -> {during:.1f} ms; "
        f"memory {memory:.0f} MiB {grown:+.1%}; "
        f"{backwards} answers of an older version after a newer one"
    )
    return verdict(not load.failed and during <= 1.5 * before and grown <= 0.10, text)


def numbers(load: Load) -> list[int]:
    """Return the versions that answered, in order of arrival."""
    return [int(version.partition("@")[2]) for version in load.versions]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "store"
        shutil.copytree(store_argument(), copied)
        with ServiceProcess(copied, reload_seconds=RELOAD_SECONDS) as service:
            sys.exit(asyncio.run(measure(service, Store(copied))))
