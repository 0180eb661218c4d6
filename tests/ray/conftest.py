"""The service under Ray Serve, a replica on each of several nodes. Run by `make ray-test`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

ROOT = Path(__file__).parents[2]
NODES, PORT = 2, 8019
collect_ignore_glob = [] if os.environ.get("RAY_TEST") else ["*"]


@pytest.fixture(scope="session", name="nodes")
def _nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Start nodes, and the application of deploy/ray on them with an engine of NumPy."""
    import ray
    from ray import serve
    from ray.cluster_utils import Cluster

    from deploy.ray.atlas import Atlas
    from tests.api.linear_engine import load, publish

    store = tmp_path_factory.mktemp("ray") / "store"
    publish(store)
    environment = {"PYTHONPATH": str(ROOT), "ATLAS_STORE": str(store), "ATLAS_ENGINE_THREADS": "1"}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    for _ in range(NODES):
        cluster.add_node(num_cpus=1)
    ray.init(cluster.address, runtime_env={"env_vars": environment}, logging_level="error")
    try:
        serve.start(proxy_location="HeadOnly", http_options={"host": "127.0.0.1", "port": PORT})
        deployed = Atlas.options(  # type: ignore[attr-defined]  # Ray is untyped
            num_replicas=NODES, max_replicas_per_node=1
        )
        serve.run(deployed.bind(engines=[load]))
        yield
    finally:
        serve.shutdown()
        ray.shutdown()
        cluster.shutdown()


@pytest.fixture(name="client")
def _client(nodes: None) -> Iterator[Any]:  # noqa: ARG001
    """Return a client of Ray's proxy, with what the tests use of Starlette's."""
    with httpx2.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=60) as client:
        yield client
