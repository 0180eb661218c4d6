"""The TensorFlow engine. No other module of `app` imports TensorFlow.

One inference runs on one thread. That costs nothing where requests keep every core busy, and
with it an item's result does not depend on its neighbours: with TensorFlow 2.21 (oneDNN, 2 cores)
`decode` gave the same bits in batches of 1 to 256, while two threads differed by 1.5e-7.
The exceptions are batches whose rows do not fill the blocks in which a dense layer is multiplied:
a single row takes another routine everywhere (`encode` then differs by 5e-6), and so do the last
three rows on a processor without AVX-512, which multiplies six at a time (5e-7). So loading tries
which block each signature needs on this processor, and a batch is padded to whole blocks by
repeating its last item.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf

from app.arrays import Array
from app.engines.saved_model_file import read_graph
from models.golden import example_inputs
from models.manifest import SIGNATURES, Manifest

BLOCKS: Final = (1, 2, 6)  # rows
TRIED_SIZES: Final = (1, 2, 3, 7, 8, 9)  # of batches; between them they need every block
FULL_SIZE: Final = 12  # whole blocks of each kind: what the tried sizes are compared with
Call = tuple[Any, tuple[str, ...], tuple[str, ...]]  # a callable, its inputs and outputs in order


class TensorFlowEngine:
    """An `Engine`: the signatures of a SavedModel as prepared callables of one session.

    A session is freed with its memory when closed; objects of `tf.saved_model.load` are not.
    Its calls also cost 40 µs less than those of a concrete function.
    """

    name = "tensorflow"

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Load the graph and its weights.

        Raises:
            SignatureInvalid: It does not hold what `models.manifest` promises.
        """
        read_graph(folder, manifest)
        # −1: in the calling thread. TensorFlow's pool is one for all sessions, and a model that
        # is being loaded would hold up the others' inference there.
        config = tf.compat.v1.ConfigProto(
            intra_op_parallelism_threads=1, inter_op_parallelism_threads=-1
        )
        self._session = tf.compat.v1.Session(graph=tf.Graph(), config=config)
        with self._session.graph.as_default():
            graph = tf.compat.v1.saved_model.load(self._session, ["serve"], str(folder))
        self._calls = {
            name: _prepare(self._session, graph.signature_def[name], name, manifest)
            for name in SIGNATURES
        }
        self._blocks = {
            name: _block(self._calls[name][0], manifest, name)
            for name in SIGNATURES.keys() - {"decode"}
        }
        self._blocks["decode"] = self._blocks["decode_mean"]  # rounding hides most of what differs

    def run(self, signature: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Compute one batch."""
        call, inputs_by_order, outputs = self._calls[signature]
        values = [inputs[name] for name in inputs_by_order]
        n = len(values[0])
        results = call(*(_pad(value, self._blocks[signature]) for value in values))
        return {name: result[:n] for name, result in zip(outputs, results, strict=True)}

    def close(self) -> None:
        """Free the session and its memory."""
        self._calls.clear()
        self._session.close()


def _prepare(session: Any, definition: Any, name: str, manifest: Manifest) -> Call:
    """Turn a signature into a callable that takes its inputs in order."""
    inputs, outputs = manifest.input_names(name), SIGNATURES[name][1]
    fetches = [definition.outputs[output].name for output in outputs]
    feeds = [definition.inputs[field].name for field in inputs]
    return session.make_callable(fetches, feed_list=feeds), inputs, outputs


def _pad(values: Array, block: int) -> Array:
    """Repeat the last item until the rows fill whole blocks."""
    missing = -len(values) % block
    return np.concatenate([values, values[-1:].repeat(missing, axis=0)]) if missing else values


def _block(call: Any, manifest: Manifest, name: str) -> int:
    """Return the smallest block of rows to which a batch must be padded to get the same bits."""
    inputs = example_inputs(manifest, name, FULL_SIZE).values()
    together = call(*inputs)

    def suffices(block: int) -> bool:
        for n in TRIED_SIZES:
            results = call(*(_pad(values[:n], block) for values in inputs))
            if any((a[:n] != b[:n]).any() for a, b in zip(results, together, strict=True)):
                return False
        return True

    return next(filter(suffices, BLOCKS), BLOCKS[-1])
