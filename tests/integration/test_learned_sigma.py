"""A learned sigma comes to the error of the reconstructions, and in time."""

from typing import Any

import numpy as np
import pytest

from training.compiled_step import CompiledStep
from training.config import TrainConfig
from training.networks import ROUNDING

SHAPE = (8, 8, 1)


def fitted(x: np.ndarray, steps: int, **changes: Any) -> tuple[float, float]:
    """Fit a tiny network to the same images again and again; return sigma and RMSE."""
    settings = {
        "name": "a", "dataset": "a", "beta": 1.0, "likelihood": "gaussian_learned",
        "encoder_filters": (4, 4, 4), "decoder_filters": (4, 4), "latent_dim": 1,
    }  # fmt: skip
    config = TrainConfig.model_validate(settings | changes)
    step = CompiledStep(config, SHAPE, 0, steps)
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
