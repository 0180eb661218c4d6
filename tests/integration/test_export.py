"""The export: small, whole, deterministic, and usable by a process that has no Keras."""

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from models.errors import GoldenMismatch
from models.items import ItemTable, open_items
from models.manifest import GOLDEN_FILE, MANIFEST_FILE, POINTS_FILE, SIGNATURES
from models.store import ModelId, Store
from training import export as exporting
from training.config import load_config
from training.errors import TrainingError
from training.export_options import ExportOptions
from training.fit import fit
from training.load_dataset import load_dataset
from training.networks import build_networks
from training.runs import open_run
from training.saved_model import write_saved_model
from training.verify import verify

# Runs in a process of its own: argv is the model's folder.
WITHOUT_KERAS = """
import sys
sys.modules["keras"] = None  # TensorFlow imports it when it is there; an attempt is an ImportError
import numpy as np
import tensorflow as tf

loaded = tf.saved_model.load(sys.argv[1])
golden = np.load(sys.argv[1] + "/golden.npz")
signatures = {name: f for name, f in loaded.signatures.items() if name != "serving_default"}
for name, function in signatures.items():
    given = {k.split(".")[2]: golden[k] for k in golden if k.startswith(name + ".in.")}
    wanted = {k.split(".")[2]: golden[k] for k in golden if k.startswith(name + ".out.")}
    for n in (1, 3, 256):
        repeats = -(-n // 4)
        batch = {k: tf.constant(np.concatenate([v] * repeats)[:n]) for k, v in given.items()}
        for key, value in function(**batch).items():
            expected = np.concatenate([wanted[key]] * repeats)[:n]
            assert value.dtype.as_numpy_dtype == expected.dtype, (name, key)
            assert np.allclose(
                value.numpy().astype("f8"), expected, rtol=1e-5, atol=int(expected.dtype == "u1")
            ), (name, key, n)
assert not [m for m in sys.modules if m.startswith("keras.")], "keras was imported"
print(*sorted(signatures))
"""


@pytest.fixture(name="folder")
def _folder(tiny_store: Path) -> Path:
    return Store(tiny_store).folder(ModelId("digits-z2", 1))


def open_table(folder: Path, items: int) -> ItemTable:
    """Open the items of a version that must have some."""
    table = open_items(folder, items)
    assert table is not None
    return table


def test_every_weight_is_stored_once(folder: Path) -> None:
    """The variables take at most a tenth more than 4 bytes a parameter."""
    parameters = Store(folder.parent.parent).manifest(ModelId("digits-z2", 1)).parameters

    size = sum(path.stat().st_size for path in (folder / "variables").iterdir())

    assert 4 * parameters <= size <= 1.1 * 4 * parameters


def test_there_is_no_random_state(folder: Path) -> None:
    """The variables are the weights, float32, and nothing that a call could change."""
    reader = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
    shapes = {k: v for k, v in reader.get_variable_to_shape_map().items() if "VARIABLE" in k}
    dtypes = {reader.get_variable_to_dtype_map()[key] for key in shapes}
    parameters = Store(folder.parent.parent).manifest(ModelId("digits-z2", 1)).parameters

    assert sum(int(np.prod(shape)) for shape in shapes.values()) == parameters
    assert dtypes == {tf.float32}
    graph = (folder / "saved_model.pb").read_bytes().lower()
    assert not [
        word for word in (b"seed_generator", b"randomnormal", b"stateless") if word in graph
    ]


def test_a_process_without_keras_serves_every_signature(folder: Path) -> None:
    """Batches of 1, 3 and 256 reproduce the golden pair where Keras cannot be imported."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_KERAS, folder],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == sorted(SIGNATURES)


def test_signatures_are_the_contracts(folder: Path) -> None:
    """Names, inputs and outputs are those that `models.manifest` lists."""
    loaded = tf.saved_model.load(str(folder))

    for name, (inputs, outputs) in SIGNATURES.items():
        function = loaded.signatures[name]
        assert tuple(function.structured_input_signature[1]) == inputs
        assert set(function.structured_outputs) == set(outputs)


def test_the_export_computes_what_the_run_does(folder: Path, tiny_run: Path) -> None:
    """Signatures and networks agree on real images: z, pixels, and both losses in nats."""
    from training.evaluate import trained_networks
    from training.likelihoods import mean, negative_log_likelihood
    from training.objective import kl_per_dimension

    run = open_run(tiny_run)
    networks, images = trained_networks(run), run.dataset().test.images[np.arange(9)]
    loaded = tf.saved_model.load(str(folder))

    outputs = {k: v.numpy() for k, v in loaded.signatures["reconstruct"](image=images).items()}

    x = images.astype(np.float32) / 255
    z_mean, z_log_var = networks.encode({"x": x})
    logits = networks.decode(z_mean, {})
    reconstruction = negative_log_likelihood("bernoulli", 1.0)(x, logits)
    kl = np.sum(kl_per_dimension(z_mean, z_log_var), axis=-1)
    np.testing.assert_allclose(outputs["z_mean"], z_mean, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(outputs["z_log_var"], z_log_var, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(outputs["reconstruction"], reconstruction, rtol=1e-5)
    np.testing.assert_allclose(outputs["kl"], kl, rtol=1e-5, atol=1e-5)
    pixels = np.round(np.asarray(mean("bernoulli", logits)) * 255)
    assert np.abs(outputs["image"].astype(int) - pixels).max() <= 1


def test_what_is_said_of_the_model_is_true(folder: Path, tiny_run: Path) -> None:
    """Manifest and points are those of the run; the manifest is a configuration again."""
    run = open_run(tiny_run)
    manifest = verify(Store(folder.parent.parent), ModelId("digits-z2", 1))
    test = run.dataset().test

    assert manifest.dataset.sha256 == run.provenance.dataset_sha256
    assert manifest.image_shape == (8, 8, 1)
    assert manifest.metrics == json.loads((tiny_run / "evaluation.json").read_text())["metrics"]
    assert load_config(str(folder / MANIFEST_FILE)) == run.config
    with np.load(folder / POINTS_FILE) as points:
        np.testing.assert_array_equal(points["label"], test.labels)
        assert points["z_mean"].shape == points["z_log_var"].shape == (len(test), 2)
        np.testing.assert_allclose(
            points["z_mean"].mean(axis=0), manifest.aggregate_posterior.mean, rtol=1e-4
        )
        losses = points["reconstruction"]
    table = open_table(folder, len(test))
    assert set(table.values("split")) == {"test"}
    assert table.values("label") == test.labels.tolist()
    assert (set(table.values("path")), set(table.values("width"))) == ({None}, {8})
    np.testing.assert_allclose(np.array(table.values("reconstruction")), losses)
    assert np.array(table.values("kl")).mean() == pytest.approx(manifest.metrics["kl"], rel=1e-5)
    shown = [
        np.asarray(Image.open(io.BytesIO(table.thumbnail(i) or b""))) for i in range(len(test))
    ]
    np.testing.assert_array_equal(np.stack(shown)[..., None], test.images)


def test_exporting_again_is_the_next_version(tiny_run: Path, tmp_path: Path) -> None:
    """Two exports of a run are versions 1 and 2, and answer bit for bit the same."""
    store = Store(tmp_path)

    first, second = (exporting.export(open_run(tiny_run), store) for _ in range(2))

    assert (first.version, second.version) == (1, 2)
    with (
        np.load(store.folder(first) / GOLDEN_FILE) as one,
        np.load(store.folder(second) / GOLDEN_FILE) as other,
    ):
        assert all((one[key] == other[key]).all() for key in one)


def test_without_images_no_image_travels(tiny_run: Path, tmp_path: Path) -> None:
    """`--without-images` leaves no image of the data set in any array, nor a figure of one."""
    from training.report.write import FIGURES, WITH_IMAGES

    store, run = Store(tmp_path), open_run(tiny_run)

    folder = store.folder(exporting.export(run, store, options=ExportOptions(images=False)))

    dataset = run.dataset()
    known = {
        image.tobytes()
        for split in (dataset.train, dataset.test)
        for indices in split.chunks()
        for image in split.images[indices]
    }
    assert open_table(folder, len(dataset.test)).thumbnail(0) is None
    for path in folder.rglob("*.npz"):
        with np.load(path) as arrays:
            for array in arrays.values():
                assert not known & {item.tobytes() for item in array}, path
    assert {"reconstructions", "samples"} == WITH_IMAGES
    assert {path.stem for path in folder.rglob("figures/*")} == set(FIGURES) - WITH_IMAGES
    card = (folder / "card.md").read_text()
    assert not [name for name in WITH_IMAGES if f"figures/{name}" in card]


def left_behind(store: Store) -> list[Path]:
    """List everything in a store, hidden or not."""
    return list(store.root.rglob("*"))


@pytest.mark.parametrize("step", ["write_saved_model", "write_golden", "write_card"])
def test_a_failed_export_leaves_nothing(
    step: str, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever an export breaks off, the store is as it was: nothing half-written is in it."""

    def fail(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(exporting, step, fail)

    with pytest.raises((TrainingError, OSError), match="No space left"):
        exporting.export(open_run(tiny_run), Store(tmp_path))

    assert left_behind(Store(tmp_path)) == []


def test_an_export_of_other_weights_is_refused(
    tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written is compared with the network; a difference is not published."""
    run = open_run(tiny_run)

    def write_other(config: Any, manifest: Any, _: Any, folder: Path) -> None:
        other = config.model_copy(update={"seed": 99})
        untrained = build_networks(other, manifest.image_shape, len(manifest.labels))
        write_saved_model(config, manifest, untrained, folder)

    monkeypatch.setattr(exporting, "write_saved_model", write_other)

    with pytest.raises(TrainingError, match="decodes otherwise than the network"):
        exporting.export(run, Store(tmp_path))

    assert left_behind(Store(tmp_path)) == []


def test_verify_asks_the_golden_pair(tiny_run: Path, tmp_path: Path) -> None:
    """A model whose files are as listed, but which answers otherwise, is not sound."""
    store, run = Store(tmp_path), open_run(tiny_run)
    folder = store.folder(exporting.export(run, store))
    with np.load(folder / GOLDEN_FILE) as golden:
        arrays = dict(golden)
    arrays["decode_mean.out.mean"] = arrays["decode_mean.out.mean"] + 0.1
    np.savez(folder / GOLDEN_FILE, allow_pickle=False, **arrays)
    manifest = store.manifest(ModelId("digits-z2", 1))
    model = store.publish(folder, manifest)  # lists the changed file, as its next version

    with pytest.raises(GoldenMismatch, match=r"decode_mean\.mean differs from .* golden"):
        verify(store, model)


def test_a_conditional_model_takes_labels(tmp_path: Path) -> None:
    """Each signature of a conditional model has `label`, and its golden pair as well."""
    config = load_config(
        "digits-z2",
        ["conditional=true", "epochs=1", "likelihood=gaussian_learned", "validation_items=100"],
    )
    run = fit(config, None, load_dataset(config), tmp_path / "run")
    store = Store(tmp_path / "store")

    model = exporting.export(run, store)

    assert verify(store, model).conditional
    loaded = tf.saved_model.load(str(store.folder(model)))
    decode = loaded.signatures["decode_mean"]
    z = tf.zeros((2, 2))
    zero, one = (decode(z=z, label=tf.constant([i, i]))["mean"].numpy() for i in (0, 1))
    assert zero.shape == (2, 8, 8, 1)
    assert (zero != one).any()
