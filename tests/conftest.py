"""What all rings share: a tiny model, really trained on scikit-learn's digits and exported."""

import os
from pathlib import Path

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
