"""Compute a decoder's last layer in blocks of pixels, for OpenVINO.

A transposed convolution of stride 1 to one channel, or three, fills an eighth or less of a vector
register. As a convolution whose stride is a block's side and whose channels are the pixels of a
block (Shi et al. 2016, section 3.2, https://arxiv.org/abs/1609.05158) it multiplies more, by
zeros, in less time.
"""

from typing import Any, Final

import numpy as np
from openvino import opset13 as ops

SIDES: Final = (4, 2)  # of a block, pixels; 7 is slower
LANES: Final = 16  # numbers in the widest register; a block's pixels and channels fill at most one


def compute_in_blocks(model: Any) -> None:
    """Replace, in place, the last transposed convolution if blocks make it faster."""
    found = [n for n in model.get_ordered_ops() if n.get_type_name() == "ConvolutionBackpropData"]
    side = _side_of_blocks(found[-1]) if found else None
    if side is None:
        return
    layer = found[-1]
    kernel = layer.input_value(1).get_node().get_data()  # (in, out, height, width)
    padding = [length // 2 for length in kernel.shape[2:]]
    weights = ops.constant(block_kernel(kernel, side))
    blocks = ops.convolution(
        layer.input_value(0), weights, [side, side], padding, padding, [1, 1], "explicit"
    )
    shape = [d.get_length() for d in list(layer.output(0).get_partial_shape())[1:]]
    layer.output(0).replace(_images(blocks, side, shape).output(0))


def _images(blocks: Any, side: int, shape: list[int]) -> Any:
    """Lay blocks (n, channels · side², rows, columns) out as images (n, *shape).

    OpenVINO's depth_to_space does so too, but leaves the channels innermost, and of one channel it
    computes what follows number by number: a sigmoid in 12 µs in place of 3.
    """
    _, height, width = shape
    apart = ops.constant([-1, side, side, height // side, width // side])
    turned = ops.transpose(
        ops.reshape(blocks, apart, special_zero=False), ops.constant([0, 3, 1, 4, 2])
    )
    return ops.reshape(turned, ops.constant([-1, *shape]), special_zero=False)


def _side_of_blocks(layer: Any) -> int | None:
    """Return the side of the largest blocks that fit, or None if the layer is of another kind."""
    weights = layer.input_value(1).get_node()
    if weights.get_type_name() != "Constant" or list(layer.get_attributes()["strides"]) != [1, 1]:
        return None
    _, channels, *kernel = weights.get_output_shape(0)
    size, before = (
        list(value.get_partial_shape())[2:] for value in (layer.output(0), layer.input_value(0))
    )
    if size != before or any(d.is_dynamic for d in size) or not all(side % 2 for side in kernel):
        return None
    for side in SIDES:
        if channels * side**2 <= LANES and all(d.get_length() % side == 0 for d in size):
            return side
    return None


def block_kernel(kernel: Any, side: int) -> Any:
    """Return the convolution's kernel: the given one, shifted, for each pixel of a block.

    Args:
        kernel: Of the transposed convolution, (in, out, height, width).
        side: Of a block, pixels.

    Returns:
        (out * side², in, height + side − 1, width + side − 1).
    """
    channels_in, channels, height, width = kernel.shape
    turned = kernel[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    larger = (channels, side, side, channels_in, height + side - 1, width + side - 1)
    result = np.zeros(larger, kernel.dtype)
    for row in range(side):
        for column in range(side):
            result[:, row, column, :, row : row + height, column : column + width] = turned
    return result.reshape(-1, *larger[3:])
