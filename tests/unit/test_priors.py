"""Densities over z: they integrate to 1, and are what NumPy says."""

from typing import Any

import numpy as np
import pytest

from tests.integration.training_step import SHAPE, small_config
from training.networks import build_networks
from training.priors.mixture import mixture_log_prob
from training.priors.standard import standard_log_prob

CELL = 0.1


def components(k: int, latent_dim: int) -> tuple[np.ndarray, ...]:
    """Return means, log-variances and log-weights of a mixture."""
    random = np.random.default_rng(k)
    weight = random.random(k)
    shape = (k, latent_dim)
    return random.normal(size=shape), random.normal(-1, 0.5, shape), np.log(weight / weight.sum())


def vamp_prior() -> Any:
    """Return the prior of a small network with two dimensions."""
    config = small_config(latent_dim=2, prior="vamp", pseudo_inputs=5)
    return build_networks(config, SHAPE, 0).prior


@pytest.mark.parametrize(
    "log_prob",
    [standard_log_prob, lambda z: mixture_log_prob(z, *components(4, 2)), vamp_prior()],
    ids=["standard", "mixture", "vamp"],
)
def test_a_prior_integrates_to_one(log_prob: Any) -> None:
    """The density over a fine lattice of the plane, times the area of a cell, adds up to 1."""
    axis = np.arange(-8, 8, CELL, dtype=np.float32)
    z = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)

    density = np.exp(np.asarray(log_prob(z), np.float64))

    assert density.sum() * CELL**2 == pytest.approx(1, abs=1e-3)


def test_a_mixture_is_numpys_even_where_it_is_narrow() -> None:
    """Far from the origin, at components of a hundredth's width, to a thousandth of a nat."""
    mean, log_var, log_weight = components(6, 40)
    mean, log_var = 5 + mean, log_var - 2 * np.log(100)
    z = (mean + np.exp(log_var / 2) * np.random.default_rng(0).normal(size=mean.shape)).astype("f4")

    found = np.asarray(mixture_log_prob(z, mean, log_var, log_weight))

    squares = (z[:, None].astype(np.float64) - mean) ** 2 / np.exp(log_var)
    each = log_weight - (squares + log_var + np.log(2 * np.pi)).sum(axis=-1) / 2
    np.testing.assert_allclose(found, np.logaddexp.reduce(each, axis=1), rtol=1e-6, atol=1e-3)


def test_vamp_is_the_mixture_of_the_posteriors_of_its_pseudo_inputs() -> None:
    """With the images as pseudo-inputs, but for their noise, it is their aggregate posterior."""
    config = small_config(prior="vamp", pseudo_inputs=4)
    networks = build_networks(config, SHAPE, 0)
    images = np.random.default_rng(0).integers(0, 256, (4, *SHAPE), dtype=np.uint8)
    networks.prior.start_at(images, seed=0)
    z_mean, z_log_var = networks.encode({"x": images / np.float32(255)})
    z = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)

    expected = mixture_log_prob(z, z_mean, z_log_var, np.full(4, np.log(1 / 4)))

    np.testing.assert_allclose(networks.prior(z), expected, atol=0.05)
