"""10,000 interleaved requests of 32 clients: every answer is its request's, to the last bit.

The expected answers are computed one at a time before, each alone in its batch.
"""

import asyncio
import random

import numpy as np
import orjson

from benchmarks.command_line import measure_and_exit
from benchmarks.http_client import Client, latents
from benchmarks.report import verdict
from tests.service_process import ServiceProcess

CLIENTS, REQUESTS, DIFFERENT = 32, 10_000, 200


async def measure(served: ServiceProcess) -> int:
    """Ask everything alone, then all of it at once."""
    d = served.default_model()["latent_dim"]
    draws = np.random.default_rng(0).standard_normal((DIFFERENT, 3, d)).round(4).tolist()
    bodies = [latents(*draw[: 1 + i % 3]) for i, draw in enumerate(draws)]
    alone = Client(served.port)
    tasks = [("POST", "/v1/decode?format=npy", body, "json") for body in bodies]
    for i in range(DIFFERENT // 2):
        picture = (await alone.ask("POST", "/v1/decode", latents(draws[i][0]))).body
        tasks.append(("POST", "/v1/reconstruct?format=json", picture, "png"))
        tasks.append(("POST", "/v1/encode", picture, "png"))
    expected = [(await alone.ask(*task)).body for task in tasks]
    order = [random.Random(1).randrange(len(tasks)) for _ in range(REQUESTS)]
    queue = iter(order)
    wrong = failed = 0

    async def client() -> None:
        nonlocal wrong, failed
        connection = Client(served.port)
        for i in queue:
            answer = await connection.ask(*tasks[i])
            failed += answer.status != 200
            wrong += answer.body != expected[i]

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    mean = served.metric("atlas_batch_items_sum") / served.metric("atlas_batch_items_count")
    text = f"mixups: {REQUESTS} requests, {failed} failed, {wrong} wrong; {mean:.1f} items a batch"
    return verdict(not wrong and not failed, text)


def default(served: ServiceProcess) -> str:
    """Return the default model's name."""
    name: str = orjson.loads(served.get("/v1/models"))["default"]
    return name


if __name__ == "__main__":
    measure_and_exit(measure)
