"""Measure a run on its test images: nats per image, KL per dimension, active units, moments."""

import contextlib
import shutil
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from models.manifest import Basis, Moments, PriorFigures, PriorKind
from training import likelihoods
from training.batches import evaluation_batches
from training.bits import bits_metrics
from training.checkpoint import restore_networks, saved_step
from training.config import DEFAULT_CHECKPOINT, CheckpointName, TrainConfig
from training.dataset import Split
from training.fit_prior import Posteriors, fitted_metrics, own_prior
from training.image_quality import edge_energy, quality_metrics, ssim
from training.networks import Networks, build_networks, reparametrise
from training.nll import nll_metrics
from training.objective import articles_metrics, kl, kl_per_dimension
from training.run_prior import prior_of_run
from training.runs import Run, write_atomically
from training.training_gap import gap_metrics, training_sample

Floats = NDArray[np.float32]
EVALUATION_FILE: Final = "evaluation.json"
FIGURES_FOLDER: Final = "figures"  # drawn of the weights that EVALUATION_FILE is about
ACTIVE: Final = 0.01  # variance above which a unit counts as active


class Evaluation(BaseModel):
    """What was measured. Losses are means over the test images, nats per image."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    objective: str
    step: int
    """Steps behind the weights that were measured."""
    epoch: int | None
    """The epoch that ended with them; none in the middle of one."""
    test_items: int
    metrics: dict[str, float]
    kl_per_dimension: tuple[float, ...]
    activity: tuple[float, ...]
    active_units: int
    aggregate_posterior: Moments
    pca: Basis
    prior: PriorFigures | None = None
    """The prior in the run's folder; none was fitted by an earlier release."""


@dataclass(frozen=True)
class Measured:
    """Posteriors and losses of images, in their order."""

    z_mean: Floats
    z_log_var: Floats
    reconstruction: Floats
    """−log p(x | z) at a drawn z, (n,), nats."""
    reconstruction_at_mean: Floats
    """The same at z_mean."""
    squared_error: Floats
    """Mean over the pixels at z_mean, 0…1 scale, (n,)."""
    ssim: Floats
    """Structural similarity of image and reconstruction at z_mean, (n,)."""
    edges: Floats
    """Edge energy of the reconstruction at z_mean, (n,)."""
    image_edges: Floats
    """Edge energy of the image, (n,)."""
    kl: Floats
    """KL to the prior, (n,), nats; of a prior that was trained along, at the drawn z."""

    @property
    def negative_elbo(self) -> float:
        """Mean of −ELBO over the images, nats."""
        return float((self.reconstruction + self.kl).mean(dtype=np.float64))


def trained_networks(run: Run, checkpoint: CheckpointName = DEFAULT_CHECKPOINT) -> Networks:
    """Rebuild a run's networks with the weights of a checkpoint, in float32 whatever it trained in.

    Raises:
        RunInvalid: There is no such checkpoint.
    """
    config = run.config.model_copy(update={"precision": "float32"})
    networks = build_networks(config, run.provenance.image_shape, len(run.provenance.labels))
    restore_networks(run, networks, checkpoint)
    return networks


def evaluate(
    run: Run,
    nll_samples: int = 0,
    checkpoint: CheckpointName = DEFAULT_CHECKPOINT,
    prior: PriorKind | None = None,
    nll_images: int | None = None,
) -> Evaluation:
    """Measure a run on its test images and write `evaluation.json` into its folder.

    Args:
        run: The run.
        nll_samples: K of the importance-weighted likelihood; 0 leaves it out.
        checkpoint: Which weights to measure. Figures drawn of others are removed.
        nll_images: How many test images it is estimated of, evenly chosen; all by itself.
        prior: Which kind to fit to them, see `prior_of_run`.

    Raises:
        RunInvalid: There is no such checkpoint.
        DataUnreadable: The data set is gone or has changed.
    """
    dataset = run.dataset()
    networks = trained_networks(run, checkpoint)
    measured = measure(run.config, networks, dataset.test, len(dataset.labels))
    evaluation = summarise(run, measured, saved_step(run, checkpoint))
    trained = measure(run.config, networks, training_sample(run), len(dataset.labels))
    evaluation.metrics.update(gap_metrics(measured.negative_elbo, trained.negative_elbo))
    fitted = prior_of_run(run, networks, evaluation.step, prior)
    figures = fitted.figures(Posteriors(measured.z_mean, measured.z_log_var))
    evaluation = evaluation.model_copy(update={"prior": figures})
    evaluation.metrics.update(fitted_metrics(evaluation.metrics["reconstruction"], figures))
    if nll_samples:
        own = own_prior(networks.prior, run.config.latent_dim)
        priors = {"nll": own} if figures.trained_along else {"nll": own, "fitted_nll": fitted.prior}
        tested = dataset.test.some(nll_images or len(dataset.test))
        classes = len(dataset.labels)
        evaluation.metrics.update(
            nll_metrics(run.config, networks, tested, classes, samples=nll_samples, priors=priors)
        )
    if (before := _written(run)) and before.step != evaluation.step:
        shutil.rmtree(run.folder / FIGURES_FOLDER, ignore_errors=True)
    write_atomically(
        run.folder / EVALUATION_FILE, evaluation.model_dump_json(indent=1).encode() + b"\n"
    )
    return evaluation


def evaluated(
    run: Run, checkpoint: CheckpointName = DEFAULT_CHECKPOINT, nll_samples: int = 0
) -> Evaluation:
    """Return what was measured of a checkpoint; it is measured now if it has not been."""
    found = _written(run)
    if found and found.prior and found.step == saved_step(run, checkpoint):
        return found
    return evaluate(run, nll_samples, checkpoint)


def _written(run: Run) -> Evaluation | None:
    """Return what was measured last, if that can be read."""
    with contextlib.suppress(OSError, ValueError):
        return Evaluation.model_validate_json((run.folder / EVALUATION_FILE).read_bytes())
    return None


def measure(config: TrainConfig, networks: Networks, split: Split, classes: int) -> Measured:
    """Encode and decode every image once: one drawn z, and z_mean."""
    negative_log_likelihood = likelihoods.negative_log_likelihood(config.likelihood, config.sigma)

    @tf.function(reduce_retracing=True, autograph=False)
    def step(inputs: dict[str, Any]) -> tuple[Any, ...]:
        x = inputs["x"]
        z_mean, z_log_var = networks.encode(inputs)
        z = reparametrise(z_mean, z_log_var, inputs["eps"])
        at_mean = networks.decode(z_mean, inputs)
        decoded = likelihoods.mean(config.likelihood, at_mean)
        return (
            z_mean,
            z_log_var,
            negative_log_likelihood(x, networks.decode(z, inputs)),
            negative_log_likelihood(x, at_mean),
            tf.reduce_mean(tf.square(decoded - x), axis=(1, 2, 3)),
            ssim(x, decoded),
            edge_energy(decoded),
            edge_energy(x),
            kl(z_mean, z_log_var, networks.log_prior(z)),
        )

    parts = [
        [np.asarray(part) for part in step(inputs)]
        for inputs in evaluation_batches(config, split, classes)
    ]
    return Measured(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def summarise(run: Run, measured: Measured, step: int) -> Evaluation:
    """Average what was measured of a step's weights; the articles' units are given as well."""
    by_dimension = np.asarray(kl_per_dimension(measured.z_mean, measured.z_log_var), np.float64)
    reconstruction = float(measured.reconstruction.mean(dtype=np.float64))
    total_kl = float(measured.kl.mean(dtype=np.float64))
    loss = reconstruction + run.config.beta_in_nats(run.pixels) * total_kl
    variances = activity(measured.z_mean)
    return Evaluation(
        objective=run.objective,
        step=step,
        epoch=next((line["epoch"] for line in run.history() if line["step"] == step), None),
        test_items=len(measured.z_mean),
        metrics={
            "loss": loss,
            "reconstruction": reconstruction,
            "kl": total_kl,
            "negative_elbo": reconstruction + total_kl,
            "reconstruction_at_mean": float(measured.reconstruction_at_mean.mean()),
            **quality_metrics(
                measured.squared_error, measured.ssim, measured.edges, measured.image_edges
            ),
            **articles_metrics(run.config.likelihood, loss, reconstruction, run.pixels),
            **bits_metrics(
                run.config.likelihood, reconstruction + total_kl, run.provenance.image_shape
            ),
        },
        kl_per_dimension=tuple(by_dimension.mean(axis=0)),
        activity=tuple(variances),
        active_units=count_active(variances),
        aggregate_posterior=Moments(
            mean=tuple(measured.z_mean.mean(axis=0, dtype=np.float64)),
            standard_deviation=tuple(measured.z_mean.std(axis=0, dtype=np.float64)),
        ),
        pca=principal_components(measured.z_mean),
    )


def activity(z_mean: Any) -> NDArray[np.float64]:
    """Return the variance of z_mean (n, latent_dim) in each dimension."""
    return np.var(z_mean, axis=0, dtype=np.float64)


def count_active(variances: NDArray[np.float64]) -> int:
    """Count the active units: dimensions in which the posterior's mean varies enough.

    Source: Burda, Grosse and Salakhutdinov (2015), section 5.2. https://arxiv.org/abs/1509.00519
    """
    return int((variances > ACTIVE).sum())


def principal_components(z_mean: Floats) -> Basis:
    """Return the directions in which z_mean (n, latent_dim) varies most, the widest first.

    A component's sign is chosen so that its largest entry is positive.
    """
    centre = z_mean.mean(axis=0, dtype=np.float64)
    covariance = np.cov(z_mean, rowvar=False, ddof=min(1, len(z_mean) - 1))  # of one: zero
    variances, vectors = np.linalg.eigh(covariance.reshape(2 * [len(centre)]))
    components = vectors[:, ::-1].T
    largest = np.take_along_axis(components, np.abs(components).argmax(axis=1)[:, None], axis=1)
    return Basis(
        mean=tuple(centre),
        components=tuple(map(tuple, components * np.sign(largest))),
        explained_variance=tuple(np.maximum(variances[::-1], 0)),
    )
