"""A network of dense layers, for small images: it sees all pixels at once.

It is how the likelihood tables of MNIST are made, and cheap enough for hundreds of epochs. Blocks
begin near the identity. Source: He et al. (2016). https://arxiv.org/abs/1603.05027
"""

import math
from typing import Any, Final

import keras

from models.manifest import ImageShape
from training.config import TrainConfig

NEAR_IDENTITY: Final = 0.1  # variance of a block's output, relative to that of its input


def encode(config: TrainConfig, x: Any) -> Any:
    """Return the features, (n, units), that z_mean and z_log_var are made of."""
    return _hidden(config, keras.layers.Flatten(name="flatten")(x), "encoder")


def decode(config: TrainConfig, features: Any, image_shape: ImageShape) -> Any:
    """Return the logits of the mean, (n, height, width, channels)."""
    x = keras.layers.Dense(math.prod(image_shape), name="pixels")(
        _hidden(config, features, "decoder")
    )
    return keras.layers.Reshape(image_shape, name="reshape")(x)


def _hidden(config: TrainConfig, x: Any, name: str) -> Any:
    near_identity = keras.initializers.VarianceScaling(NEAR_IDENTITY)
    x = keras.layers.Dense(config.units, name=f"{name}_first")(x)
    for i in range(1, sum(config.blocks) + 1):
        y = keras.layers.Activation(config.activation)(x)
        y = keras.layers.Dense(config.units, config.activation, name=f"{name}_{i}a")(y)
        y = keras.layers.Dense(config.units, kernel_initializer=near_identity, name=f"{name}_{i}b")(
            y
        )
        x = keras.layers.Add(name=f"{name}_{i}")([x, y])
    return keras.layers.Activation(config.activation, name=f"{name}_last")(x)
