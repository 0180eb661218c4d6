"""A step in slices of the batch is the same step."""

from typing import Any, get_args

import keras
import numpy as np
import pytest

from tests.integration.training_step import SHAPE, Recorder, build, random_batch, small_config
from training.batch_slices import sliced
from training.compiled_step import CompiledStep
from training.config import StrategyName
from training.networks import build_networks


@pytest.mark.parametrize("name", get_args(StrategyName))
def test_gradients_and_figures_are_the_whole_batchs(name: StrategyName) -> None:
    """Four slices give the loss, reconstruction, KL and gradients of the batch in one piece."""
    optimizer = Recorder()
    model = build(name, small_config(), SHAPE, build_networks(small_config(), SHAPE, 0), optimizer)
    inputs, x = random_batch(small_config(), SHAPE, 8)
    batch = ({key: keras.ops.array(value) for key, value in inputs.items()}, keras.ops.array(x))
    whole_logs = {key: float(value) for key, value in model.train_step(batch).items()}
    whole = optimizer.gradients
    model.reset_metrics()

    logs = sliced(model, 4)(batch)

    assert {key: float(value) for key, value in logs.items()} == pytest.approx(whole_logs, rel=1e-5)
    assert optimizer.gradients.keys() == whole.keys()
    for path, gradient in optimizer.gradients.items():
        largest = float(np.abs(whole[path]).max())
        np.testing.assert_allclose(gradient, whole[path], rtol=1e-5, atol=1e-5 * largest)


def test_the_optimizer_steps_once_a_batch() -> None:
    """A batch in slices counts as one step, and so does a smaller last batch, which is whole."""
    configured = small_config(slices=4)
    step = CompiledStep(configured, SHAPE, 0)

    for n in (8, 3):
        step(random_batch(configured, SHAPE, n))

    assert int(step.model.optimizer.iterations) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"slices": 3}, "no multiple"), ({"slices": 2, "free_bits": 0.1}, "whole batch")],
)
def test_what_cannot_be_sliced_is_refused(changes: dict[str, Any], said: str) -> None:
    """Slices that do not divide the batch, or a KL that needs all of it, are named as mistakes."""
    with pytest.raises(ValueError, match=said):
        small_config(**changes)
