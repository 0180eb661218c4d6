"""Folding a decoder's first layers changes what it costs, not what it computes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import openvino
import pytest
from openvino import opset13 as ops

from app.engines.openvino import fold as folding
from app.engines.openvino.fold import fold

RANDOM = np.random.default_rng(0)


def weights(*shape: int) -> Any:
    """Return a constant of random numbers."""
    return ops.constant(RANDOM.normal(size=shape).astype(np.float32))


def decoder(
    *,
    biases: bool = True,
    after_dense: Callable[[Any], Any] | None = None,
    activation: Callable[[Any], Any] = ops.relu,
) -> Any:
    """Return a decoder of 3 numbers to 10 x 10 pixels: two transposed convolutions."""
    z = ops.parameter([-1, 3], np.float32, name="z")
    features = ops.matmul(z, weights(3, 50), False, False)
    if biases:
        features = ops.add(features, weights(50))
    if after_dense:
        features = after_dense(features)
    features = ops.reshape(features, ops.constant([-1, 5, 5, 2]), special_zero=False)
    features = ops.transpose(features, ops.constant([0, 3, 1, 2]))
    for size in ([10, 10], [10, 10]):
        stride = size[0] // features.get_output_partial_shape(0)[2].get_length()
        channels = features.get_output_partial_shape(0)[1].get_length()
        features = ops.convolution_backprop_data(
            features,
            weights(channels, 4, 3, 3),
            [stride, stride],
            ops.constant(size),
            auto_pad="same_upper",
        )
        if biases:
            features = ops.add(features, weights(1, 4, 1, 1))
        features = activation(features)
    return openvino.Model([features], [z], "decoder")


def kinds(model: Any) -> list[str]:
    """Return the kinds of a model's operations."""
    return [node.get_type_name() for node in model.get_ordered_ops()]


def images(model: Any) -> Any:
    """Compute a batch in float32."""
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    z = np.random.default_rng(1).normal(size=(7, 3)).astype(np.float32)
    return openvino.Core().compile_model(model, "CPU", settings)(z)[0]


def leaky(*slopes: float) -> Callable[[Any], Any]:
    """Return a leaky ReLU with one slope, or one a channel."""
    shape = (1, len(slopes), 1, 1)
    return lambda x: ops.prelu(x, ops.constant(np.array(slopes, np.float32).reshape(shape)))


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize(
    "activation",
    [ops.relu, leaky(0.2), leaky(0.1, 0.2, 0.3, 0.4), lambda x: ops.multiply(x, ops.sigmoid(x))],
    ids=["relu", "leaky", "a slope a channel", "silu"],
)
def test_one_dense_layer_in_place_of_three(biases: bool, activation: Callable[[Any], Any]) -> None:
    """The first transposed convolution goes, and the images stay."""
    model = decoder(biases=biases, activation=activation)
    before = images(model.clone())
    fold(model, openvino.Core())
    assert kinds(model).count("ConvolutionBackpropData") == 1
    np.testing.assert_allclose(images(model), before, rtol=1e-4, atol=1e-4)


def test_the_activation_is_the_dense_layers() -> None:
    """It goes before the reshape, where OpenVINO computes both at once."""
    model = decoder(activation=leaky(0.2))
    fold(model, openvino.Core())
    assert kinds(model).index("PRelu") < kinds(model).index("Reshape")


def test_an_activation_in_between_forbids_it() -> None:
    """What is not linear cannot be folded."""
    model = decoder(after_dense=ops.relu)
    fold(model, openvino.Core())
    assert kinds(model).count("ConvolutionBackpropData") == 2


def test_no_layer_larger_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that a lone item would wait for are not made."""
    monkeypatch.setattr(folding, "MAX_WEIGHTS", 3 * 4 * 100 - 1)
    model = decoder()
    fold(model, openvino.Core())
    assert kinds(model).count("ConvolutionBackpropData") == 2


def test_a_model_without_a_decoder_stays() -> None:
    """Encode has no transposed convolution."""
    x = ops.parameter([-1, 3], np.float32)
    model = openvino.Model([ops.relu(x)], [x], "encoder")
    fold(model, openvino.Core())
    assert kinds(model) == ["Parameter", "Relu", "Result"]
