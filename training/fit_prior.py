"""Fit a prior to the posteriors of a trained model; encoder and decoder stay as they are.

What is gained is exact: −ELBO falls by the mean KL of the posteriors to N(0, I) minus their mean KL
to the prior, and draws of the prior lie where images do. Source: Hoffman and Johnson (2016),
"ELBO surgery", section 3.
"""

from typing import Any, Final, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.manifest import PriorFigures, PriorKind
from models.prior import KINDS, Prior, Standard
from training.config import DEFAULT_PRIOR
from training.objective import kl, kl_per_dimension
from training.priors.flow import FlowPrior
from training.priors.mixture import MixturePrior

FITTED: Final = 10_000  # images whose posteriors are used; more take longer and change little
BATCH: Final = 512
BETWEEN_LOOKS: Final = 25  # steps after which the held-back images are looked at
PATIENCE: Final = 6  # looks without a gain of LEAST
LEAST: Final = 0.01  # nats
MOST_LOOKS: Final = 120
HELD_BACK: Final = 10  # one image of so many
LEAST_DRAWS: Final = 1000  # that a fit starts from, so that they have a covariance
DRAWS: Final = 4  # of each posterior, where KL is measured

Floats = NDArray[np.float32]


class Posteriors(NamedTuple):
    """q(z|x) of images: mean and logarithm of the variance, float32 (n, latent_dim)."""

    z_mean: Floats
    z_log_var: Floats

    def rows(self, chosen: Any) -> "Posteriors":
        """Return those of some images."""
        return Posteriors(self.z_mean[chosen], self.z_log_var[chosen])

    def draw(self, random: np.random.Generator) -> Floats:
        """Draw one z of each, (n, latent_dim)."""
        noise = random.standard_normal(self.z_mean.shape, np.float32)
        return np.asarray(self.z_mean + np.exp(self.z_log_var / 2) * noise, np.float32)


class Fitted(NamedTuple):
    """A prior, by the arrays of prior.npz, and the number of images behind it."""

    kind: PriorKind
    arrays: dict[str, NDArray[Any]]
    items: int
    trained_along: bool = False

    @property
    def prior(self) -> Prior:
        """The density itself."""
        return KINDS[self.kind](self.arrays)

    def figures(self, test: Posteriors) -> PriorFigures:
        """Measure it on images that it was not fitted to."""
        standard = np.asarray(kl_per_dimension(*test)).sum(axis=1)
        return PriorFigures(
            kind=self.kind,
            trained_along=self.trained_along,
            items=self.items,
            test_items=len(test.z_mean),
            kl=float(kl_to(self.prior, test).mean()),
            kl_standard=float(standard.mean(dtype=np.float64)),
        )


def prior_in_words(figures: PriorFigures) -> str:
    """Say what a prior is and what is gained by it."""
    how = (
        "trained with the model" if figures.trained_along else f"fitted to {figures.items:,} images"
    )
    return (
        f"prior: a {figures.kind} {how}; KL of {figures.test_items:,} test images "
        f"{figures.kl:.1f} nats, {figures.kl_standard:.1f} to the standard normal"
    )


def fitted_metrics(reconstruction: float, figures: PriorFigures) -> dict[str, float]:
    """Return −ELBO and KL with a fitted prior, by the names that they have among the metrics."""
    if figures.trained_along:
        return {}
    return {
        "fitted_kl": figures.kl,
        "fitted_negative_elbo": reconstruction + figures.kl,
    }


def own_prior(layer: Any, latent_dim: int) -> Prior:
    """Return the prior that networks were trained with, for NumPy; None is the standard normal."""
    return Standard(latent_dim) if layer is None else KINDS[layer.kind](layer.arrays())


def kl_to(prior: Prior, posteriors: Posteriors, seed: int = 0) -> NDArray[np.float64]:
    """Return KL(q(z|x) ‖ p(z)) per image, (n,), nats; by some draws of each posterior."""
    random = np.random.default_rng(seed)
    log_prior = [prior.log_prob(posteriors.draw(random)) for _ in range(DRAWS)]
    return np.asarray(kl(*posteriors, np.mean(log_prior, axis=0)), np.float64)


def fit_prior(posteriors: Posteriors, kind: PriorKind = DEFAULT_PRIOR, seed: int = 0) -> Fitted:
    """Fit a prior to draws from the posteriors of training images, by maximum likelihood.

    One image of ten is held back to stop by: the fit ends when their log p(z) no longer rises.
    One dimension has a mixture in any case.
    """
    random = np.random.default_rng(seed)
    keras.utils.set_random_seed(seed)
    order = random.permutation(len(posteriors.z_mean))[:FITTED]
    held = posteriors.rows(order[: max(1, len(order) // HELD_BACK)])
    fitted = posteriors.rows(order[len(held.z_mean) :] if len(order) > 1 else order)
    looked_at = np.concatenate([held.draw(random) for _ in range(DRAWS)])
    latent_dim = posteriors.z_mean.shape[1]
    if latent_dim == 1:
        kind = "mixture"  # a flow moves dimensions by one another
    layer: Any = FlowPrior(latent_dim) if kind == "flow" else MixturePrior(latent_dim)
    several = range(-(-LEAST_DRAWS // len(fitted.z_mean)))  # of few images, more draws of each
    layer.start_at(np.concatenate([fitted.draw(random) for _ in several]))
    step = _step(layer)
    best, kept, waited = -np.inf, layer.get_weights(), 0
    for _ in range(MOST_LOOKS):
        found = float(np.mean(np.asarray(layer(looked_at), np.float64)))
        if found > best + LEAST:
            best, kept, waited = found, layer.get_weights(), 0
        elif (waited := waited + 1) > PATIENCE:
            break
        for _ in range(BETWEEN_LOOKS):
            rows = random.integers(0, len(fitted.z_mean), BATCH)
            step(fitted.rows(rows).draw(random))
    layer.set_weights(kept)
    return Fitted(kind, layer.arrays(), len(order))


def _step(layer: Any) -> Any:
    optimizer = keras.optimizers.Adam(2e-3)
    optimizer.build(layer.trainable_variables)

    @tf.function(autograph=False, reduce_retracing=True)
    def step(z: Any) -> None:
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(layer(z))
        gradients = tape.gradient(loss, layer.trainable_variables)
        optimizer.apply(gradients, layer.trainable_variables)

    return step
