"""What worker processes give: requests per second, p99 and memory; and what a kill -9 costs.

    python -m benchmarks.service.workers [--workers 1 2 4] [--rounds 5] [--seconds 5] [--kills 20]

Each number of workers has its turn in every round; a table has the medians. wrk shares the cores
with the service. Then one of `--killed-of` workers, each in turn, is killed under load; whoever
asks opens a new connection for each request, and so meets all workers.
"""

import argparse
import asyncio
import os
import signal
import statistics
import sys
import time
from collections import Counter
from typing import Final

from benchmarks.http_client import Client
from benchmarks.peers.server_process import ServerProcess
from benchmarks.peers.workload import MODEL, Work, send, works
from benchmarks.report import percentile, table, verdict
from tests.service_process import answers, fetch, free_port, wait_until

CLIENTS: Final = (1, 16, 64, 256)
KILLERS: Final = 16  # clients
STARTED: Final = "process_start_time_seconds{"


def server(workers: int) -> ServerProcess:
    """Return a service of so many workers, not yet started."""
    port = free_port()
    env = {"PORT": port, "WORKERS": workers, "DEFAULT_MODEL": MODEL.parent.name, "ENGINE": "auto"}
    settings = {f"ATLAS_{name}": str(value) for name, value in env.items()}
    command = [sys.executable, "-m", "app"]
    return ServerProcess(command, settings, port, f"http://127.0.0.1:{port}/v1/decode")


def wait_for_all(served: ServerProcess, workers: int) -> None:
    """Return when all workers serve."""
    origin = served.url.removesuffix("/v1/decode")
    wait_until(lambda: answers(f"{origin}/health/ready"))
    if workers > 1:
        wait_until(lambda: serving(origin) == workers)


def serving(origin: str) -> int:
    """Return how many workers say that they serve; 0 where the one who is asked has just died."""
    try:
        return fetch(f"{origin}/metrics").decode().count(STARTED)
    except OSError:
        return 0


def measure(workers: int, work: Work, seconds: float) -> dict[str, float]:
    """Return figures of one start: seconds to all ready, MiB, and rate and p99 by clients."""
    figures: dict[str, float] = {}
    with server(workers) as served:
        wait_for_all(served, workers)
        figures["ready"] = time.monotonic() - served.started
        for clients in CLIENTS:
            load = send(work, served.url, clients, seconds)
            figures[f"rate {clients}"], figures[f"p99 {clients}"] = load.rate, load.p99
            figures["failed"] = figures.get("failed", 0) + load.errors
        figures["memory"] = served.memory()
    return figures


class Killing:
    """Clients that ask without pause, and what became of their requests."""

    def __init__(self, port: int, body: bytes) -> None:
        """Take whom and what they ask."""
        self.outcomes: Counter[str] = Counter()
        self.slowest: list[float] = []
        self._port, self._body = port, body
        self._running = True

    async def client(self) -> None:
        """Decode, each time on a new connection, until told to stop."""
        while self._running:
            client = Client(self._port)
            try:
                answer = await client.ask("POST", "/v1/decode", self._body)
            except (OSError, asyncio.IncompleteReadError):
                self.outcomes["lost"] += 1
            else:
                self.outcomes[str(answer.status)] += 1
                self.slowest.append(answer.ms)
            client.close()

    async def kill(self, served: ServerProcess, workers: int, times: int) -> list[float]:
        """Kill a worker so often; return the seconds until all served again."""
        clients = [asyncio.create_task(self.client()) for _ in range(KILLERS)]
        back = []
        for turn in range(times):
            await asyncio.sleep(1)
            killed = sorted(served.tree()[1:])[turn % workers]
            started = time.monotonic()
            os.kill(killed, signal.SIGKILL)
            await asyncio.to_thread(self._wait, served, killed, workers)
            back.append(time.monotonic() - started)
        self._running = False
        await asyncio.gather(*clients)
        return back

    def _wait(self, served: ServerProcess, killed: int, workers: int) -> None:
        origin = served.url.removesuffix("/v1/decode")
        wait_until(lambda: killed not in served.tree())
        wait_until(lambda: serving(origin) == workers)


def kill(workers: int, times: int, body: bytes) -> int:
    """Kill workers of one service in turn, and give the verdict."""
    with server(workers) as served:
        wait_for_all(served, workers)
        killing = Killing(served.port, body)
        back = asyncio.run(killing.kill(served, workers, times))
        exit_code = stop(served)
    outcomes = killing.outcomes
    lost = outcomes["lost"]
    text = (
        f"kill -9 of one of {workers} workers, {times} times under load: {outcomes['200']} "
        f"answered, {lost} lost ({KILLERS} clients), other answers "
        f"{sorted(outcomes.keys() - {'200', 'lost'})}; p99 {percentile(killing.slowest, 0.99):.1f} "
        f"ms; all back after {statistics.median(back):.1f} s, at most {max(back):.1f} s; "
        f"exit code {exit_code}"
    )
    most = 2 * times * KILLERS  # what it held, and what came while it died
    return verdict(lost <= most and outcomes.keys() <= {"200", "lost"} and not exit_code, text)


def stop(served: ServerProcess) -> int:
    """End a service and return its exit code."""
    served.process.terminate()
    return served.process.wait(60)


def row(workers: int, rounds: list[dict[str, float]]) -> list[str]:
    """Write the medians of all rounds of a number of workers."""
    median = {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}
    loads = [f"{median[f'rate {n}']:,.0f}; {median[f'p99 {n}']:.1f}" for n in CLIENTS]
    ready, memory, failed = (f"{median[name]:.1f}" for name in ("ready", "memory", "failed"))
    return [str(workers), *loads, memory, ready, failed]


def main() -> int:
    """Measure in turns, print the table, and kill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--killed-of", type=int, default=2)
    options = parser.parse_args()
    work = works()["decode"]
    found: dict[int, list[dict[str, float]]] = {workers: [] for workers in options.workers}
    for _ in range(options.rounds):
        for workers, rounds in found.items():
            rounds.append(measure(workers, work, options.seconds))
    heads = [f"{n} client{'s' * (n > 1)}: requests/s; p99 ms" for n in CLIENTS]
    rows = [row(workers, rounds) for workers, rounds in found.items() if rounds]
    if rows:
        print(table(["workers", *heads, "MiB", "s to ready", "failed"], rows))
    return kill(options.killed_of, options.kills, work.bodies[0]) if options.kills else 0


if __name__ == "__main__":
    sys.exit(main())
