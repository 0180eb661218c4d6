"""Export a run as one SavedModel that needs nothing but TensorFlow, with all that describes it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.manifest import CARD_FILE, GOLDEN_FILE, ITEMS_FILE, POINTS_FILE, Dataset, Manifest
from models.store import ModelId, Store
from training import likelihoods
from training.card import write_card
from training.checkpoint import LAST
from training.config import TrainConfig
from training.errors import TrainingError
from training.evaluate import (
    Evaluation,
    Measured,
    evaluate,
    measure,
    read_evaluation,
    trained_networks,
)
from training.networks import Networks
from training.objective import kl_per_dimension
from training.report.write import WITH_IMAGES, write_report
from training.runs import Run

GOLDEN_ITEMS: Final = 4
Arrays = dict[str, NDArray[Any]]


def export(run: Run, store: Store, *, with_images: bool = True, checkpoint: str = LAST) -> ModelId:
    """Publish a run as the next version of its model.

    Args:
        run: A fitted run; it is measured first if it has not been.
        store: Where to publish.
        with_images: Whether test images may be part of the model: thumbnails, and a figure.
        checkpoint: Which weights.

    Raises:
        RunInvalid: The run has no such checkpoint.
        TrainingError: The export computes something else than the network; nothing is published.
    """
    dataset = run.dataset()
    networks = trained_networks(run, checkpoint)
    if checkpoint != LAST or not (run.folder / "evaluation.json").exists():
        evaluate(run, checkpoint=checkpoint)
    evaluation = read_evaluation(run.folder)
    measured = measure(run.config, networks, dataset.test, len(dataset.labels))
    with store.stage(run.config.name) as stage:
        write_saved_model(run.config, networks, run.provenance.image_shape, stage)
        np.savez_compressed(stage / GOLDEN_FILE, allow_pickle=False, **golden_pair(run, stage))
        np.savez_compressed(
            stage / POINTS_FILE,
            z_mean=measured.z_mean,
            z_log_var=measured.z_log_var,
            label=dataset.test.labels,
            reconstruction=measured.reconstruction_at_mean,
        )
        if with_images:
            images = [dataset.test.images[indices] for indices in dataset.test.chunks()]
            np.savez_compressed(stage / ITEMS_FILE, images=np.concatenate(images))
        _check(run.config, networks, stage, measured)
        manifest = build_manifest(run, networks, evaluation)
        figures = copy_figures(run, stage, checkpoint, with_images=with_images)
        (stage / CARD_FILE).write_text(write_card(manifest, run.history(), figures))
        return store.publish(stage, manifest)


def copy_figures(run: Run, folder: Path, checkpoint: str, *, with_images: bool) -> list[str]:
    """Copy the report's pictures, drawn first if they have not been; return their names."""
    drawn = sorted((run.folder / "figures").glob("*.png"))
    if checkpoint != LAST or not drawn:
        drawn = write_report(run, checkpoint)
    chosen = [path for path in drawn if with_images or path.stem not in WITH_IMAGES]
    (folder / "figures").mkdir()
    for path in chosen:
        shutil.copy(path, folder / "figures")
    return [path.stem for path in chosen]


def write_saved_model(
    config: TrainConfig, networks: Networks, image_shape: tuple[int, int, int], folder: Path
) -> None:
    """Write the SavedModel with the contract's signatures.

    `add_endpoint` alone: `track` would store every weight twice (keras issue 23553).
    """
    archive = keras.export.ExportArchive()
    for name, (function, specification) in _signatures(config, networks, image_shape).items():
        archive.add_endpoint(name, function, specification)
    archive.write_out(str(folder), verbose=False)


def _signatures(
    config: TrainConfig, networks: Networks, image_shape: tuple[int, int, int]
) -> dict[str, tuple[Callable[..., dict[str, Any]], list[tf.TensorSpec]]]:
    image = [tf.TensorSpec((None, *image_shape), tf.uint8, name="image")]
    z = [tf.TensorSpec((None, config.latent_dim), tf.float32, name="z")]
    label = [tf.TensorSpec((None,), tf.int32, name="label")] if config.conditional else []
    classes = networks.encoder.input["label"].shape[-1] if config.conditional else 0
    negative_log_likelihood = likelihoods.negative_log_likelihood(config.likelihood, config.sigma)

    def inputs(label: Any) -> dict[str, Any]:
        return {} if label is None else {"label": tf.one_hot(label, classes)}

    def encode(image: Any, label: Any = None) -> dict[str, Any]:
        x = tf.cast(image, tf.float32) / 255
        z_mean, z_log_var = networks.encode({"x": x, **inputs(label)})
        return {"z_mean": z_mean, "z_log_var": z_log_var}

    def decode_mean(z: Any, label: Any = None) -> dict[str, Any]:
        return {"mean": likelihoods.mean(config.likelihood, networks.decode(z, inputs(label)))}

    def decode(z: Any, label: Any = None) -> dict[str, Any]:
        return {"image": _to_pixels(decode_mean(z, label)["mean"])}

    def reconstruct(image: Any, label: Any = None) -> dict[str, Any]:
        posterior = encode(image, label)
        parameters = networks.decode(posterior["z_mean"], inputs(label))
        kl = kl_per_dimension(posterior["z_mean"], posterior["z_log_var"])
        return {
            "image": _to_pixels(likelihoods.mean(config.likelihood, parameters)),
            **posterior,
            "reconstruction": negative_log_likelihood(tf.cast(image, tf.float32) / 255, parameters),
            "kl": tf.reduce_sum(kl, axis=-1),
        }

    return {
        "encode": (encode, image + label),
        "decode": (decode, z + label),
        "decode_mean": (decode_mean, z + label),
        "reconstruct": (reconstruct, image + label),
    }


def _to_pixels(mean: Any) -> Any:
    return tf.saturate_cast(tf.round(mean * 255), tf.uint8)


def golden_pair(run: Run, folder: Path) -> Arrays:
    """Compute a fixed input and its output for every signature of the written SavedModel.

    The images are gradients and noise, so that no image of the data set travels with the model.
    """
    height, width, channels = run.provenance.image_shape
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (GOLDEN_ITEMS, height, width, channels), dtype=np.uint8)
    images[0] = np.linspace(0, 255, width).astype(np.uint8)[None, :, None]
    images[1] = np.linspace(0, 255, height).astype(np.uint8)[:, None, None]
    z = random.standard_normal((GOLDEN_ITEMS, run.config.latent_dim)).astype(np.float32)
    given: Arrays = {"image": images, "z": z}
    if run.config.conditional:
        given["label"] = np.arange(GOLDEN_ITEMS, dtype=np.int32) % len(run.provenance.labels)
    arrays: Arrays = {}
    loaded = tf.saved_model.load(str(folder))
    for name, function in _contract(loaded):
        inputs = {key: given[key] for key in function.structured_input_signature[1]}
        outputs = function(**{key: tf.constant(value) for key, value in inputs.items()})
        arrays |= {f"{name}.in.{key}": value for key, value in inputs.items()}
        arrays |= {f"{name}.out.{key}": value.numpy() for key, value in outputs.items()}
    return arrays


def _contract(loaded: Any) -> Iterator[tuple[str, Any]]:
    """Yield the signatures but `serving_default`, which is the first one under a second name."""
    for name, function in loaded.signatures.items():
        if name != "serving_default":
            yield name, function


def _check(config: TrainConfig, networks: Networks, folder: Path, measured: Measured) -> None:
    """Refuse an export that decodes otherwise than the network in memory does."""
    if config.conditional:
        return  # its labels are not part of what was measured; the golden pair covers them
    z = measured.z_mean[:16]
    expected = np.asarray(likelihoods.mean(config.likelihood, networks.decode(z, {})))
    decode_mean = tf.saved_model.load(str(folder)).signatures["decode_mean"]
    difference = np.abs(decode_mean(z=tf.constant(z))["mean"].numpy() - expected).max()
    if not difference < 1e-5:  # noqa: PLR2004 - float32 sums in another order; not: NaN fails too
        raise TrainingError(f"the export decodes otherwise than the network, by {difference}")


def build_manifest(run: Run, networks: Networks, evaluation: Evaluation) -> Manifest:
    """Say what is exported; the store fills in version and files."""
    provenance = run.provenance
    return Manifest(
        name=run.config.name,
        version=1,
        created=datetime.now(UTC),
        image_shape=provenance.image_shape,
        latent_dim=run.config.latent_dim,
        likelihood=run.config.likelihood,
        binarisation=run.config.binarisation,
        conditional=run.config.conditional,
        beta=run.config.beta_in_nats(run.pixels),
        dataset=Dataset(
            name=provenance.dataset_name,
            sha256=provenance.dataset_sha256,
            train_items=provenance.train_items,
            test_items=provenance.test_items,
        ),
        labels=provenance.labels,
        training=run.config.model_dump(mode="json"),
        metrics=evaluation.metrics,
        parameters=networks.encoder.count_params() + networks.decoder.count_params(),
        kl_per_dimension=evaluation.kl_per_dimension,
        activity=evaluation.activity,
        active_units=evaluation.active_units,
        aggregate_posterior=evaluation.aggregate_posterior,
        pca=evaluation.pca,
        packages=provenance.packages,
        git_commit=provenance.git_commit,
    )
