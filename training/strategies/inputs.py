"""What the functional strategies share: the symbolic batch."""

from typing import Any

import keras

from training.networks import Networks


def symbolic_batch(networks: Networks) -> dict[str, Any]:
    """Return a Keras input for x, eps and, if conditional, label."""
    shapes = {name: tensor.shape[1:] for name, tensor in networks.encoder.input.items()}
    shapes["eps"] = networks.encoder.output[0].shape[1:]
    return {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
