"""The articles' ways of adding the KL loss, each made to work in Keras 3, behind one interface.

A strategy is a function `build(networks, objective, optimizer)` that returns a compiled
`keras.Model`. Its inputs are a batch's `{"x": (n, height, width, channels), "eps": (n,
latent_dim)}`, with `label` when conditional; the target is x. Whatever the way, its `train_step`
reports `loss`, `reconstruction` and `kl`, nats per image, and runs the encoder once.
"""

from collections.abc import Callable
from importlib import import_module

import keras

from training.config import StrategyName
from training.networks import Networks
from training.objective import Objective

Build = Callable[[Networks, Objective, keras.optimizers.Optimizer], keras.Model]


def strategy(name: StrategyName) -> Build:
    """Return a strategy's `build` by the name that the configuration gives it."""
    return import_module(f"training.strategies.{name}").build
