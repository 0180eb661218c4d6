"""1,000 clients that hang up while queued: at most 1 % of their work is computed."""

import asyncio
import sys

import orjson

from benchmarks.service.harness import Client, Served, latents, store_argument, verdict
from benchmarks.service.mixups import default

CLIENTS = 1000


async def measure(served: Served) -> int:
    """Keep the engine busy, queue behind it, hang up, and count what was computed."""
    d = orjson.loads(served.get(f"/v1/models/{default(served)}"))["manifest"]["latent_dim"]
    # Work of higher priority keeps the engine busy while the others queue behind it.
    blocker = [Client(served.port) for _ in range(8)]
    large = latents(*[[0.1] * d] * 1024)
    for client in blocker:
        await client.send("POST", "/v1/decode", large)
    gone = [Client(served.port) for _ in range(CLIENTS)]
    grid = "/v1/latent-grid?rows=1&columns=1&extent={}"
    await asyncio.gather(
        *(client.send("GET", grid.format(1 + i / 2000)) for i, client in enumerate(gone))
    )
    queued = 0.0
    while queued < CLIENTS:
        queued = served.metric("atlas_requests_in_progress") - len(blocker)
        if all_answered(served):
            break
    for client in gone:
        client.close()
    for client in blocker:
        await client.receive()
    while served.metric("atlas_waiting_items"):  # noqa: ASYNC110  it is another process
        await asyncio.sleep(0.05)
    dropped = served.metric('atlas_dropped_total{reason="abandoned"}')
    computed = queued - dropped
    text = f"hangups: {queued:.0f} queued and left, {dropped:.0f} dropped, {computed:.0f} computed"
    return verdict(queued > 0 and computed <= 0.01 * queued, text)


def all_answered(served: Served) -> bool:
    """Tell whether nothing waits any more: the engine was faster than the clients."""
    return served.metric("atlas_waiting_items") == 0


if __name__ == "__main__":
    with Served(store_argument(), max_requests=2000, max_waiting=20_000) as service:
        sys.exit(asyncio.run(measure(service)))
