"""The part of a SavedModel's file that matters here, read and rewritten without TensorFlow.

Only these fields are declared; protobuf carries the others along as they are. Numbers and nesting
as in tensorflow/core/protobuf/{saved_model,meta_graph}.proto and tensorflow/core/framework/*.proto.
"""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from app.engines.allowed_operations import ARITHMETIC, FORMAT
from models.errors import StoreError
from models.manifest import SIGNATURES, Manifest

FILE: Final = "saved_model.pb"
SERVED: Final = "serving_default"
FIELDS: Final = {
    "SavedModel": {"meta_graphs": (2, "MetaGraph")},
    "MetaGraph": {"graph": (2, "Graph"), "signatures": (5, "Signature")},
    "Graph": {"nodes": (1, "Node"), "library": (2, "Library")},
    "Library": {"functions": (1, "Function")},
    "Function": {"nodes": (3, "Node")},
    "Node": {"op": (2, "string")},
    "Signature": {"name": (1, "string"), "definition": (2, "Definition")},
    "Definition": {"inputs": (1, "Tensor"), "outputs": (2, "Tensor")},
    "Tensor": {"name": (1, "string")},
}


class SignatureInvalid(StoreError):
    """The SavedModel lacks a signature, has it with other names, or could reach the machine."""


def read_graph(folder: Path, manifest: Manifest) -> Any:
    """Read a SavedModel's file, a `SavedModel` of `FIELDS`.

    Raises:
        SignatureInvalid: It does not hold what `models.manifest` promises, or does more.
    """
    saved = _messages().FromString((folder / FILE).read_bytes())
    if found := {node.op for node in _nodes(saved)} - ARITHMETIC - FORMAT:
        message = f"the SavedModel contains {', '.join(sorted(found))}: not served"
        raise SignatureInvalid(message)
    definitions = {s.name: s.definition[0] for graph in saved.meta_graphs for s in graph.signatures}
    for name, (_, outputs) in SIGNATURES.items():
        _check(name, definitions.get(name), manifest.input_names(name), outputs)
    return saved


def only_signature(saved: Any, name: str, prefix: str) -> bytes:
    """Return the file with one signature, as the one that is served by default.

    Its outputs' names get a prefix: they may not be those of inputs where names are the graph's.
    """
    alone = type(saved)()
    alone.CopyFrom(saved)
    for graph in alone.meta_graphs:
        [kept] = [s for s in graph.signatures if s.name == name]
        definition = kept.definition[0]
        for output in definition.outputs:
            output.name = prefix + output.name
        del graph.signatures[:]
        graph.signatures.add(name=SERVED, definition=[definition])
    written: bytes = alone.SerializeToString()
    return written


def _check(name: str, definition: Any, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
    if definition is None:
        raise SignatureInvalid(f"the SavedModel has no signature {name}")
    there = [tensor.name for tensor in definition.inputs]
    given = [tensor.name for tensor in definition.outputs]
    if set(there) != set(inputs) or set(given) != set(outputs):
        message = f"signature {name}: {there} -> {given}"
        raise SignatureInvalid(f"{message}, not {list(inputs)} -> {list(outputs)}")


def _nodes(saved: Any) -> Iterator[Any]:
    for meta in saved.meta_graphs:
        for graph in meta.graph:
            yield from graph.nodes
            for library in graph.library:
                for function in library.functions:
                    yield from function.nodes


@functools.cache
def _messages() -> Any:
    """Declare the messages of `FIELDS` and return the class of the outermost."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="atlas.proto", package="atlas", syntax="proto2")
    for message, fields in FIELDS.items():
        declared = file.message_type.add(name=message)
        for name, (number, kind) in fields.items():
            if kind == "string":
                label = kinds.LABEL_OPTIONAL
                declared.field.add(name=name, number=number, type=kinds.TYPE_STRING, label=label)
            else:
                declared.field.add(
                    name=name,
                    number=number,
                    type=kinds.TYPE_MESSAGE,
                    type_name=f".atlas.{kind}",
                    label=kinds.LABEL_REPEATED,
                )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("atlas.SavedModel"))
