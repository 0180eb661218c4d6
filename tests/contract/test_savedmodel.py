"""The real engine on a model that was really trained and exported."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.engine import Array
from app.golden import check_golden, read_golden
from app.savedmodel import SavedModel, SignatureInvalid
from models.manifest import Manifest
from models.store import Store


@pytest.fixture(scope="module")
def folder(tiny_store: Path) -> Path:
    """Return the exported model's folder."""
    store = Store(tiny_store)
    return store.folder(store.ids()[0])


@pytest.fixture(scope="module")
def manifest(tiny_store: Path) -> Manifest:
    """Return the exported model's manifest."""
    store = Store(tiny_store)
    return store.manifest(store.ids()[0])


@pytest.fixture(scope="module")
def engine(folder: Path, manifest: Manifest) -> Iterator[SavedModel]:
    """Return the loaded engine."""
    found = SavedModel(folder, manifest)
    yield found
    found.close()


def inputs(signature: str, n: int, manifest: Manifest) -> dict[str, Array]:
    """Draw inputs of a signature."""
    random = np.random.default_rng(n)
    if signature.startswith("decode"):
        return {"z": random.standard_normal((n, manifest.latent_dim), np.float32)}
    return {"image": random.integers(0, 256, (n, *manifest.image_shape), np.uint8)}


def test_the_golden_pair_is_reproduced(engine: SavedModel, folder: Path) -> None:
    """What was computed at export is computed again."""
    check_golden(engine, read_golden(folder))


@pytest.mark.parametrize("signature", ["encode", "decode", "decode_mean", "reconstruct"])
def test_an_item_does_not_depend_on_its_neighbours(
    engine: SavedModel, manifest: Manifest, signature: str
) -> None:
    """Alone, or in a batch of any size: the same bits."""
    arrays = inputs(signature, 33, manifest)
    alone = [engine.run(signature, {k: v[i : i + 1] for k, v in arrays.items()}) for i in range(33)]
    for size in (2, 3, 7, 32, 33):
        together = engine.run(signature, {k: v[:size] for k, v in arrays.items()})
        for name in together.keys() - {"kl"}:  # the service sums KL itself
            values = together[name]
            single = np.concatenate([a[name] for a in alone[:size]])
            assert (values == single).all(), f"{signature}.{name} in a batch of {size}"


def test_a_model_with_other_signatures_is_refused(folder: Path, manifest: Manifest) -> None:
    """A manifest that promises a label which the graph does not take is a mistake of export."""
    with pytest.raises(SignatureInvalid, match="label"):
        SavedModel(folder, manifest.model_copy(update={"conditional": True}))


def test_serving_never_imports_keras(tiny_store: Path) -> None:
    """A process that loads and runs the model has no Keras in it."""
    program = (
        "import sys, numpy as np; from pathlib import Path; from models.store import Store;"
        "from app.__main__ import load_engine; store = Store(Path(sys.argv[1]));"
        "[model] = store.ids(); manifest = store.manifest(model);"
        "engine = load_engine(store.folder(model), manifest);"
        "engine.run('decode', {'z': np.zeros((3, manifest.latent_dim), np.float32)});"
        "loaded = {name.partition('.')[0] for name, m in sys.modules.items() if m};"
        "assert not loaded & {'keras', 'tf_keras'}"
    )
    subprocess.run(
        [sys.executable, "-c", program, tiny_store],
        check=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
    )
