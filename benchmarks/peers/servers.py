"""The servers: how each is started, and what it is."""

import sys
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.peers.server_process import ServerProcess
from benchmarks.peers.workload import LATENT_DIM, MODEL, SIDE
from tests.service_process import ROOT, free_port


class Server(NamedTuple):
    """A server of the comparison."""

    title: str
    environment: str = ""
    """Folder in .venv/peers; empty: this service, in the environment that runs the benchmark."""
    module: str = ""
    path: str = "/predict"
    """Where it answers; `{}` stands for the operation, decode or reconstruct."""
    env: tuple[tuple[str, str], ...] = ()
    pictures: bool = True
    """Whether its pictures are a model's."""

    def url(self, port: int, operation: str) -> str:
        """Return where it answers an operation."""
        return f"http://127.0.0.1:{port}{self.path.format(operation)}"


RAY: Final = (
    ("RAY_SERVE_ENABLE_HA_PROXY", "1"),
    ("RAY_SERVE_THROUGHPUT_OPTIMIZED", "1"),
    ("RAY_USAGE_STATS_ENABLED", "0"),
)
TWO_THREADS: Final = (("PEER_THREADS", "2"),)
TWO_WORKERS: Final = (("PEER_WORKERS", "2"),)
OPENVINO, TENSORFLOW = ((("ATLAS_ENGINE", name),) for name in ("openvino", "tensorflow"))
SERVERS: Final = {
    "ours": Server("this service, OpenVINO", path="/v1/{}", env=OPENVINO),
    "ours-tensorflow": Server("this service, TensorFlow", path="/v1/{}", env=TENSORFLOW),
    "newcomer": Server("newcomer's FastAPI", "fastapi", "newcomer", "/{}"),
    "litserve": Server("LitServe", "litserve", "litserve_"),
    "mosec": Server("Mosec", "mosec", "mosec_", env=TWO_THREADS),
    "mosec-workers": Server("Mosec, two workers", "mosec", "mosec_", env=TWO_WORKERS),
    "bentoml": Server("BentoML", "bentoml", "bentoml_"),
    "ray": Server("Ray Serve", "ray", "ray_", env=RAY),
    "constant": Server("limit: no model", "fastapi", "constant", pictures=False),
}


def process(server: Server, operation: str, store: Path, **variant: str) -> ServerProcess:
    """Return a server, not yet started; `variant`: threads, batch, wait of a peer."""
    port = free_port()
    url = server.url(port, operation)
    if not server.module:
        env = {"ATLAS_PORT": str(port), "ATLAS_STORE": str(store), **dict(server.env)}
        return ServerProcess([sys.executable, "-m", "app"], env, port, url)
    folder = ROOT / ".venv" / "peers" / server.environment / "bin"
    if not (folder / "python").exists():
        raise SystemExit(f"{folder} is missing: run benchmarks/peers/environment")
    env = {
        "PEER_PORT": str(port),
        "PEER_MODEL": str(MODEL),
        "PEER_LATENT_DIM": str(LATENT_DIM),
        "PEER_SIDE": str(SIDE),
        "PYTHONPATH": str(ROOT),
        "PATH": f"{folder}:/usr/bin:/bin",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        **{f"PEER_{key.upper()}": value for key, value in variant.items()},
        **dict(server.env),
    }
    module = f"benchmarks.peers.adapters.{server.module}"
    return ServerProcess([str(folder / "python"), "-m", module], env, port, url)
