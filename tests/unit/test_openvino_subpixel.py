"""The last layer in blocks computes what the transposed convolution does."""

from typing import Any

import numpy as np
import openvino
import pytest
from openvino import opset13 as ops

from app.engines.openvino.subpixel import compute_in_blocks

RANDOM = np.random.default_rng(0)


def layer(channels: int, kernel: int = 3, size: tuple[int, int] = (6, 8), stride: int = 1) -> Any:
    """Return a model of one transposed convolution, of 5 channels to some."""
    x = ops.parameter([-1, 5, *size], np.float32, name="x")
    weights = RANDOM.normal(size=(5, channels, kernel, kernel)).astype(np.float32)
    grown = ops.constant([side * stride for side in size])
    result = ops.convolution_backprop_data(
        x, ops.constant(weights), [stride, stride], grown, auto_pad="same_upper"
    )
    return openvino.Model([result], [x], "layer")


def computed(model: Any) -> Any:
    """Compute a batch in float32."""
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    shape = [3, *list(model.inputs[0].get_partial_shape())[1:]]
    x = np.random.default_rng(1).normal(size=[int(str(d)) for d in shape]).astype(np.float32)
    return openvino.Core().compile_model(model, "CPU", settings)(x)[0]


def is_in_blocks(model: Any) -> bool:
    """Tell whether the layer was replaced."""
    kinds = {node.get_type_name() for node in model.get_ordered_ops()}
    return "Convolution" in kinds and "ConvolutionBackpropData" not in kinds


@pytest.mark.parametrize("size", [(6, 8), (8, 12)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_the_same_pixels(channels: int, kernel: int, size: tuple[int, int]) -> None:
    """Grey or colour, in blocks of 2 or 4 pixels, whatever the kernel's size."""
    model = layer(channels, kernel, size)
    before = computed(model.clone())
    compute_in_blocks(model)
    assert is_in_blocks(model)
    np.testing.assert_allclose(computed(model), before, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "other",
    [
        layer(5),
        layer(1, kernel=2),
        layer(1, size=(5, 8)),
        layer(1, stride=2),
    ],
    ids=["many channels", "even kernel", "odd height", "stride 2"],
)
def test_others_stay(other: Any) -> None:
    """What is not of that kind is left as it is."""
    compute_in_blocks(other)
    assert not is_in_blocks(other)
