"""A prior that is trained along with the networks."""

from typing import Any

import numpy as np
import pytest

from tests.integration.training_step import SHAPE, build, random_batch, small_config, take
from training.compiled_step import CompiledStep
from training.config import StrategyName, make_config
from training.errors import ConfigInvalid
from training.networks import build_networks

WITH_Z: tuple[StrategyName, ...] = ("model_add_loss", "train_step")


@pytest.mark.parametrize("name", WITH_Z)
def test_loss_and_kl_are_those_of_the_drawn_z(name: StrategyName) -> None:
    """KL is log q(z|x) − log p(z), the first in its mean; loss is reconstruction + beta * KL."""
    config = small_config(prior="vamp", pseudo_inputs=4)
    networks = build_networks(config, SHAPE, 0)
    batch = random_batch(config, SHAPE, 7)

    step = take(build(name, config, SHAPE, networks), batch)

    z_mean, z_log_var = (np.asarray(a, np.float64) for a in networks.encode(batch[0]))
    z = (z_mean + np.exp(z_log_var / 2) * batch[0]["eps"]).astype(np.float32)
    entropy = (z_log_var + 1 + np.log(2 * np.pi)).sum(axis=1) / 2
    assert step.kl == pytest.approx((-entropy - np.asarray(networks.prior(z))).mean(), rel=1e-4)
    assert step.loss == pytest.approx(step.reconstruction + 0.7 * step.kl, rel=1e-5)


def test_gradients_reach_everything_and_are_the_same() -> None:
    """Both strategies move the pseudo-inputs and the encoder by them, by finite amounts."""
    config = small_config(prior="vamp", pseudo_inputs=4)
    networks = build_networks(config, SHAPE, 0)
    batch = random_batch(config, SHAPE, 7)

    first, second = (take(build(name, config, SHAPE, networks), batch) for name in WITH_Z)

    assert set(first.gradients) == {variable.path for variable in networks.weights}
    for path, gradient in first.gradients.items():
        assert np.isfinite(gradient).all(), path
        assert np.abs(gradient).max() > 0, path
        np.testing.assert_allclose(second.gradients[path], gradient, rtol=1e-4, atol=1e-5)


def test_the_loss_falls_and_pseudo_inputs_stay_images() -> None:
    """A few steps on one batch: lower, and every pseudo-input still within 0 and 1."""
    config = small_config(prior="vamp", pseudo_inputs=4, learning_rate=0.05)
    step = CompiledStep(config, SHAPE, 0)
    batch = random_batch(config, SHAPE, 8)

    losses = []
    for _ in range(30):
        step.model.reset_metrics()
        losses.append(step(batch)["loss"])

    pseudo_inputs = np.asarray(step.networks.prior.pseudo_inputs)
    assert losses[-1] < losses[0]
    assert 0 <= pseudo_inputs.min() < pseudo_inputs.max() <= 1


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"strategy": "multi_output"}, "model_add_loss"),
        ({"strategy": "layer_add_loss"}, "model_add_loss"),
        ({"free_bits": 0.5}, "free_bits"),
        ({"conditional": True}, "conditional"),
    ],
)
def test_what_a_prior_cannot_do_is_refused(settings: dict[str, Any], word: str) -> None:
    """The message says why, and what can."""
    wanted = {"name": "a", "dataset": "a", "beta": 1.0, "prior": "vamp"} | settings

    with pytest.raises(ConfigInvalid, match=word):
        make_config(wanted)
