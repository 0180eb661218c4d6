"""The real engines on a model that was really trained and exported."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from app.arrays import Array
from app.engines import select as engines
from app.engines.base import Engine, LoadEngine
from app.engines.saved_model_file import SignatureInvalid
from app.engines.select import (
    choose_engines,
    load_openvino,
    load_openvino_for_one_thread,
    load_tensorflow,
)
from models.golden import check_golden, read_golden, write_golden
from models.manifest import Likelihood, Manifest
from models.store import Store
from tests.integration.training_step import small_config
from tests.unit.example_manifests import example_manifest
from training.networks import build_networks
from training.saved_model import load_saved_model, write_saved_model


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


@pytest.fixture(
    scope="module", params=[load_tensorflow, load_openvino, load_openvino_for_one_thread]
)
def engine(request: pytest.FixtureRequest, folder: Path, manifest: Manifest) -> Iterator[Engine]:
    """Return the loaded engine, each in turn."""
    found = request.param(folder, manifest)
    yield found
    found.close()


def inputs(signature: str, n: int, manifest: Manifest) -> dict[str, Array]:
    """Draw inputs of a signature."""
    random = np.random.default_rng(n)
    if signature.startswith("decode"):
        return {"z": random.standard_normal((n, manifest.latent_dim), np.float32)}
    return {"image": random.integers(0, 256, (n, *manifest.image_shape), np.uint8)}


def test_the_golden_pair_is_reproduced(engine: Engine, folder: Path, manifest: Manifest) -> None:
    """What was computed at export is computed again."""
    check_golden(engine.run, read_golden(folder, manifest))


@pytest.mark.parametrize("signature", ["encode", "decode", "decode_mean", "reconstruct"])
def test_an_item_does_not_depend_on_its_neighbours(
    engine: Engine, manifest: Manifest, signature: str
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


def test_threads_compute_side_by_side(engine: Engine, manifest: Manifest) -> None:
    """Several threads at once get what one gets, from inputs that they may not write to."""
    arrays = inputs("reconstruct", 16, manifest)
    arrays["image"].flags.writeable = False
    alone = engine.run("reconstruct", arrays)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: engine.run("reconstruct", arrays), range(32)))
    assert all((run[name] == alone[name]).all() for run in found for name in alone)


@pytest.mark.parametrize("likelihood", get_args(Likelihood))
def test_a_model_of_any_likelihood_is_served(likelihood: Likelihood, tmp_path: Path) -> None:
    """Both engines give what was computed at export, in colour, and pixels are of 0…1."""
    config = small_config(likelihood=likelihood, latent_dim=2)
    shape = (8, 12, 3)
    manifest = example_manifest(likelihood=likelihood, image_shape=shape)
    write_saved_model(config, manifest, build_networks(config, shape, 0), tmp_path)
    write_golden(tmp_path, manifest, load_saved_model(tmp_path))

    for load in (load_tensorflow, load_openvino):
        engine = load(tmp_path, manifest)
        check_golden(engine.run, read_golden(tmp_path, manifest))
        mean = engine.run("decode_mean", inputs("decode_mean", 9, manifest))["mean"]
        assert mean.shape == (9, *shape)
        assert ((mean >= 0) & (mean <= 1)).all()
        engine.close()


@pytest.mark.parametrize(
    "network",
    [
        {
            "network": "residual",
            "encoder_strides": (2, 2, 1),
            "decoder_strides": (1, 2, 2),
            "blocks": (0, 1, 1),
            "activation": "silu",
        },
        {"network": "dense", "units": 16, "blocks": (1,)},
    ],
    ids=["residual", "dense"],
)
@pytest.mark.parametrize("load", [load_tensorflow, load_openvino])
def test_a_model_of_any_network_is_served(
    load: LoadEngine, network: dict[str, Any], tmp_path: Path
) -> None:
    """An image's result is what was computed at export, and the same bits in any batch."""
    config = small_config(likelihood="gaussian_learned", latent_dim=2, **network)
    shape = (8, 12, 3)
    manifest = example_manifest(likelihood="gaussian_learned", image_shape=shape)
    write_saved_model(config, manifest, build_networks(config, shape, 0), tmp_path)
    write_golden(tmp_path, manifest, load_saved_model(tmp_path))
    engine = load(tmp_path, manifest)
    check_golden(engine.run, read_golden(tmp_path, manifest))
    z = inputs("decode", 9, manifest)["z"]

    together = engine.run("decode", {"z": z})["image"]

    alone = [engine.run("decode", {"z": z[i : i + 1]})["image"] for i in range(9)]
    np.testing.assert_array_equal(together, np.concatenate(alone))
    engine.close()


@pytest.mark.parametrize("load", [load_tensorflow, load_openvino])
def test_a_model_with_other_signatures_is_refused(
    load: LoadEngine, folder: Path, manifest: Manifest
) -> None:
    """A manifest that promises a label which the graph does not take is a mistake of export."""
    with pytest.raises(SignatureInvalid, match="label"):
        load(folder, manifest.model_copy(update={"conditional": True}))


def test_which_engines_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` tries OpenVINO before TensorFlow where it is installed, and goes without elsewhere."""
    assert choose_engines("auto") == (load_openvino, load_tensorflow)
    assert choose_engines("openvino") == (load_openvino,)
    assert choose_engines("auto", threads=1) == (load_openvino_for_one_thread, load_tensorflow)
    assert choose_engines("tensorflow") == (load_tensorflow,)
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    assert choose_engines("auto") == (load_tensorflow,)


def test_an_engine_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for OpenVINO without having it is told how to."""
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    with pytest.raises(ValueError, match="EXTRAS=openvino"):
        choose_engines("openvino")


@pytest.mark.parametrize("name", ["tensorflow", "openvino"])
def test_serving_never_imports_keras(tiny_store: Path, name: str) -> None:
    """A process that loads and runs the model has no Keras in it; with OpenVINO no TensorFlow."""
    program = (
        "import sys, numpy as np; from pathlib import Path; from models.store import Store;"
        "from app.engines.select import choose_engines; store = Store(Path(sys.argv[1]));"
        "[load_engine] = choose_engines(sys.argv[2]);"
        "[model] = store.ids(); manifest = store.manifest(model);"
        "engine = load_engine(store.folder(model), manifest);"
        "engine.run('decode', {'z': np.zeros((3, manifest.latent_dim), np.float32)});"
        "loaded = {name.partition('.')[0] for name, m in sys.modules.items() if m};"
        "assert not loaded & {'keras', 'tf_keras'};"
        "assert ('tensorflow' in loaded) == (sys.argv[2] == 'tensorflow')"
    )
    subprocess.run(
        [sys.executable, "-c", program, tiny_store, name],
        check=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
    )
