"""The objective, in nats per image: reconstruction + beta * KL, and its variants."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
from keras import ops

from models.manifest import Likelihood
from training import likelihoods
from training.config import TrainConfig


def kl_per_dimension(z_mean: Any, z_log_var: Any) -> Any:
    """Return KL(q(z|x) ‖ N(0, I)) per image and dimension, (n, latent_dim), nats.

    Source: Kingma and Welling (2013), appendix B. https://arxiv.org/abs/1312.6114
    """
    return (ops.square(z_mean) + ops.exp(z_log_var) - 1 - z_log_var) / 2


def kl(z_mean: Any, z_log_var: Any, log_prior: Any = None) -> Any:
    """Return KL(q(z|x) ‖ p(z)) per image, (n,), nats.

    In closed form for N(0, I). Where log p(z) of a drawn z is given, (n,), the estimate that has
    it: only the posterior's entropy is in closed form.
    """
    if log_prior is None:
        return ops.sum(kl_per_dimension(z_mean, z_log_var), axis=-1)
    entropy = ops.sum(z_log_var + 1 + math.log(2 * math.pi), axis=-1) / 2
    return -entropy - log_prior


@dataclass(frozen=True)
class Objective:
    """What every strategy adds up. `beta` and `target` are variables: a schedule moves them."""

    negative_log_likelihood: Callable[[Any, Any], Any]
    free_bits: float
    capacity: float
    beta: keras.Variable = field(repr=False)
    target: keras.Variable = field(repr=False)

    def reconstruction(self, x: Any, parameters: Any) -> Any:
        """Return −log p(x | z) per image, (n,), nats."""
        return self.negative_log_likelihood(x, parameters)

    def penalty(self, z_mean: Any, z_log_var: Any, log_prior: Any = None) -> Any:
        """Return the scalar that is added to the mean reconstruction; plainly beta * mean KL.

        `log_prior` is for a prior that is trained along, as in `kl`.
        Always a scalar: Keras sums a vector given to `add_loss` over the batch.
        Free bits: Kingma et al. (2016), appendix C.8. https://arxiv.org/abs/1606.04934
        Capacity: Burgess et al. (2018), equation 8. https://arxiv.org/abs/1804.03599
        """
        if self.free_bits:
            per_dimension = ops.mean(kl_per_dimension(z_mean, z_log_var), axis=0)
            total = ops.sum(ops.maximum(per_dimension, self.free_bits))
        else:
            total = ops.mean(kl(z_mean, z_log_var, log_prior))
        return self.beta * (ops.abs(total - self.target) if self.capacity else total)


def build_objective(config: TrainConfig, pixels: int) -> Objective:
    """Build the configuration's objective for images of so many pixels (channels counted in)."""
    return Objective(
        likelihoods.negative_log_likelihood(config.likelihood, config.sigma),
        config.free_bits,
        config.capacity,
        keras.Variable(config.beta_in_nats(pixels), trainable=False, dtype="float32", name="beta"),
        keras.Variable(config.capacity, trainable=False, dtype="float32", name="target"),
    )


def articles_metrics(
    likelihood: Likelihood, loss: float, reconstruction: float, pixels: int
) -> dict[str, float]:
    """Return a loss as the articles report it, means over the pixels; from sums over them.

    Theirs is a cross-entropy, so another likelihood than Bernoulli's has none.
    """
    if likelihood != "bernoulli":
        return {}
    loss, reconstruction = loss / pixels, reconstruction / pixels
    return {"source_loss": loss, "source_bce": reconstruction, "source_kl": loss - reconstruction}
