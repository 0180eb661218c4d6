"""KL divergence of a diagonal Gaussian posterior from the prior."""

from collections.abc import Mapping

import numpy as np

from app.arrays import Array


def kl_of(outputs: Mapping[str, Array]) -> Array:
    """Return KL in nats per image, float32 (n,), of a signature's z_mean and z_log_var.

    The graph's own `kl` depends on the batch in its last bit.
    """
    return kl_divergence(outputs["z_mean"], outputs["z_log_var"]).sum(axis=1)


def kl_divergence(z_mean: Array, z_log_var: Array) -> Array:
    """Return KL(q(z|x) ‖ N(0, 1)) per dimension in nats.

    Source: Kingma and Welling (2013), appendix B. https://arxiv.org/abs/1312.6114
    """
    kl: Array = 0.5 * (np.exp(z_log_var) + np.square(z_mean) - 1 - z_log_var)
    return kl
