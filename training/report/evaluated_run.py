"""What the figures show: a run's networks, images and log, and what was measured of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.prior import Prior
from training import likelihoods
from training.batches import MOMENT, PIXELS, binarise, one_hot
from training.config import TrainConfig
from training.dataset import Split
from training.evaluate import Evaluation, measure
from training.networks import Networks

Floats = NDArray[np.float32]
DECODES: Final = 64  # at once: feature maps of large images take memory


@dataclass(frozen=True)
class EvaluatedRun:
    """A run that has been trained and measured."""

    config: TrainConfig
    networks: Networks
    prior: Prior
    train: Split
    """All images that it was trained on."""
    test: Split
    labels: tuple[str, ...]
    evaluation: Evaluation
    history: Sequence[dict[str, Any]]

    def images(self, split: Split) -> Floats:
        """Return images as the encoder sees them, binarised if need be; 0…1."""
        indices = np.arange(len(split))
        seed = (self.config.seed, PIXELS, MOMENT)
        return binarise(split.images[indices], self.config.binarisation, seed, indices)

    def z_mean(self, split: Split) -> Floats:
        """Encode images; (n, latent_dim)."""
        parts = []
        for chunk in split.chunks(512):
            some = split.subset(chunk)
            inputs = {"x": self.images(some), **self._given(some.labels)}
            parts.append(np.asarray(self.networks.encode(inputs)[0]))
        return np.concatenate(parts)

    def reconstruct(self, split: Split) -> Floats:
        """Decode the z_mean of images."""
        return self.decode(self.z_mean(split), split.labels)

    def squared_errors(self, split: Split) -> Floats:
        """Return the mean squared error of each image's reconstruction, (n,)."""
        return measure(self.config, self.networks, split, len(self.labels)).squared_error

    def sample(self, n: int) -> Floats:
        """Decode n draws from the prior, of every class by turns if it is given the class."""
        z = self.prior.sample(n, np.random.default_rng(self.config.seed))
        return self.decode(z, np.arange(n, dtype=np.int32) % max(1, len(self.labels)))

    def decode(self, z: NDArray[Any], labels: NDArray[np.int32] | None = None) -> Floats:
        """Decode z (n, latent_dim) to means in 0…1; of class 0 if `labels` is missing."""
        labels = np.zeros(len(z), np.int32) if labels is None else labels
        parts = []
        for first in range(0, len(z), DECODES):
            some = slice(first, first + DECODES)
            given = self._given(labels[some])
            parameters = self.networks.decode(z[some].astype(np.float32), given)
            parts.append(np.asarray(likelihoods.mean(self.config.likelihood, parameters)))
        return np.concatenate(parts)

    def _given(self, labels: NDArray[np.int32]) -> dict[str, Floats]:
        return {"label": one_hot(labels, len(self.labels))} if self.config.conditional else {}

    def footer(self) -> str:
        """Say what every number in a figure depends on."""
        metrics = self.evaluation.metrics
        beta = (metrics["loss"] - metrics["reconstruction"]) / (metrics["kl"] or 1)
        return (
            f"{self.config.name}: {self.evaluation.objective}, β = {beta:.3g}. "
            f"{self.evaluation.test_items:,} test images: reconstruction "
            f"{metrics['reconstruction']:.2f} + KL {metrics['kl']:.2f} = "
            f"{metrics['negative_elbo']:.2f} nats per image."
        )
