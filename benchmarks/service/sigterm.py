"""SIGTERM under load, 20 times: what was accepted is answered, nothing is reset, the code is 0."""

import asyncio
import random
import sys
import time

import orjson

from benchmarks.service.harness import Client, Served, latents, store_argument, verdict
from benchmarks.service.mixups import default

TRIALS, CLIENTS = 20, 16


async def trial(served: Served, body: bytes) -> tuple[int, int, int, float]:
    """Load, stop, and count: answers, requests lost, the exit code, seconds to the end."""
    answered = lost = 0

    async def client() -> None:
        nonlocal answered, lost
        connection = Client(served.port)
        while True:
            try:
                await connection.send("POST", "/v1/decode", body)
            except ConnectionRefusedError:
                return  # the door is closed: the service has gone, as it should
            except OSError:
                lost += 1
                return
            try:
                answer = await connection.receive()
            except (OSError, asyncio.IncompleteReadError):
                lost += 1
                return
            answered += answer.status == 200
            lost += answer.status != 200

    clients = [asyncio.create_task(client()) for _ in range(CLIENTS)]
    await asyncio.sleep(random.uniform(0.5, 1))
    started = time.monotonic()
    code = await asyncio.to_thread(served.stop)
    took = time.monotonic() - started
    await asyncio.gather(*clients)
    return answered, lost, code, took


def measure() -> int:
    """Run the trials."""
    store = store_argument()
    answered, lost, codes, times = 0, 0, set(), []
    for _ in range(TRIALS):
        with Served(store) as served:
            model = orjson.loads(served.get(f"/v1/models/{default(served)}"))
            body = latents([0.1] * model["manifest"]["latent_dim"])
            result = asyncio.run(trial(served, body))
        answered += result[0]
        lost += result[1]
        codes.add(result[2])
        times.append(result[3])
    text = (
        f"sigterm: {TRIALS} times, {answered} answered, {lost} lost, exit codes {sorted(codes)}, "
        f"gone after {min(times):.1f} to {max(times):.1f} s"
    )
    return verdict(not lost and codes == {0}, text)


if __name__ == "__main__":
    sys.exit(measure())
