"""A network for photographs and other colour images, with residual blocks where they are wanted.

The first layer takes squares of pixels for channels and the last gives them back, so all the work
is done at low resolution, where features are many and pixels few. There is no normalisation: each
block begins near the identity instead, which trains as well and costs less.
Sources: He et al. (2016), identity mappings, https://arxiv.org/abs/1603.05027; Zhang, Dauphin and
Ma (2019), residual learning without normalisation, https://arxiv.org/abs/1901.09321; Shi et al.
(2016), sub-pixel convolution, https://arxiv.org/abs/1609.05158.
"""

import math
from typing import Any, Final

import keras
import tensorflow as tf

from models.manifest import ImageShape
from training.config import TrainConfig
from training.networks.feature_maps import crop, first_shape

NEAR_IDENTITY: Final = 0.1  # variance of a block's output, relative to that of its input


@keras.saving.register_keras_serializable(package="vae_atlas")
class Squares(keras.layers.Layer):
    """Turn pixels into channels: (n, h, w, c) → (n, ⌈h / side⌉, ⌈w / side⌉, c · side²)."""

    def __init__(self, side: int, **options: Any) -> None:
        super().__init__(**options)
        self.side = side

    def call(self, x: Any) -> Any:
        """Return the squares; what is missing below and on the right is black."""
        if self.side == 1:
            return x
        down, across = -x.shape[1] % self.side, -x.shape[2] % self.side
        if down or across:
            x = tf.pad(x, [(0, 0), (0, down), (0, across), (0, 0)])
        return tf.nn.space_to_depth(x, self.side)

    def get_config(self) -> dict[str, Any]:
        """Return what makes an equal layer."""
        return {**super().get_config(), "side": self.side}


@keras.saving.register_keras_serializable(package="vae_atlas")
class Subpixel(keras.layers.Layer):
    """Turn channels into pixels: (n, h, w, c · side²) → (n, h · side, w · side, c).

    A convolution before it does what a convolution after nearest-neighbour upsampling does, and
    more, with a quarter of the multiplications for a side of 2.
    """

    def __init__(self, side: int, **options: Any) -> None:
        super().__init__(**options)
        self.side = side

    def call(self, x: Any) -> Any:
        """Return the enlarged image."""
        return tf.nn.depth_to_space(x, self.side) if self.side > 1 else x

    def get_config(self) -> dict[str, Any]:
        """Return what makes an equal layer."""
        return {**super().get_config(), "side": self.side}


def encode(config: TrainConfig, x: Any) -> Any:
    """Return the features, (n, k), that z_mean and z_log_var are made of."""
    x = Squares(config.encoder_strides[0], name="squares")(x)
    layers = zip(
        config.encoder_filters,
        config.encoder_kernels,
        (1, *config.encoder_strides[1:]),
        config.blocks,
        strict=True,
    )
    for i, (filters, kernel, stride, blocks) in enumerate(layers, 1):
        x = activated(config, x) if i > 1 else x
        x = keras.layers.Conv2D(filters, kernel, stride, "same", name=f"conv_{i}")(x)
        x = _blocks(config, x, blocks, f"encoder_{i}")
    return keras.layers.Flatten(name="flatten")(activated(config, x))


def decode(config: TrainConfig, features: Any, image_shape: ImageShape) -> Any:
    """Return the logits of the mean, (n, height, width, channels)."""
    first = first_shape(config, image_shape)
    x = keras.layers.Dense(math.prod(first), name="dense")(features)
    x = keras.layers.Reshape(first, name="reshape")(x)
    layers = zip(
        (*config.decoder_filters, image_shape[-1]),
        config.decoder_kernels,
        config.decoder_strides,
        reversed(config.blocks),
        strict=True,
    )
    for i, (filters, kernel, stride, blocks) in enumerate(layers, 1):
        x = activated(config, _blocks(config, x, blocks, f"decoder_{i}"))
        x = keras.layers.Conv2D(filters * stride**2, kernel, 1, "same", name=f"conv_up_{i}")(x)
        x = Subpixel(stride, name=f"subpixel_{i}")(x)
    return crop(x, image_shape)


def activated(config: TrainConfig, x: Any) -> Any:
    """Return the activation of x."""
    return keras.layers.Activation(config.activation)(x)


def _blocks(config: TrainConfig, x: Any, blocks: int, name: str) -> Any:
    """Add what two convolutions make of x to x, so many times."""
    near_identity = keras.initializers.VarianceScaling(NEAR_IDENTITY)
    for i in range(1, blocks + 1):
        filters = x.shape[-1]
        y = keras.layers.Conv2D(filters, 3, 1, "same", name=f"{name}_{i}a")(activated(config, x))
        y = keras.layers.Conv2D(
            filters, 3, 1, "same", kernel_initializer=near_identity, name=f"{name}_{i}b"
        )(activated(config, y))
        x = keras.layers.Add(name=f"{name}_{i}")([x, y])
    return x
