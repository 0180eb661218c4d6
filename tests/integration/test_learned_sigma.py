"""Sigma comes to the error of the reconstructions: learned in time, the optimal one at once."""

import math
from typing import Any, get_args

import numpy as np
import pytest

from tests.integration.training_step import random_batch, small_config
from training import compiled_step
from training.compiled_step import CompiledStep
from training.config import StrategyName, TrainConfig
from training.log_sigma import ROUNDING

SHAPE = (8, 8, 1)


def fitted(x: np.ndarray, steps: int, **changes: Any) -> tuple[float, float]:
    """Fit a tiny network to the same images again and again; return sigma and RMSE."""
    settings = {
        "name": "a", "dataset": "a", "beta": 1.0, "likelihood": "gaussian_learned",
        "encoder_filters": (4, 4, 4), "decoder_filters": (4, 4), "latent_dim": 1,
    }  # fmt: skip
    config = TrainConfig.model_validate(settings | changes)
    step = CompiledStep(config, SHAPE, 0)
    eps = np.zeros((len(x), 1), np.float32)
    for _ in range(steps):
        step(({"x": x, "eps": eps}, x))
    z_mean, _ = step.networks.encode({"x": x})
    parameters = np.asarray(step.networks.decode(z_mean, {}))
    error = x - 1 / (1 + np.exp(-parameters[..., :1]))
    return float(np.exp(parameters[0, 0, 0, 1])), float(np.sqrt((error**2).mean()))


@pytest.mark.parametrize(("deviation", "strategy"), [(0.01, "train_step"), (0.2, "model_add_loss")])
def test_a_learned_sigma_arrives(deviation: float, strategy: str) -> None:
    """From 0.37 it is at the error of noise around grey, large or small, within 300 steps.

    Moved by the learning rate alone it could at most have come to 0.27.
    """
    noise = np.random.default_rng(0).normal(0.5, deviation, (16, *SHAPE)).clip(0, 1)

    sigma, error = fitted(noise.astype(np.float32), 300, strategy=strategy)

    assert sigma == pytest.approx(error, rel=0.1)


def test_sigma_does_not_vanish() -> None:
    """Images that are all the same are reconstructed exactly; sigma stays at a pixel's rounding."""
    sigma, _ = fitted(np.full((4, *SHAPE), 0.5, np.float32), 300, learning_rate=0.01)

    assert sigma == pytest.approx(ROUNDING, rel=1e-4)


def one_step(**changes: Any) -> tuple[float, float]:
    """Return the optimal sigma after a step of 8 images, and the RMSE of its reconstructions."""
    config = small_config(likelihood="gaussian_optimal", **changes)
    step = CompiledStep(config, SHAPE, 0)
    inputs, x = random_batch(config, SHAPE, 8)
    z_mean, z_log_var = (np.asarray(a) for a in step.networks.encode(inputs))
    parameters = np.asarray(
        step.networks.decode(z_mean + np.exp(z_log_var / 2) * inputs["eps"], {})
    )
    error = x - 1 / (1 + np.exp(-parameters[..., :1]))

    step((inputs, x))

    return math.exp(float(log_sigma(step))), float(np.sqrt((error**2).mean()))


def log_sigma(step: CompiledStep) -> np.ndarray:
    """Return the decoder's weight."""
    return np.asarray(step.networks.decoder.get_layer("log_sigma").log_sigma)


@pytest.mark.parametrize(
    "changes", [*({"strategy": name} for name in get_args(StrategyName)), {"slices": 4}]
)
def test_the_optimal_sigma_is_the_closed_form(changes: dict[str, Any]) -> None:
    """After one step it is the root of the batch's mean squared error, whatever computes it."""
    sigma, error = one_step(**changes)

    assert sigma == pytest.approx(error, rel=1e-5)


def test_the_optimal_sigma_is_a_mean_over_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """It averages the first batches alike, and later the newest has its share."""
    monkeypatch.setattr(compiled_step, "NEWEST", 0.4)
    config = small_config(likelihood="gaussian_optimal", learning_rate=1e-9)
    step = CompiledStep(config, SHAPE, 0)
    errors, variance = [], 0.0
    for n in (3, 4, 5, 6):
        inputs, x = random_batch(config, SHAPE, n)
        parameters = np.asarray(step.model(inputs)[..., :1])
        errors.append(float(((x - 1 / (1 + np.exp(-parameters))) ** 2).mean()))
        step((inputs, x))

    for n, error in enumerate(errors, 1):
        variance += max(1 / n, 0.4) * (error - variance)
    assert math.exp(2 * float(log_sigma(step))) == pytest.approx(variance, rel=1e-4)


def test_the_discretised_logistic_learns_a_sigma_of_each_colour() -> None:
    """Of noise that is as wide as its channel says, each finds its own."""
    deviations = np.array([0.02, 0.05, 0.15])
    noise = np.random.default_rng(0).normal(0.5, deviations, (16, 8, 8, 3)).clip(0, 1)
    x = (np.round(noise * 255) / 255).astype(np.float32)
    config = small_config(likelihood="discretised_logistic", batch_size=16)
    step = CompiledStep(config, (8, 8, 3), 0)

    for _ in range(300):
        step(({"x": x, "eps": np.zeros((16, 3), np.float32)}, x))

    assert np.exp(log_sigma(step)) == pytest.approx(deviations, rel=0.2)
