"""Three and ten times the capacity offered: 2xx and 429, quickly, and goodput stays.

The load is open: requests leave at their own times, whatever has come back.
"""

import asyncio
import time
from collections import Counter

from benchmarks.command_line import measure_and_exit
from benchmarks.http_client import Client, latents
from benchmarks.report import percentile, verdict
from tests.service_process import ServiceProcess

SECONDS, CELLS = 8, 128  # so many vectors a request that the engine is the bottleneck
GRID = f"/v1/decode?columns={CELLS}"


class Result:
    """What came back: statuses, times of refusals, and of probes."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.statuses: Counter[int] = Counter()
        self.refused: list[float] = []
        self.probes: list[float] = []


async def closed(served: ServiceProcess, body: bytes, clients: int) -> float:
    """Return the capacity: answers per second of clients that wait for each answer."""
    done = 0
    end = time.monotonic() + SECONDS

    async def client() -> None:
        nonlocal done
        connection = Client(served.port)
        while time.monotonic() < end:
            answer = await connection.ask("POST", GRID, body)
            done += answer.status == 200

    await asyncio.gather(*(client() for _ in range(clients)))
    return done / SECONDS


async def opened(served: ServiceProcess, body: bytes, rate: float) -> Result:
    """Offer `rate` requests per second for some seconds."""
    result = Result()
    idle: list[Client] = []
    running = set()

    async def one() -> None:
        client = idle.pop() if idle else Client(served.port)
        answer = await client.ask("POST", GRID, body)
        result.statuses[answer.status] += 1
        if answer.status == 429:
            result.refused.append(answer.ms)
        idle.append(client)

    probing = asyncio.create_task(probe(served, result))
    started = time.monotonic()
    sent = 0
    while (now := time.monotonic() - started) < SECONDS:
        while sent < rate * now:
            task = asyncio.create_task(one())
            running.add(task)
            task.add_done_callback(running.discard)
            sent += 1
        await asyncio.sleep(0.002)
    await asyncio.gather(*running)
    probing.cancel()
    return result


async def probe(served: ServiceProcess, result: Result) -> None:
    """Ask for health all the while."""
    client = Client(served.port)
    while True:
        result.probes.append((await client.ask("GET", "/health/ready")).ms)
        await asyncio.sleep(0.05)


async def measure(served: ServiceProcess) -> int:
    """Find the capacity, then offer more."""
    d = served.default_model()["latent_dim"]
    body = latents(*[[0.1] * d] * CELLS)
    peak = await closed(served, body, 16)
    code = 0
    for factor in (3, 10):
        result = await opened(served, body, factor * peak)
        good = result.statuses[200] / SECONDS
        others = set(result.statuses) - {200, 429}
        refusal, health = percentile(result.refused or [0], 0.99), percentile(result.probes, 0.99)
        passed = not others and refusal < 20 and good >= 0.95 * peak and health < 50
        text = (
            f"overload x{factor}: peak {peak:.0f}/s, goodput {good:.0f}/s, "
            f"{dict(result.statuses)}; 429 p99 {refusal:.1f} ms; probe p99 {health:.1f} ms"
        )
        code |= verdict(passed, text)
    return code


if __name__ == "__main__":
    # One core computes: of the other, this generator may take what it likes.
    measure_and_exit(measure, max_requests=64, engine_threads=1)
