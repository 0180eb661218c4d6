"""The articles' network: a convolutional encoder, and a decoder of transposed convolutions."""

import math
from typing import Any

import keras

from models.manifest import ImageShape
from training.config import TrainConfig
from training.networks.feature_maps import crop, first_shape


def encode(config: TrainConfig, x: Any) -> Any:
    """Return the features, (n, k), that z_mean and z_log_var are made of."""
    layers = zip(
        config.encoder_filters, config.encoder_kernels, config.encoder_strides, strict=True
    )
    for i, (filters, kernel, stride) in enumerate(layers, 1):
        x = keras.layers.Conv2D(
            filters, kernel, stride, "same", activation=config.activation, name=f"conv_{i}"
        )(x)
    return keras.layers.Flatten(name="flatten")(x)


def decode(config: TrainConfig, features: Any, image_shape: ImageShape) -> Any:
    """Return the logits of the mean, (n, height, width, channels)."""
    first = first_shape(config, image_shape)
    features = keras.layers.Dense(math.prod(first), name="dense")(features)
    features = keras.layers.Reshape(first, name="reshape")(features)
    *hidden, last = zip(
        (*config.decoder_filters, image_shape[-1]),
        config.decoder_kernels,
        config.decoder_strides,
        strict=True,
    )
    for i, (filters, kernel, stride) in enumerate(hidden, 1):
        features = keras.layers.Conv2DTranspose(
            filters, kernel, stride, "same", activation=config.activation, name=f"conv_t_{i}"
        )(features)
    logits = keras.layers.Conv2DTranspose(*last, "same", name=f"conv_t_{len(hidden) + 1}")(features)
    return crop(logits, image_shape)
