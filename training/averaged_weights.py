"""A running average of the weights, kept by the optimizer: what is measured and exported."""

import contextlib
from collections.abc import Iterator

import keras


@contextlib.contextmanager
def averaged(model: keras.Model) -> Iterator[None]:
    """Give a compiled model its averaged weights for as long as the block runs.

    Without effect where no average is kept. An average of the last steps makes fewer errors than
    the weights of any one of them. Source: Polyak and Juditsky (1992), Acceleration of stochastic
    approximation by averaging.
    """
    if not model.optimizer.use_ema or not int(model.optimizer.iterations):
        yield
        return
    weights = model.trainable_variables
    kept = [weight.numpy() for weight in weights]
    model.optimizer.finalize_variable_values(weights)
    try:
        yield
    finally:
        for weight, value in zip(weights, kept, strict=True):
            weight.assign(value)
