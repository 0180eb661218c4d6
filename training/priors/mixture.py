"""A mixture of Gaussians with diagonal covariances."""

import math
from typing import Any, Final

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

COMPONENTS: Final = 100


class MixturePrior(keras.layers.Layer):
    """The density of a mixture whose means, variances and weights are learned."""

    kind: Final = "mixture"

    def __init__(self, latent_dim: int, components: int = COMPONENTS) -> None:
        """Start as the standard normal, so many times."""
        super().__init__(name="prior", dtype="float32")
        shape = (components, latent_dim)
        self.mean = self.add_weight(shape=shape, initializer="zeros", name="mean")
        self.log_var = self.add_weight(shape=shape, initializer="zeros", name="log_var")
        self.logit = self.add_weight(shape=(components,), initializer="zeros", name="logit")

    def start_at(self, z: NDArray[np.float32]) -> None:
        """Put the components around the first of z (n, latent_dim), as wide as all of them."""
        self.mean.assign(z[np.arange(self.mean.shape[0]) % len(z)])
        self.log_var.assign(np.tile(np.log(z.var(axis=0) + 1e-6), (self.mean.shape[0], 1)))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that `models.prior.Mixture` takes."""
        log_weight = np.asarray(ops.log_softmax(self.logit.value))
        return {
            "mean": np.asarray(self.mean),
            "log_var": np.asarray(self.log_var),
            "log_weight": log_weight,
        }

    def call(self, z: Any) -> Any:
        """Return log p(z) of z (n, latent_dim): (n,), nats."""
        return mixture_log_prob(z, self.mean, self.log_var, ops.log_softmax(self.logit))


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
