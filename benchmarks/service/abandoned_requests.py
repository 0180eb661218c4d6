"""1,000 clients that hang up while queued: at most 1 % of their work is computed."""

import asyncio
import time

from benchmarks.command_line import measure_and_exit
from benchmarks.http_client import Client, latents
from benchmarks.report import verdict
from tests.service_process import ServiceProcess

CLIENTS, BLOCKERS = 1000, 80  # so many that the engine is still busy when all have queued


async def measure(served: ServiceProcess) -> int:
    """Keep the engine busy, queue behind it, hang up, and count what was computed."""
    d = served.default_model()["latent_dim"]
    blocker = [Client(served.port) for _ in range(BLOCKERS)]
    large = latents(*[[0.1] * d] * 1024)
    for client in blocker:
        await client.send("POST", "/v1/decode", large)
    gone = [Client(served.port) for _ in range(CLIENTS)]
    await asyncio.gather(
        *(client.send("POST", "/v1/decode", latents([0.2] * d)) for client in gone)
    )
    await until_in_progress(served, CLIENTS)
    queued = served.metric("atlas_waiting_items")
    for client in gone:
        client.close()
    for client in blocker:
        await client.receive()
    while served.metric("atlas_waiting_items"):  # noqa: ASYNC110  it is another process
        await asyncio.sleep(0.05)
    dropped = served.metric('atlas_dropped_total{reason="abandoned"}')
    computed = CLIENTS - dropped
    text = f"hangups: {CLIENTS} queued and left, {dropped:.0f} dropped, {computed:.0f} computed"
    return verdict(queued > 0 and computed <= 0.01 * CLIENTS, text)


async def until_in_progress(served: ServiceProcess, n: int) -> None:
    """Wait until the service works on n requests."""
    end = time.monotonic() + 30
    while served.metric("atlas_requests_in_progress") < n:
        assert time.monotonic() < end, "the engine was done before all had queued"
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    measure_and_exit(measure, max_requests=2000, max_waiting=100_000, engine_threads=1)
