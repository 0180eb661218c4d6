"""Compute a decoder's last layer in blocks of 2 x 2 pixels, for OpenVINO.

A transposed convolution of stride 1 to one channel, or three, fills an eighth or less of a vector
register. As a convolution of stride 2 whose channels are the pixels of a block (Shi et al. 2016,
section 3.2, https://arxiv.org/abs/1609.05158) it multiplies more, by zeros, in less time.
"""

from typing import Any, Final

import numpy as np
from openvino import opset13 as ops

SIDE: Final = 2  # of a block, pixels; 4 is as fast in the source's network, 7 is slower
MOST_CHANNELS: Final = 4  # of an image; more fill a register by themselves


def compute_in_blocks(model: Any) -> None:
    """Replace, in place, the last transposed convolution if it is of that kind."""
    found = [n for n in model.get_ordered_ops() if n.get_type_name() == "ConvolutionBackpropData"]
    if not found or not _is_of_that_kind(found[-1]):
        return
    layer = found[-1]
    kernel = layer.input_value(1).get_node().get_data()  # (in, out, height, width)
    padding = [side // 2 for side in kernel.shape[2:]]
    weights = ops.constant(block_kernel(kernel))
    blocks = ops.convolution(
        layer.input_value(0), weights, [SIDE, SIDE], padding, padding, [1, 1], "explicit"
    )
    shuffled = ops.depth_to_space(blocks, "depth_first", SIDE)
    layer.output(0).replace(shuffled.output(0))


def _is_of_that_kind(layer: Any) -> bool:
    weights = layer.input_value(1).get_node()
    if weights.get_type_name() != "Constant" or list(layer.get_attributes()["strides"]) != [1, 1]:
        return False
    _, channels, *kernel = weights.get_output_shape(0)
    size, before = (
        list(value.get_partial_shape())[2:] for value in (layer.output(0), layer.input_value(0))
    )
    return (
        channels <= MOST_CHANNELS
        and all(side % 2 for side in kernel)
        and size == before
        and all(d.is_static and d.get_length() % SIDE == 0 for d in size)
    )


def block_kernel(kernel: Any) -> Any:
    """Return the convolution's kernel: for each channel, and each pixel of a block, it once.

    Args:
        kernel: Of the transposed convolution, (in, out, height, width).

    Returns:
        (out * SIDE², in, height + SIDE − 1, width + SIDE − 1).
    """
    channels_in, channels, height, width = kernel.shape
    turned = kernel[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    larger = (channels, SIDE, SIDE, channels_in, height + SIDE - 1, width + SIDE - 1)
    result = np.zeros(larger, kernel.dtype)
    for row in range(SIDE):
        for column in range(SIDE):
            result[:, row, column, :, row : row + height, column : column + width] = turned
    return result.reshape(-1, *larger[3:])
