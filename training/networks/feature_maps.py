"""Sizes of a convolutional decoder's feature maps, where strides do not divide the image."""

import math
from typing import Any

import keras

from models.manifest import ImageShape
from training.config import TrainConfig


def first_shape(config: TrainConfig, image_shape: ImageShape) -> tuple[int, int, int]:
    """Return height, width and channels of the first feature map: strided layers round up."""
    height, width, _ = image_shape
    total_stride = math.prod(config.decoder_strides)
    return -(-height // total_stride), -(-width // total_stride), config.encoder_filters[-1]


def crop(logits: Any, image_shape: ImageShape) -> Any:
    """Crop below and on the right what rounding up has added."""
    height, width, _ = image_shape
    _, grown_height, grown_width, _ = logits.shape
    if (grown_height, grown_width) == (height, width):
        return logits
    surplus = ((0, grown_height - height), (0, grown_width - width))
    return keras.layers.Cropping2D(surplus, name="crop")(logits)
