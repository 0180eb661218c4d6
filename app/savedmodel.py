"""The real engine: a SavedModel under TensorFlow. No other module of `app` imports TensorFlow.

One inference runs on one thread. That costs nothing where requests keep every core busy, and
with it an item's result does not depend on its neighbours: with TensorFlow 2.21 (oneDNN, 2 cores)
`decode` gave the same bits in batches of 1 to 256, while two threads differed by 1.5e-7.
The exception is a batch of one, for which the dense layers take another routine; `encode` then
differs by 5e-6. So a lone item is computed twice over (`PAIR`) where that is so.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf

from app.engine import Array
from app.graphs import input_names, read_graph
from models.manifest import SIGNATURES, Manifest

PAIR: Final = 2
Call = tuple[Any, tuple[str, ...], tuple[str, ...]]  # what to call, its inputs and outputs in order


class SavedModel:
    """An `Engine`: the signatures of a SavedModel as prepared calls of one session.

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

    def run(self, signature: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Compute one batch."""
        call, inputs_by_order, outputs = self._calls[signature]
        values = [inputs[name] for name in inputs_by_order]
        lone = len(values[0]) == 1 and signature in {"encode", "reconstruct"}
        if lone:
            values = [np.repeat(value, PAIR, axis=0) for value in values]
        results = call(*values)
        return {
            name: result[:1] if lone else result
            for name, result in zip(outputs, results, strict=True)
        }

    def close(self) -> None:
        """Free the session and its memory."""
        self._calls.clear()
        self._session.close()


def _prepare(session: Any, definition: Any, name: str, manifest: Manifest) -> Call:
    """Turn a signature into a call that takes its inputs in order."""
    inputs, outputs = SIGNATURES[name]
    inputs = input_names(manifest, inputs)
    fetches = [definition.outputs[output].name for output in outputs]
    feeds = [definition.inputs[field].name for field in inputs]
    return session.make_callable(fetches, feed_list=feeds), inputs, outputs
