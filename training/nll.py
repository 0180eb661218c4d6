"""The importance-weighted negative log-likelihood of images."""

import math
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training import likelihoods
from training.batches import MOMENT, NOISE, evaluation_batches
from training.config import TrainConfig
from training.dataset import Split
from training.networks import Networks, reparametrise
from training.priors.standard import standard_log_prob

DECODES: Final = 4096  # at once, when many z are drawn per image
LogProb = Callable[[Any], Any]
"""Takes z (n, latent_dim) to log p(z), (n,)."""


def nll_figures(values: NDArray[np.float64], samples: int) -> dict[str, float]:
    """Return the mean of −log p(x) of images, (n,), its standard error, and K."""
    error = values.std(ddof=min(1, len(values) - 1)) / math.sqrt(len(values))
    return {
        "nll": float(values.mean()),
        "nll_standard_error": float(error),
        "nll_samples": float(samples),
    }


def importance_weighted_nll(
    config: TrainConfig, networks: Networks, split: Split, classes: int, samples: int
) -> Iterator[NDArray[np.float64]]:
    """Yield −log p(x) of a split's images, estimated with K importance samples, batch by batch.

    −log 1/K Σ p(x|z) p(z) / q(z|x), z ~ q(z|x). Images and samples go through the decoder
    together, some thousands at a time. Source: Burda, Grosse and Salakhutdinov (2015), equation 8.
    https://arxiv.org/abs/1509.00519
    """
    weigh = _log_weights(config, networks, networks.prior or standard_log_prob)
    batch = max(1, DECODES // samples)
    for number, inputs in enumerate(evaluation_batches(config, split, classes, batch)):
        z_mean, z_log_var = networks.encode(inputs)
        noise = np.random.default_rng((config.seed, NOISE, MOMENT, 1, number))
        total = np.full(len(inputs["x"]), -np.inf)
        for first in range(0, samples, max(1, DECODES // batch)):
            k = min(max(1, DECODES // batch), samples - first)
            eps = noise.standard_normal((k, *z_mean.shape), dtype=np.float32)
            log_weights = np.asarray(weigh(inputs, z_mean, z_log_var, eps), np.float64)
            total = np.logaddexp(total, np.logaddexp.reduce(log_weights, axis=0))
        yield math.log(samples) - total


def _log_weights(config: TrainConfig, networks: Networks, log_prior: LogProb) -> Callable[..., Any]:
    """Return (inputs, z_mean, z_log_var, eps (k, n, d)) → log p(x|z) p(z) / q(z|x), (k, n)."""
    negative_log_likelihood = likelihoods.negative_log_likelihood(config.likelihood, config.sigma)

    @tf.function(reduce_retracing=True, autograph=False)
    def weigh(inputs: dict[str, Any], z_mean: Any, z_log_var: Any, eps: Any) -> Any:
        k = tf.shape(eps)[0]
        z = tf.reshape(reparametrise(z_mean, z_log_var, eps), (-1, config.latent_dim))
        repeated = {
            key: tf.tile(value, [k, *[1] * (len(value.shape) - 1)]) for key, value in inputs.items()
        }
        reconstruction = negative_log_likelihood(repeated["x"], networks.decode(z, repeated))
        log_posterior = standard_log_prob(eps) - tf.reduce_sum(z_log_var, axis=-1) / 2
        return tf.reshape(log_prior(z) - reconstruction, (k, -1)) - log_posterior

    return weigh
