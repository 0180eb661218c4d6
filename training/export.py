"""Export a run as one SavedModel that needs nothing but TensorFlow, with all that describes it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from models.golden import RunSignature, write_golden
from models.items import Side
from models.manifest import CARD_FILE, PRIOR_FILE, Dataset, Manifest
from models.store import ModelId, Store
from training import likelihoods
from training.chart import write_chart
from training.checkpoint import saved_step
from training.config import DEFAULT_CHECKPOINT, CheckpointName, TrainConfig
from training.dataset import Dataset as Data
from training.dataset import Split
from training.errors import TrainingError
from training.evaluate import (
    FIGURES_FOLDER,
    Evaluation,
    Measured,
    evaluated,
    measure,
    trained_networks,
)
from training.export_options import ExportOptions
from training.item_table import write_item_files
from training.model_card import write_card
from training.model_name import check_name
from training.networks import Networks
from training.next_command import python_command
from training.report.write import WITH_IMAGES, write_report
from training.run_prior import prior_of_run
from training.runs import Run
from training.saved_model import load_saved_model, write_saved_model

DEFAULT_OPTIONS: Final = ExportOptions()
QUALITY: Final = 85  # of WebP, 0 to 100


def export(
    run: Run,
    store: Store,
    *,
    options: ExportOptions = DEFAULT_OPTIONS,
    checkpoint: CheckpointName = DEFAULT_CHECKPOINT,
    name: str | None = None,
) -> ModelId:
    """Publish a run as the next version of its model.

    Args:
        run: A fitted run; it is measured first if it has not been.
        store: Where to publish.
        options: What of the images becomes part of the model.
        checkpoint: Which weights.
        name: The model's, if it is not to have the run's.

    Raises:
        ConfigInvalid: No name is given, and the store has a model of other images under the run's.
        RunInvalid: The run has no such checkpoint.
        TrainingError: The export computes something else than the network; nothing is published.
    """
    if name is None:
        again = python_command("export", run.folder, "--name", f"{run.config.name}-2")
        remedy = f"give this one another name, as in: {again}"
        check_name(store, run.config.name, run.images, remedy)
    dataset = run.dataset()
    networks = trained_networks(run, checkpoint)
    manifest = build_manifest(run, networks, evaluated(run, checkpoint))
    manifest = manifest.model_copy(update={"name": name or run.config.name})
    items, sides = _choose_items(run, dataset, options)
    measured = measure(run.config, networks, items, len(dataset.labels))
    with store.stage(manifest.name) as stage:
        write_saved_model(run.config, manifest, networks, stage)
        exported = load_saved_model(stage)
        write_golden(stage, manifest, exported)
        fitted = prior_of_run(run, networks, saved_step(run, checkpoint))
        np.savez_compressed(stage / PRIOR_FILE, **fitted.arrays)  # type: ignore[arg-type]
        write_item_files(stage, items, sides, measured, options)
        _check(run.config, networks, exported, measured)
        manifest = write_chart(stage, manifest, exported, measured.z_mean, items.labels)
        figures = copy_figures(run, stage, checkpoint, with_images=options.images)
        (stage / CARD_FILE).write_text(write_card(manifest, run.history(), figures))
        return store.publish(stage, manifest)


def _choose_items(run: Run, dataset: Data, options: ExportOptions) -> tuple[Split, list[Side]]:
    """Return the images that become items, test images first, and the side that each is on."""
    test, train = dataset.test, dataset.train
    tested: list[Side] = ["test"] * len(test)
    trained: list[Side] = ["train"] * len(train)
    known_by_name = run.provenance.data is None
    if options.items == "test" or (options.items is None and known_by_name):
        return test, tested
    return test.followed_by(train), [*tested, *trained]


def copy_figures(
    run: Run, folder: Path, checkpoint: CheckpointName, *, with_images: bool
) -> list[str]:
    """Copy the report's pictures, drawn first if they have not been; return their names.

    As WebP: a picture of colour images takes a tenth of its PNG.
    """
    drawn = sorted((run.folder / FIGURES_FOLDER).glob("*.png")) or write_report(run, checkpoint)
    chosen = [path for path in drawn if with_images or path.stem not in WITH_IMAGES]
    (folder / FIGURES_FOLDER).mkdir()
    for path in chosen:
        copy = folder / FIGURES_FOLDER / f"{path.stem}.webp"
        Image.open(path).convert("RGB").save(copy, quality=QUALITY)
    return [path.stem for path in chosen]


def _check(
    config: TrainConfig, networks: Networks, exported: RunSignature, measured: Measured
) -> None:
    """Refuse an export that decodes otherwise than the network in memory does."""
    if config.conditional:
        return  # its labels are not part of what was measured; the golden pair covers them
    z = measured.z_mean[:16]
    expected = np.asarray(likelihoods.mean(config.likelihood, networks.decode(z, {})))
    difference = np.abs(exported("decode_mean", {"z": z})["mean"] - expected).max()
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
            origin=run.images.origin,
        ),
        labels=provenance.labels,
        training=run.config.model_dump(mode="json"),
        metrics=evaluation.metrics,
        epoch=evaluation.epoch,
        prior=evaluation.prior,
        parameters=networks.count_params(),
        kl_per_dimension=evaluation.kl_per_dimension,
        activity=evaluation.activity,
        active_units=evaluation.active_units,
        aggregate_posterior=evaluation.aggregate_posterior,
        pca=evaluation.pca,
        packages=provenance.packages,
        git_commit=provenance.git_commit,
    )
