"""SIGTERM under load, 20 times: what was accepted is answered, nothing is reset, the code is 0."""

import asyncio
import random
import sys
import time

from benchmarks.command_line import store_argument
from benchmarks.http_client import Client, latents
from benchmarks.report import verdict
from tests.service_process import ServiceProcess

TRIALS, CLIENTS = 20, 16


async def trial(served: ServiceProcess, body: bytes) -> tuple[int, int, int, float]:
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
        with ServiceProcess(store) as served:
            body = latents([0.1] * served.default_model()["latent_dim"])
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
