"""A normalising flow: z is the standard normal, bent by couplings and then stretched.

Every coupling moves half of the values by what the other half says, so it can be undone, and the
density is exact. Source: Dinh, Sohl-Dickstein and Bengio (2016), section 3. RealNVP,
https://arxiv.org/abs/1605.08803
"""

from typing import Any, Final

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.priors.standard import standard_log_prob

COUPLINGS: Final = 6
WIDTH: Final = 64  # of the hidden layers
LAST: Final = 2  # index of a coupling's last layer
BOUND: Final = 2.0  # of the logarithm by which a coupling stretches; `models.prior` has it too


class FlowPrior(keras.layers.Layer):
    """The density of a flow; its arrays are what `models.prior` reads."""

    kind: Final = "flow"

    def __init__(self, latent_dim: int, couplings: int = COUPLINGS, width: int = WIDTH) -> None:
        """Start as the standard normal."""
        super().__init__(name="prior", dtype="float32")
        self.mean = self.add_weight(shape=(latent_dim,), initializer="zeros", name="mean")
        self.whiten = self.add_weight(
            shape=(latent_dim, latent_dim), initializer="identity", name="whiten"
        )
        self.couplings = [self._coupling(latent_dim, i, width) for i in range(couplings)]

    def _coupling(self, latent_dim: int, i: int, width: int) -> list[tuple[Any, Any]]:
        """Make kernel and bias of each layer of a coupling; the last starts at 0."""
        moved = len(range(i % 2, latent_dim, 2))
        widths = (latent_dim - moved, width, width, 2 * moved)
        return [
            (
                self.add_weight(
                    shape=(widths[j], widths[j + 1]),
                    initializer="he_normal" if j < LAST else "zeros",
                    name=f"kernel_{i}_{j}",
                ),
                self.add_weight(shape=(widths[j + 1],), initializer="zeros", name=f"bias_{i}_{j}"),
            )
            for j in range(LAST + 1)
        ]

    def start_at(self, z: NDArray[np.floating[Any]]) -> None:
        """Set mean and stretch to those of z (n, latent_dim): a Gaussian with all correlations."""
        self.mean.assign(z.mean(axis=0))
        covariance = np.cov(z, rowvar=False).reshape(self.whiten.shape)
        lower = np.linalg.cholesky(covariance + 1e-6 * np.eye(len(covariance)))
        self.whiten.assign(np.linalg.inv(lower))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that `models.prior.Flow` takes."""
        return {variable.name: np.asarray(variable) for variable in self.weights}

    def call(self, z: Any) -> Any:
        """Return log p(z) of z (n, latent_dim): (n,), nats."""
        whiten = ops.tril(self.whiten)
        u = (z - self.mean) @ ops.transpose(whiten)
        log_det = ops.sum(ops.log(ops.abs(ops.diagonal(whiten))))
        for i, layers in enumerate(self.couplings):
            u, stretched = _bend(u, i % 2, layers)
            log_det += stretched
        return standard_log_prob(u) + log_det


def _bend(u: Any, parity: int, layers: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    read, moved = u[:, 1 - parity :: 2], u[:, parity::2]
    hidden = read
    for kernel, bias in layers[:-1]:
        hidden = ops.silu(hidden @ kernel + bias)
    kernel, bias = layers[-1]
    shift, log_scale = ops.split(hidden @ kernel + bias, 2, axis=-1)
    log_scale = BOUND * ops.tanh(log_scale / BOUND)
    moved = moved * ops.exp(log_scale) + shift
    pair = (moved, read) if parity == 0 else (read, moved)
    return _interleave(*pair), ops.sum(log_scale, axis=-1)


def _interleave(even: Any, odd: Any) -> Any:
    n = odd.shape[1]
    mixed = ops.reshape(ops.stack([even[:, :n], odd], axis=-1), (ops.shape(odd)[0], 2 * n))
    return ops.concatenate([mixed, even[:, n:]], axis=-1)
