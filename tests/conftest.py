"""What all rings share: a tiny model, really trained on scikit-learn's digits and exported."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings

DIGITS_EPOCHS = 20

# No example has a time to keep, and CI tries the same examples each time; a person's run looks on.
settings.register_profile("atlas", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("atlas")


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fit `digits-z2` for some epochs and return the run's folder."""
    from training.config import load_config
    from training.datasets import load_dataset
    from training.fit import fit

    config = load_config("digits-z2", [f"epochs={DIGITS_EPOCHS}"])
    folder = tmp_path_factory.mktemp("runs") / "digits-z2"
    return fit(config, None, load_dataset(config), folder).folder


@pytest.fixture(scope="session")
def tiny_store(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export `tiny_run` as `digits-z2@1` and return the store's folder."""
    from models.store import Store
    from training.export import export
    from training.runs import open_run

    root = tmp_path_factory.mktemp("store")
    export(open_run(tiny_run), Store(root))
    return root


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
