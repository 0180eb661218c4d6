"""The prior of a model: the density over z that fits its images, drawn from by NumPy alone.

`prior.npz` has it; a model without that file has the standard normal distribution, N(0, I).
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.errors import PriorInvalid
from models.manifest import PRIOR_FILE, Manifest

Floats = NDArray[np.float32]
Arrays = Mapping[str, NDArray[Any]]
BOUND: Final = 2.0  # of the logarithm by which a coupling stretches


class Prior(Protocol):
    """A density over z."""

    def sample(self, n: int, random: np.random.Generator, temperature: float = 1.0) -> Floats:
        """Draw z, float32 (n, latent_dim): the same for the same state of `random`.

        `temperature` scales the standard deviation of the noise.
        """

    def log_prob(self, z: Floats) -> NDArray[np.float64]:
        """Return log p(z) of z (n, latent_dim): (n,), nats."""


class Standard:
    """N(0, I)."""

    def __init__(self, latent_dim: int) -> None:
        """Take the length of z."""
        self._latent_dim = latent_dim

    def sample(self, n: int, random: np.random.Generator, temperature: float = 1.0) -> Floats:
        """See `Prior`."""
        return random.standard_normal((n, self._latent_dim), np.float32) * np.float32(temperature)

    def log_prob(self, z: Floats) -> NDArray[np.float64]:
        """See `Prior`."""
        return -(z.astype(np.float64) ** 2 + np.log(2 * np.pi)).sum(axis=1) / 2


class Mixture:
    """Gaussians with a variance for each dimension: `mean`, `log_var` (k, d), `log_weight` (k,)."""

    def __init__(self, arrays: Arrays) -> None:
        """Take the arrays."""
        self._mean, self._log_var = arrays["mean"], arrays["log_var"]
        self._log_weight = arrays["log_weight"].astype(np.float64)

    def sample(self, n: int, random: np.random.Generator, temperature: float = 1.0) -> Floats:
        """See `Prior`; of a component, temperature 0 leaves the mean."""
        reached = np.cumsum(np.exp(self._log_weight))
        of = np.minimum(np.searchsorted(reached, random.random(n)), len(reached) - 1)
        noise = random.standard_normal((n, self._mean.shape[1]), np.float32)
        scale = np.exp(self._log_var[of] / 2) * np.float32(temperature)
        return self._mean[of] + scale * noise

    def log_prob(self, z: Floats) -> NDArray[np.float64]:
        """See `Prior`."""
        mean, log_var = self._mean.astype(np.float64), self._log_var.astype(np.float64)
        precision = np.exp(-log_var)
        at = z.astype(np.float64)
        squares = at**2 @ precision.T - 2 * at @ (mean * precision).T + (mean**2 * precision).sum(1)
        each = self._log_weight - (squares + (log_var + np.log(2 * np.pi)).sum(axis=1)) / 2
        most = each.max(axis=1, keepdims=True)
        return (most + np.log(np.exp(each - most).sum(axis=1, keepdims=True)))[:, 0]


class Flow:
    """The standard normal, bent by couplings and then stretched; see `training.priors.flow`.

    `mean` (d,) and `whiten` (d, d), lower triangular, and of coupling i the layers j: `kernel_i_j`
    and `bias_i_j`. Even couplings move the values with even indices by what the others say.
    """

    def __init__(self, arrays: Arrays) -> None:
        """Take the arrays."""
        self._mean, self._whiten = arrays["mean"], np.tril(arrays["whiten"])
        couplings = sum(name.startswith("kernel_") and name.endswith("_0") for name in arrays)
        self._couplings = [
            [(arrays[f"kernel_{i}_{j}"], arrays[f"bias_{i}_{j}"]) for j in range(3)]
            for i in range(couplings)
        ]

    def sample(self, n: int, random: np.random.Generator, temperature: float = 1.0) -> Floats:
        """See `Prior`; at temperature 0 all draws are the same."""
        u = random.standard_normal((n, len(self._mean)), np.float32) * np.float32(temperature)
        for i in reversed(range(len(self._couplings))):
            shift, log_scale = self._moves(u, i)
            u[:, i % 2 :: 2] = (u[:, i % 2 :: 2] - shift) * np.exp(-log_scale)
        z = np.linalg.solve(self._whiten.astype(np.float64), u.T).T + self._mean
        return z.astype(np.float32)

    def log_prob(self, z: Floats) -> NDArray[np.float64]:
        """See `Prior`."""
        u = (z - self._mean) @ self._whiten.T
        log_det = np.full(len(z), np.log(np.abs(np.diag(self._whiten).astype(np.float64))).sum())
        for i in range(len(self._couplings)):
            shift, log_scale = self._moves(u, i)
            u[:, i % 2 :: 2] = u[:, i % 2 :: 2] * np.exp(log_scale) + shift
            log_det += log_scale.sum(axis=1)
        return Standard(u.shape[1]).log_prob(u) + log_det

    def _moves(self, u: Floats, i: int) -> tuple[Floats, Floats]:
        """Return by what coupling i shifts and stretches half of the values."""
        hidden = u[:, 1 - i % 2 :: 2]
        *layers, (kernel, bias) = self._couplings[i]
        for inner, added in layers:
            raw = hidden @ inner + added
            hidden = raw / (1 + np.exp(-np.maximum(raw, -80)))  # silu
        shift, log_scale = np.split(hidden @ kernel + bias, 2, axis=1)
        return shift, BOUND * np.tanh(log_scale / BOUND)


KINDS: Final[dict[str, type[Mixture] | type[Flow]]] = {"mixture": Mixture, "flow": Flow}


def read_prior(folder: Path, manifest: Manifest) -> Prior:
    """Read a model's prior; the standard normal if it has no other.

    Raises:
        PriorInvalid: The file cannot be read, or its arrays do not fit the model.
    """
    if manifest.prior is None:
        return Standard(manifest.latent_dim)
    try:
        with (folder / PRIOR_FILE).open("rb") as file, np.load(file, allow_pickle=False) as saved:
            arrays = dict(saved.items())
        prior = KINDS[manifest.prior.kind](arrays)
        drawn = prior.sample(2, np.random.default_rng(0))
        if drawn.shape != (2, manifest.latent_dim) or not np.isfinite(prior.log_prob(drawn)).all():
            raise PriorInvalid(f"{PRIOR_FILE}: its arrays do not fit the model; export it again")
    except (OSError, ValueError, KeyError, EOFError, IndexError, zipfile.BadZipFile) as error:
        raise PriorInvalid(f"{PRIOR_FILE} cannot be read: {error}") from error
    return prior
