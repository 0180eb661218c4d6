"""Fold a decoder's first layers into one, for OpenVINO.

Nothing but arithmetic of weights lies between a decoder's dense layer and its first activation:
the dense layer, a reshape, a transposed convolution, two biases. In the network that `training`
builds, at latent_dim 12, they were half of a decode; as one dense layer they take 4 % of its
multiplications.
The activation goes before the reshape, so that OpenVINO computes it within the dense layer.
"""

import math
from typing import Any, Final

import numpy as np
import openvino
from openvino import opset13 as ops
from openvino.properties.hint import inference_precision

MAX_WEIGHTS: Final = 1 << 20  # of the new layer: 4 MiB, so that a lone item finds it in the cache
BETWEEN: Final = {"Add", "Reshape", "Transpose"}
ACTIVATIONS: Final = {"Elu", "PRelu", "Relu", "SoftPlus", "Tanh"}  # the same for any shape


def fold(model: Any, core: Any) -> None:
    """Replace, in place, the layers from z to the first bias after a transposed convolution.

    The results are equal but for rounding: a pixel in 50,000 differs, by one grey level. A decoder
    of another form is left as it is, and so is one whose new layer would exceed `MAX_WEIGHTS`.
    """
    order = model.get_ordered_ops()
    convolution = next((n for n in order if n.get_type_name() == "ConvolutionBackpropData"), None)
    dense = convolution and _dense_before(convolution)
    if dense is None:
        return
    end = _bias_after(convolution)
    dimensions = [dense.get_input_partial_shape(0)[1], *list(end.get_output_partial_shape(0))[1:]]
    if any(d.is_dynamic for d in dimensions):
        return
    width, *size = (d.get_length() for d in dimensions)
    if width * math.prod(size) > MAX_WEIGHTS:
        return
    start = dense.input_value(0)
    weights, bias = _affine(dense, end, width, core)
    folded = ops.add(ops.matmul(start, ops.constant(weights), False, False), ops.constant(bias))
    last = _activation_after(end)
    users = last.output(0).get_target_inputs()
    if last is not end:
        last.input(0).replace_source_output(folded.output(0))
        folded = last
    shaped = ops.reshape(folded, ops.constant(np.array([-1, *size])), special_zero=False)
    for user in users:
        user.replace_source_output(shaped.output(0))
    model.validate_nodes_and_infer_types()


def _dense_before(convolution: Any) -> Any:
    """Return the dense layer whose output, shaped and with a bias, a convolution takes."""
    node = convolution.input_value(0).get_node()
    while node.get_type_name() in BETWEEN:
        node = node.input_value(0).get_node()
    is_dense = node.get_type_name() == "MatMul" and _is_constant(node.input_value(1))
    return node if is_dense else None


def _bias_after(convolution: Any) -> Any:
    """Return the addition of a bias that follows, or the convolution if none does."""
    [*users] = convolution.output(0).get_target_inputs()
    after = users[0].get_node()
    is_bias = after.get_type_name() == "Add" and _is_constant(after.input_value(1))
    return after if is_bias and len(users) == 1 else convolution


def _activation_after(end: Any) -> Any:
    """Return the activation that follows, made to fit any shape, or `end` if none may be moved."""
    [*users] = end.output(0).get_target_inputs()
    after = users[0].get_node()
    if len(users) > 1 or after.get_type_name() not in ACTIVATIONS:
        return end
    if after.get_type_name() == "PRelu":  # a leaky ReLU, if its slope is one number
        slope = after.input_value(1)
        if not _is_constant(slope) or math.prod(slope.get_shape()) != 1:
            return end
        number = slope.get_node().get_data().reshape(1)
        after.input(1).replace_source_output(ops.constant(number).output(0))
    return after


def _is_constant(value: Any) -> bool:
    return bool(value.get_node().get_type_name() == "Constant")


def _affine(dense: Any, end: Any, width: int, core: Any) -> tuple[Any, Any]:
    """Return the weights, (width, n), and the bias, (1, n), of what lies between two nodes."""
    unit = ops.parameter([-1, width], np.float32)
    dense.input(0).replace_source_output(unit.output(0))
    part = openvino.Model([end.output(0)], [unit], "affine")
    compute = core.compile_model(part, "CPU", {inference_precision: openvino.Type.f32})
    points = np.concatenate([np.zeros((1, width)), np.eye(width)]).astype(np.float32)
    values = compute(points)[0].reshape(width + 1, -1)
    return values[1:] - values[:1], values[:1]
