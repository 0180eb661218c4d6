"""Three Ray nodes on this machine: what clients see while one is killed, paused, or updated.

    python -m benchmarks.scaling.ray_faults        (in an environment with requirements/ray.txt)

The application is deploy/ray's, a replica a node; clients ask Ray's proxy on the head node, and
ask once more where the answer is not a 200.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import ray
import yaml
from ray import serve
from ray.cluster_utils import Cluster

from benchmarks.report import percentile, verdict
from benchmarks.scaling.haproxy_faults import Load
from benchmarks.service.model_reloads import copy_version
from models.store import ModelId, Store
from tests.service_process import BUNDLED_MODELS, ROOT

MODEL = "mnist-z2"
NODES, CLIENTS, PORT, DASHBOARD = 3, 8, 8017, 8018
SCALING = {
    "min_replicas": 1,
    "max_replicas": NODES,
    "target_ongoing_requests": 2,
    "upscale_delay_s": 3,
    "downscale_delay_s": 10,
}
STEADY_SECONDS, PAUSED_SECONDS, SETTLED_SECONDS, READY_SECONDS = 20, 5, 3, 180


class Nodes:
    """A head without replicas, and nodes for one replica each."""

    def __init__(self, folder: Path) -> None:
        """Start them; replicas read the store in the folder."""
        self.folder = folder
        self.store = folder / "store"
        head = {"num_cpus": 0, "include_dashboard": True, "dashboard_port": DASHBOARD}
        self.cluster = Cluster(initialize_head=True, head_node_args=head)
        self.nodes = [self.cluster.add_node(num_cpus=1) for _ in range(NODES)]
        ray.init(self.cluster.address, log_to_driver=False, logging_level="error")

    def deploy(self, scaling: dict[str, int] | None = None, **variables: str) -> None:
        """Deploy deploy/ray/serve.yaml with a store of our own; a replica a node, or as needed."""
        config = yaml.safe_load((ROOT / "deploy" / "ray" / "serve.yaml").read_text())
        config |= {"proxy_location": "HeadOnly"}  # three proxies cannot share this machine's port
        config["http_options"] |= {"host": "127.0.0.1", "port": PORT}
        [deployment] = config["applications"][0]["deployments"]
        if scaling:
            deployment["autoscaling_config"] |= scaling
        else:
            deployment |= {"num_replicas": NODES, "max_replicas_per_node": 1}
            del deployment["autoscaling_config"]
        environment = deployment["ray_actor_options"]["runtime_env"]["env_vars"]
        environment |= {"ATLAS_STORE": str(self.store), **variables}
        config["applications"][0]["runtime_env"] = {"env_vars": {"PYTHONPATH": str(ROOT)}}
        file = self.folder / "serve.yaml"
        file.write_text(yaml.safe_dump(config))
        command = [str(Path(sys.executable).with_name("serve")), "deploy", str(file)]
        address = f"http://127.0.0.1:{DASHBOARD}"
        subprocess.run([*command, "-a", address], check=True, stdout=subprocess.DEVNULL)

    def wait_for_replicas(self, replicas: int = NODES) -> None:
        """Wait until so many replicas run, and no other."""
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            application = serve.status().applications.get("vae-atlas")
            atlas = application and application.deployments.get("Atlas")
            running = atlas and application.status == "RUNNING"
            if running and atlas.replica_states == {"RUNNING": replicas}:
                return
            time.sleep(0.5)
        raise TimeoutError(f"not complete after {READY_SECONDS} s: {serve.status()}")

    def kill(self) -> None:
        """End a node and everything on it, then add another."""
        self.cluster.remove_node(self.nodes.pop(), allow_graceful=False)
        self.nodes.append(self.cluster.add_node(num_cpus=1))

    def pause(self) -> None:
        """Freeze a node and everything on it for some seconds."""
        raylet = self.nodes[0].all_processes["raylet"][0].process.pid
        frozen = family(raylet)
        for process in frozen:
            os.kill(process, signal.SIGSTOP)
        time.sleep(PAUSED_SECONDS)
        for process in frozen:
            os.kill(process, signal.SIGCONT)

    def roll_the_model(self) -> None:
        """Publish a model's next version and remove the one before."""
        store = Store(self.store)
        copy_version(store, ModelId(MODEL, 1))
        time.sleep(2 * STEADY_SECONDS / 3)

    def roll_the_application(self) -> None:
        """Deploy with another setting: Ray replaces replica by replica."""
        self.deploy(ATLAS_MAX_BATCH="16")

    def close(self) -> None:
        """End all of it."""
        serve.shutdown()
        ray.shutdown()
        self.cluster.shutdown()


def family(process: int) -> list[int]:
    """Return a process and all that it has started, by their ids."""
    files = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for file in files for child in file.read_text().split()]
    return [process, *(one for child in children for one in family(child))]


async def decode(load: Load) -> None:
    """Let clients decode until told to stop."""
    await asyncio.gather(*(load.client() for _ in range(CLIENTS)))


def phase(load: Load, nodes: Nodes, name: str, act: Callable[[], None]) -> bool:
    """Do something under load, and say what clients saw."""
    load.latencies, load.failed, load.retried = [], Counter(), 0
    act()
    nodes.wait_for_replicas()
    time.sleep(SETTLED_SECONDS)
    verdict(
        not load.failed,
        f"ray, {name}: {len(load.latencies)} answered, {load.retried} asked again, "
        f"{load.failed.total()} failed {dict(load.failed) or ''}; p99 "
        f"{percentile(load.latencies, 0.99):.1f} ms, slowest "
        f"{percentile(load.latencies, 1):.0f} ms",
    )
    return not load.failed


def started(load: Load) -> threading.Thread:
    """Let the clients begin, in a thread."""
    clients = threading.Thread(target=asyncio.run, args=(decode(load),))
    clients.start()
    return clients


def scale(nodes: Nodes) -> bool:
    """Begin with one replica, and see whether load brings others and takes them away again."""
    nodes.deploy(SCALING)
    nodes.wait_for_replicas(1)
    load = Load(PORT, MODEL)
    began, clients = time.monotonic(), started(load)
    try:
        nodes.wait_for_replicas(NODES)
        up = time.monotonic() - began
        time.sleep(SETTLED_SECONDS)
    finally:
        load.running = False
        clients.join()
    began = time.monotonic()
    nodes.wait_for_replicas(1)
    down = time.monotonic() - began
    verdict(
        not load.failed,
        f"ray, scaled from 1 to {NODES} replicas after {up:.0f} s of load, and back after "
        f"{down:.0f} s without: {len(load.latencies)} answered, {load.failed.total()} failed",
    )
    return not load.failed


def measure(nodes: Nodes) -> int:
    """Run the phases."""
    nodes.deploy()
    nodes.wait_for_replicas()
    load = Load(PORT, MODEL)
    clients = started(load)
    phases = {
        "steady": lambda: time.sleep(STEADY_SECONDS),
        "a node killed": nodes.kill,
        "a node paused": nodes.pause,
        "a model's version rolled": nodes.roll_the_model,
        "the application rolled": nodes.roll_the_application,
    }
    try:
        good = [phase(load, nodes, name, act) for name, act in phases.items()]
    finally:
        load.running = False
        clients.join()
    return 0 if all(good) and scale(nodes) else 1


def main() -> int:
    """Copy the bundled models, start nodes, and measure."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        shutil.copytree(BUNDLED_MODELS, folder / "store")
        nodes = Nodes(folder)
        stack.callback(nodes.close)
        return measure(nodes)


if __name__ == "__main__":
    sys.exit(main())
