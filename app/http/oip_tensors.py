"""Tensors as the Open Inference Protocol writes them: numbers in JSON, or bytes behind it.

Source: KServe's Open Inference Protocol (V2) and Triton's extension for binary tensor data.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import numpy as np
import orjson
from pydantic import BaseModel, Field, NonNegativeInt, StrictBool, ValidationError, model_validator

from app.arrays import Array
from app.errors import InvalidRequest
from app.http.queries import reasons
from models.manifest import Tensor

DATATYPES: Final = {"UINT8": np.dtype("<u1"), "INT32": np.dtype("<i4"), "FP32": np.dtype("<f4")}
NAMES: Final = {dtype: name for name, dtype in DATATYPES.items()}
Name = Annotated[str, Field(max_length=200)]


class Message(BaseModel):
    """A part of a request, in which null is the same as absent (KServe's clients send nulls)."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {name: value for name, value in values.items() if value is not None}


class InputParameters(Message):
    """Where an input's values are."""

    binary_data_size: NonNegativeInt | None = None


class Input(Message):
    """A tensor that comes in."""

    name: Name
    shape: Annotated[list[NonNegativeInt], Field(max_length=8)]
    datatype: Name
    parameters: InputParameters = InputParameters()
    data: Any = None


class OutputParameters(Message):
    """How an output is to be written."""

    binary_data: StrictBool | None = None


class Output(Message):
    """A tensor that is asked for."""

    name: Name
    parameters: OutputParameters = OutputParameters()


class RequestParameters(Message):
    """How outputs are to be written that do not say it themselves."""

    binary_data_output: StrictBool = False


class InferenceRequest(Message):
    """The JSON of a request."""

    id: Annotated[str, Field(max_length=200)] = ""
    parameters: RequestParameters = RequestParameters()
    inputs: Annotated[list[Input], Field(min_length=1, max_length=8)]
    outputs: Annotated[list[Output], Field(max_length=8)] = []

    def wanted(self, known: Sequence[str]) -> dict[str, bool]:
        """Return which outputs are wanted, and whether as bytes: all of them if none is named.

        Raises:
            InvalidRequest: One is not known.
        """
        everything = self.parameters.binary_data_output
        if not self.outputs:
            return dict.fromkeys(known, everything)
        for output in self.outputs:
            if output.name not in known:
                message = f"there is no output {output.name!r}; there are: {', '.join(known)}"
                raise InvalidRequest(message)
        asked = {output.name: output.parameters.binary_data for output in self.outputs}
        return {name: everything if binary is None else binary for name, binary in asked.items()}


def read_request(
    body: bytes, json_size: int, expected: Mapping[str, Tensor], most_items: int
) -> tuple[InferenceRequest, dict[str, Array]]:
    """Take a request apart; its first `json_size` bytes are JSON, the others are tensors.

    Returns:
        What it asks, and its inputs: (n, …) each, of one n from 1 to `most_items`.

    Raises:
        InvalidRequest: It is not of the protocol, or its tensors are not those expected.
    """
    head, rest = body[:json_size], memoryview(body)[json_size:]
    values = sum(math.prod(tensor.shape) for tensor in expected.values())
    if head.count(b",") > most_items * values + 1000:  # refused unread: parsing holds up others
        raise InvalidRequest(f"the body has more values than a request's {most_items} items")
    try:
        request = InferenceRequest.model_validate(orjson.loads(head))
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"the body is not JSON: {error.msg}") from error
    except ValidationError as error:
        raise InvalidRequest(reasons(error.errors())) from error
    if sorted(given.name for given in request.inputs) != sorted(expected):
        came = ", ".join(given.name[:40] for given in request.inputs)
        raise InvalidRequest(f"the inputs must be {', '.join(expected)}, but are {came}")
    inputs = {}
    for given in request.inputs:
        size = given.parameters.binary_data_size or 0
        inputs[given.name] = _array(given, rest[:size], expected[given.name])
        rest = rest[size:]
    if rest:
        raise InvalidRequest(f"{len(rest)} bytes follow the tensors that the JSON announces")
    counts = {len(array) for array in inputs.values()}
    if len(counts) > 1 or not 1 <= max(counts) <= most_items:
        came = ", ".join(map(str, sorted(counts)))
        raise InvalidRequest(f"inputs have the same 1 to {most_items} items, not {came}")
    return request, inputs


def _array(given: Input, data: memoryview, expected: Tensor) -> Array:
    """Read one input, (n, …) of the expected shape and dtype."""
    datatype = NAMES[expected.dtype]
    if given.datatype != datatype or tuple(given.shape[1:]) != expected.shape or not given.shape:
        wanted = f"{datatype} of shape {[-1, *expected.shape]}"
        came = f"{given.datatype[:40]} of shape {given.shape}"
        raise InvalidRequest(f"input {given.name} must be {wanted}, but is {came}")
    size = math.prod(given.shape)
    if given.parameters.binary_data_size is not None:
        if given.data is not None or len(data) != size * expected.dtype.itemsize:
            message = f"input {given.name} has {len(data)} bytes, which are not those of its shape"
            raise InvalidRequest(message)
        return np.frombuffer(data, expected.dtype).reshape(given.shape)
    try:
        values = np.array(given.data)
    except ValueError as error:  # lists of different lengths
        raise InvalidRequest(f"the data of input {given.name} is not a tensor") from error
    numbers = "iu" if expected.dtype.kind in "iu" else "iuf"
    if values.dtype.kind not in numbers or values.size != size:
        came = f"{values.size} of {values.dtype}" if size else "none"
        raise InvalidRequest(f"input {given.name} must have {size} {datatype} values, not {came}")
    if expected.dtype.kind in "iu":
        bounds = np.iinfo(expected.dtype)
        if values.min() < bounds.min or values.max() > bounds.max:
            raise InvalidRequest(f"input {given.name} has values that {datatype} cannot hold")
    with np.errstate(over="ignore"):  # an infinity, which is refused where z is looked at
        return values.astype(expected.dtype).reshape(given.shape)


def write_answer(
    head: Mapping[str, Any], outputs: Mapping[str, Array], binary: Mapping[str, bool]
) -> tuple[bytes, int | None]:
    """Write an answer: its body, and how much of it is JSON where bytes follow."""
    tensors, parts = [], []
    for name, array in outputs.items():
        tensor: dict[str, Any] = {"name": name, "datatype": NAMES[array.dtype]}
        tensor["shape"] = list(array.shape)
        if binary[name]:
            parts.append(array.tobytes())
            tensor["parameters"] = {"binary_data_size": len(parts[-1])}
        else:
            tensor["data"] = np.ascontiguousarray(array).ravel()
        tensors.append(tensor)
    json = orjson.dumps({**head, "outputs": tensors}, option=orjson.OPT_SERIALIZE_NUMPY)
    return b"".join([json, *parts]), len(json) if parts else None
