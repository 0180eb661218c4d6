"""The servers: how each is started, and what it is."""

import sys
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.peers.process import ROOT, Process, free_port
from benchmarks.peers.work import LATENT_DIM, SIDE

MODEL: Final = ROOT / "models" / "exports" / "mnist-z12" / "1"


class Row(NamedTuple):
    """A server of the comparison."""

    title: str
    environment: str = ""
    """Folder in .venv/peers; empty: this service, in the environment that runs the benchmark."""
    module: str = ""
    paths: tuple[str, str] = ("/predict", "/predict")
    """Where it decodes, and where it reconstructs."""
    env: tuple[tuple[str, str], ...] = ()
    pictures: bool = True
    """Whether its pictures are a model's."""


RAY: Final = (
    ("RAY_SERVE_ENABLE_HA_PROXY", "1"),
    ("RAY_SERVE_THROUGHPUT_OPTIMIZED", "1"),
    ("RAY_USAGE_STATS_ENABLED", "0"),
)
TWO_THREADS: Final = (("PEER_THREADS", "2"),)
OURS: Final = ("/v1/decode", "/v1/reconstruct")
ROWS: Final = {
    "ours": Row("this service, OpenVINO", paths=OURS, env=(("ATLAS_ENGINE", "openvino"),)),
    "ours-tensorflow": Row(
        "this service, TensorFlow", paths=OURS, env=(("ATLAS_ENGINE", "tensorflow"),)
    ),
    "newcomer": Row("newcomer's FastAPI", "fastapi", "newcomer", ("/decode", "/reconstruct")),
    "litserve": Row("LitServe", "litserve", "litserve_"),
    "mosec": Row("Mosec", "mosec", "mosec_", env=TWO_THREADS),
    "mosec-workers": Row("Mosec, two workers", "mosec", "mosec_", env=(("PEER_WORKERS", "2"),)),
    "bentoml": Row("BentoML", "bentoml", "bentoml_"),
    "ray": Row("Ray Serve", "ray", "ray_", env=RAY),
    "constant": Row("limit: no model", "fastapi", "constant", pictures=False),
}


def process(row: Row, verb: str, store: Path, **variant: str) -> Process:
    """Return a row's server, not yet started; `variant`: threads, batch, wait of a peer."""
    port = free_port()
    url = f"http://127.0.0.1:{port}{row.paths[verb == 'reconstruct']}"
    if not row.module:
        env = {"ATLAS_PORT": str(port), "ATLAS_STORE": str(store), **dict(row.env)}
        return Process([sys.executable, "-m", "app"], env, url)
    folder = ROOT / ".venv" / "peers" / row.environment / "bin"
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
        **dict(row.env),
    }
    module = f"benchmarks.peers.adapters.{row.module}"
    return Process([str(folder / "python"), "-m", module], env, url)
