"""Densities over z: they integrate to 1, draws follow them, and NumPy agrees with Keras."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import PriorInvalid
from models.manifest import PRIOR_FILE
from models.prior import KINDS, Standard, read_prior
from tests.integration.training_step import SHAPE, small_config
from tests.unit.example_manifests import example_manifest
from training.networks import build_networks
from training.priors.flow import FlowPrior
from training.priors.mixture import MixturePrior, mixture_log_prob
from training.priors.standard import standard_log_prob

CELL = 0.1


def scattered(layer: Any) -> Any:
    """Move all weights of a layer a little, so that it is no special case."""
    random = np.random.default_rng(0)
    layer.set_weights([w + random.normal(0, 0.03, w.shape) for w in layer.get_weights()])
    return layer


def vamp_prior(latent_dim: int) -> Any:
    """Return the prior of a small network."""
    config = small_config(latent_dim=latent_dim, prior="vamp", pseudo_inputs=5)
    return build_networks(config, SHAPE, 0).prior


LAYERS = {
    "flow": lambda d: scattered(FlowPrior(d)),
    "mixture": lambda d: scattered(MixturePrior(d, 4)),
    "vamp": vamp_prior,
}


@pytest.mark.parametrize("name", [*LAYERS, "standard"])
def test_a_prior_integrates_to_one(name: str) -> None:
    """The density over a fine lattice of the plane, times the area of a cell, adds up to 1."""
    axis = np.arange(-8, 8, CELL, dtype=np.float32)
    z = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    log_prob = standard_log_prob if name == "standard" else LAYERS[name](2)

    density = np.exp(np.asarray(log_prob(z), np.float64))

    assert density.sum() * CELL**2 == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("latent_dim", [1, 2, 5])
@pytest.mark.parametrize("name", LAYERS)
def test_numpy_has_the_density_of_keras(name: str, latent_dim: int) -> None:
    """From the arrays that are exported, to a thousandth of a nat; of one dimension, too."""
    layer = LAYERS[name](latent_dim)
    z = np.random.default_rng(1).normal(0, 2, (50, latent_dim)).astype(np.float32)

    prior = KINDS[layer.kind](layer.arrays())

    np.testing.assert_allclose(prior.log_prob(z), layer(z), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("name", LAYERS)
def test_draws_follow_the_density(name: str) -> None:
    """Over draws, 1/p(z) within a square averages to its area, and the seed decides all."""
    layer = LAYERS[name](2)
    prior = KINDS[layer.kind](layer.arrays())

    z = prior.sample(40_000, np.random.default_rng(2))

    middle = np.median(z, axis=0)
    half = z.std(axis=0).min() / 2
    inside = (np.abs(z - middle) < half).all(axis=1)
    area = (inside / np.exp(prior.log_prob(z))).mean()
    assert area == pytest.approx((2 * half) ** 2, rel=0.05)
    again = prior.sample(40_000, np.random.default_rng(2))
    np.testing.assert_array_equal(z, again)


def test_the_standard_normal_draws_what_it_always_drew() -> None:
    """A model without a prior of its own keeps its samples."""
    random = np.random.default_rng(7)

    z = Standard(3).sample(5, np.random.default_rng(7), 0.5)

    np.testing.assert_array_equal(z, random.standard_normal((5, 3), np.float32) * np.float32(0.5))


def test_a_mixture_is_numpys_even_where_it_is_narrow() -> None:
    """Far from the origin, at components of a hundredth's width, to a thousandth of a nat."""
    random = np.random.default_rng(0)
    mean, log_var = random.normal(5, 1, (6, 40)), random.normal(-10, 0.5, (6, 40))
    log_weight = np.log(np.arange(1, 7) / 21)
    z = (mean + np.exp(log_var / 2) * random.normal(size=mean.shape)).astype("f4")

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


FIGURES = {
    "kind": "mixture", "trained_along": False, "items": 5, "test_items": 2, "kl": 1.0,
    "kl_standard": 1.5,
}  # fmt: skip


def test_a_prior_that_is_not_the_models_is_refused(tmp_path: Path) -> None:
    """A file that is missing, broken, of another length or not finite; the message names it."""
    manifest = example_manifest(prior=FIGURES)
    arrays = MixturePrior(3, 4).arrays()
    for content in (None, b"nothing", arrays, arrays | {"mean": np.full((4, 2), np.nan)}):
        if isinstance(content, bytes):
            (tmp_path / PRIOR_FILE).write_bytes(content)
        elif content:
            np.savez(tmp_path / PRIOR_FILE, **content)  # type: ignore[arg-type]
        with pytest.raises(PriorInvalid, match=PRIOR_FILE):
            read_prior(tmp_path, manifest)


def test_a_model_without_the_file_has_the_standard_normal(tmp_path: Path) -> None:
    """As models of earlier releases do."""
    prior = read_prior(tmp_path, example_manifest())

    assert prior.log_prob(np.zeros((1, 2), np.float32)) == pytest.approx(-np.log(2 * np.pi))
