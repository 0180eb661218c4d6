"""What all tests share: a tiny model, really trained on scikit-learn's digits and exported.

What a folder of tests needs says where a test belongs:

- `unit`: one module at a time, without a service or a training;
- `api`: the service over HTTP, around a model of NumPy that computes in an instant;
- `integration`: real training, exports, engines and processes;
- `browser`: the page in a real Chromium, before the real service;
- `hostile`: the real service under requests and clients that mean harm;
- `docker`, `ray`: containers and Ray Serve; `make docker-test` and `make ray-test` run them;
- this folder: documents and files of deployment, and whether they are true.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings

from tests.once import once

DIGITS_EPOCHS = 10

# Each of the processes that run tests side by side computes on one thread.
for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

for name in [name for name in os.environ if name.startswith("ATLAS_")]:
    del os.environ[name]  # the settings of whoever runs the tests are not theirs

# No example has a time to keep, and CI tries the same examples each time; a person's run looks on.
settings.register_profile("atlas", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("atlas")


@pytest.fixture(scope="session")
def _tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fit `digits-z2` for some epochs and export it; return the folder of `run` and `store`."""

    def write(folder: Path) -> None:
        from models.store import Store
        from training.config import load_config
        from training.export import export
        from training.fit import fit
        from training.load_dataset import load_dataset

        config = load_config("digits-z2", [f"epochs={DIGITS_EPOCHS}"])
        export(fit(config, None, load_dataset(config), folder / "run"), Store(folder / "store"))

    return once(tmp_path_factory, "tiny", write)


@pytest.fixture(scope="session")
def tiny_run(_tiny: Path) -> Path:
    """Return the folder of a trained run of `digits-z2`."""
    return _tiny / "run"


@pytest.fixture(scope="session")
def tiny_store(_tiny: Path) -> Iterator[Path]:
    """Give the folder of a store that holds `tiny_run` as `digits-z2@1`; all tests share it."""
    yield _tiny / "store"
    there = sorted(str(path.relative_to(_tiny)) for path in _tiny.glob("store/*/*"))
    assert there == ["store/digits-z2/1"], "a test has published in the store that all share"


@pytest.fixture(scope="session")
def s3() -> Iterator[Any]:
    """Start an S3 on 127.0.0.1."""
    from tests.s3_server import S3

    server = S3()
    yield server
    server.stop()


@pytest.fixture
def bucket(s3: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Return an empty bucket, to which the environment leads; copies go below `tmp_path`."""
    from tests.s3_server import Bucket

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    variables = {
        "AWS_ENDPOINT_URL_S3": s3.url,
        "AWS_ACCESS_KEY_ID": "key-of-a-test",
        "AWS_SECRET_ACCESS_KEY": "secret-of-a-test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Bucket(s3, f"bucket-{uuid4().hex}")
