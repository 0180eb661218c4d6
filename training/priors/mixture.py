"""The density of a mixture of Gaussians with diagonal covariances."""

import math
from typing import Any

from keras import ops


def mixture_log_prob(z: Any, mean: Any, log_var: Any, log_weight: Any) -> Any:
    """Return log Σ w_k N(z; mean_k, exp(log_var_k)) per row, float32 (n,), nats.

    In float64, so that squares of distances to narrow components can be products of matrices: in
    float32 their differences would be wrong by hundredths of a nat.

    Args:
        z: (n, latent_dim).
        mean: Of each component, (k, latent_dim).
        log_var: Of each component, (k, latent_dim).
        log_weight: Of each component, (k,); the exponentials add up to 1.
    """
    z, mean, log_var, log_weight = (
        ops.cast(tensor, "float64") for tensor in (z, mean, log_var, log_weight)
    )
    precision = ops.exp(-log_var)
    distance = (
        ops.square(z) @ ops.transpose(precision)
        - 2 * z @ ops.transpose(mean * precision)
        + ops.sum(ops.square(mean) * precision, axis=-1)
    )
    log_density = -(distance + ops.sum(log_var + math.log(2 * math.pi), axis=-1)) / 2
    return ops.cast(ops.logsumexp(log_weight + log_density, axis=-1), "float32")
