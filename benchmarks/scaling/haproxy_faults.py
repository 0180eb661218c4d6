"""Three nodes behind a real HAProxy; every 10 s one is killed, paused or stopped for an update.

    python -m benchmarks.scaling.haproxy_faults [MINUTES]

The configuration is deploy/haproxy.cfg, with three ports in place of Docker's names. Clients ask
by GET and ask once more if a connection ends or the balancer answers for a node that is gone.
"""

import asyncio
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.http_client import Client
from benchmarks.report import percentile, verdict
from tests.service_process import BUNDLED_MODELS, ROOT, ServiceProcess

NODES, CLIENTS, PAUSE, EVERY_SECONDS, PAUSED_SECONDS, STEADY_SECONDS = 3, 8, 0.01, 10, 4, 30
MODEL = "mnist-z2"


class Balancer(ServiceProcess):
    """HAProxy in front of nodes, ready when entered."""

    def __init__(self, nodes: list[ServiceProcess], folder: Path) -> None:
        """Write deploy/haproxy.cfg for nodes on ports of this machine."""
        super().__init__(folder)
        text = (ROOT / "deploy" / "haproxy.cfg").read_text()
        before, _, rest = text.partition("resolvers docker\n")
        rest = rest[rest.index("frontend") : rest.index("    server-template")]
        rest = rest.replace("bind :8080", f"bind 127.0.0.1:{self.port}")
        rest = rest.replace(" resolvers docker init-addr none", "")
        servers = (f"    server node{i} 127.0.0.1:{node.port}\n" for i, node in enumerate(nodes))
        self._file = folder / "haproxy.cfg"
        self._file.write_text(before + rest + "".join(servers))

    def command(self) -> list[str]:
        """Return what is run."""
        return ["haproxy", "-db", "-q", "-f", str(self._file)]


class Load:
    """Clients that decode, and what they got."""

    def __init__(self, port: int, model: str) -> None:
        """Take the balancer's port and a model."""
        self.port, self.model = port, model
        self.latencies: list[float] = []  # milliseconds
        self.failed: Counter[str] = Counter()
        self.retried = 0
        self.running = True

    async def client(self) -> None:
        """Ask until told to stop."""
        connection = Client(self.port)
        while self.running:
            z = f"{random.gauss(0, 1):.6f},{random.gauss(0, 1):.6f}"
            path = f"/v1/models/{self.model}/decode?z={z}"
            started = time.perf_counter()
            outcome = await self._ask(connection, path)
            if outcome != "200":
                self.retried += 1
                outcome = await self._ask(connection, path)
            if outcome == "200":
                self.latencies.append(1000 * (time.perf_counter() - started))
            else:
                self.failed[outcome] += 1
            await asyncio.sleep(PAUSE)

    async def _ask(self, connection: Client, path: str) -> str:
        try:
            return str((await connection.ask("GET", path)).status)
        except (OSError, asyncio.IncompleteReadError) as error:
            connection.close()
            return type(error).__name__


async def kill(node: ServiceProcess) -> None:
    """End a node as a power cut would, and start it again."""
    node.process.kill()
    node.process.wait()
    await asyncio.to_thread(node.start)


async def pause(node: ServiceProcess) -> None:
    """Freeze a node for some seconds."""
    node.process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(PAUSED_SECONDS)
    node.process.send_signal(signal.SIGCONT)


async def update(node: ServiceProcess) -> None:
    """Stop a node as an update does, and start it again."""
    await asyncio.to_thread(node.stop)
    await asyncio.to_thread(node.start)


FAULTS: tuple[Callable[[ServiceProcess], Awaitable[None]], ...] = (kill, pause, update)


async def measure(nodes: list[ServiceProcess], load: Load, minutes: float) -> int:
    """Load steadily, then break something every few seconds."""
    clients = [asyncio.create_task(load.client()) for _ in range(CLIENTS)]
    await asyncio.sleep(STEADY_SECONDS)
    steady, load.latencies = load.latencies, []
    end, faults = time.monotonic() + 60 * minutes, 0
    while time.monotonic() < end:
        began = time.monotonic()
        await FAULTS[faults % len(FAULTS)](nodes[faults // len(FAULTS) % NODES])
        faults += 1
        await asyncio.sleep(max(0, EVERY_SECONDS - (time.monotonic() - began)))
    load.running = False
    await asyncio.gather(*clients)
    before, during = percentile(steady, 0.99), percentile(load.latencies, 0.99)
    text = (
        f"chaos: {faults} faults in {minutes:g} min, {len(load.latencies)} answered, "
        f"{load.retried} asked again, {load.failed.total()} failed {dict(load.failed) or ''}; "
        f"p99 {before:.1f} -> {during:.1f} ms ({during / before:.1f} x), "
        f"slowest {percentile(load.latencies, 1):.0f} ms"
    )
    return verdict(not load.failed and during < 3 * before, text)


def main() -> int:
    """Start nodes and the balancer."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    store = BUNDLED_MODELS
    with ExitStack() as stack:
        nodes = [stack.enter_context(ServiceProcess(store, engine_threads=1)) for _ in range(NODES)]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        balancer = stack.enter_context(Balancer(nodes, folder))
        return asyncio.run(measure(nodes, Load(balancer.port, MODEL), minutes))


if __name__ == "__main__":
    sys.exit(main())
