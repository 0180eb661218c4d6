"""The importance-weighted negative log-likelihood of images."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.prior import Prior
from training import likelihoods
from training.batches import MOMENT, NOISE, evaluation_batches
from training.config import TrainConfig
from training.dataset import Split
from training.networks import Networks, reparametrise
from training.priors.standard import standard_log_prob

DECODES: Final = 4096  # at once, when many z are drawn per image


def nll_metrics(
    config: TrainConfig,
    networks: Networks,
    split: Split,
    classes: int,
    *,
    samples: int,
    priors: Mapping[str, Prior],
) -> dict[str, float]:
    """Return the mean of −log p(x) by each prior, under its name, and the standard error of each.

    `nll_samples` and `nll_images` say of how many samples and images.
    """
    found = importance_weighted_nll(
        config, networks, split, classes, samples=samples, priors=[*priors.values()]
    )
    metrics = {"nll_samples": float(samples), "nll_images": float(len(split))}
    for name, values in zip(priors, np.concatenate(list(found), axis=1), strict=True):
        error = values.std(ddof=min(1, len(values) - 1)) / math.sqrt(len(values))
        metrics |= {name: float(values.mean()), f"{name}_standard_error": float(error)}
    return metrics


def importance_weighted_nll(
    config: TrainConfig,
    networks: Networks,
    split: Split,
    classes: int,
    *,
    samples: int,
    priors: Sequence[Prior],
) -> Iterator[NDArray[np.float64]]:
    """Yield −log p(x) of a split's images, estimated with K importance samples, batch by batch.

    A row for each prior, (priors, n): the decoder, which takes the time, runs once for all.
    −log 1/K Σ p(x|z) p(z) / q(z|x), z ~ q(z|x). Images and samples go through the decoder
    together, some thousands at a time. Source: Burda, Grosse and Salakhutdinov (2015), equation 8.
    https://arxiv.org/abs/1509.00519
    """
    weigh = _log_weights(config, networks)
    batch = max(1, DECODES // samples)
    for number, inputs in enumerate(evaluation_batches(config, split, classes, batch)):
        z_mean, z_log_var = networks.encode(inputs)
        noise = np.random.default_rng((config.seed, NOISE, MOMENT, 1, number))
        total = np.full((len(priors), len(inputs["x"])), -np.inf)
        for first in range(0, samples, max(1, DECODES // batch)):
            k = min(max(1, DECODES // batch), samples - first)
            eps = noise.standard_normal((k, *z_mean.shape), dtype=np.float32)
            z, log_weights = (np.asarray(a) for a in weigh(inputs, z_mean, z_log_var, eps))
            log_priors = [prior.log_prob(z).reshape(log_weights.shape) for prior in priors]
            total = np.logaddexp(total, np.logaddexp.reduce(log_weights + log_priors, axis=1))
        yield math.log(samples) - total


def _log_weights(config: TrainConfig, networks: Networks) -> Callable[..., tuple[Any, Any]]:
    """Return (inputs, z_mean, z_log_var, eps (k, n, d)) → z (k · n, d), log p(x|z) / q(z|x)."""
    negative_log_likelihood = likelihoods.negative_log_likelihood(config.likelihood, config.sigma)

    @tf.function(reduce_retracing=True, autograph=False)
    def weigh(inputs: dict[str, Any], z_mean: Any, z_log_var: Any, eps: Any) -> tuple[Any, Any]:
        k = tf.shape(eps)[0]
        z = tf.reshape(reparametrise(z_mean, z_log_var, eps), (-1, config.latent_dim))
        repeated = {
            key: tf.tile(value, [k, *[1] * (len(value.shape) - 1)]) for key, value in inputs.items()
        }
        reconstruction = negative_log_likelihood(repeated["x"], networks.decode(z, repeated))
        log_posterior = standard_log_prob(eps) - tf.reduce_sum(z_log_var, axis=-1) / 2
        return z, -tf.reshape(reconstruction, (k, -1)) - log_posterior

    return weigh
