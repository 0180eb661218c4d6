"""The OpenVINO engine, an optional extra: it reads the same SavedModel, without TensorFlow.

It starts in a third of TensorFlow's time, needs half the memory (docs/performance.md), and computes
a lone item sooner. An item's bits do not depend on its batch as long as one thread computes it.
OpenVINO computes in the caller's thread only where a model has one stream of one thread; with more,
it hands the work to threads of its own and back, which takes a quarter of a small decode's time. So
each signature is compiled twice: for one caller, and for those that call while it computes, if
there are to be any.
"""

import functools
import os
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import openvino
from openvino.properties import inference_num_threads, num_streams
from openvino.properties.hint import enable_cpu_pinning, inference_precision

from app.arrays import Array
from app.engines.openvino.fold import fold
from app.engines.openvino.subpixel import compute_in_blocks
from app.engines.saved_model_file import FILE, SignatureInvalid, only_signature, read_graph
from models.manifest import SIGNATURES, Manifest

PREFIX: Final = "out."  # `image` is an input and an output of reconstruct


class OpenVINOEngine:
    """An `Engine`: each signature a compiled model."""

    name = "openvino"

    def __init__(self, folder: Path, manifest: Manifest, *, several_threads: bool = True) -> None:
        """Load and compile the signatures, for several threads or for one.

        Raises:
            SignatureInvalid: The graph does not hold what `models.manifest` promises, or OpenVINO
                does not know an operation of it.
        """
        saved = read_graph(folder, manifest)
        with tempfile.TemporaryDirectory() as scratch:
            (Path(scratch) / "variables").symlink_to((folder / "variables").absolute())
            self._models = {
                name: _compile(saved, name, Path(scratch), several_threads) for name in SIGNATURES
            }

    def run(self, signature: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Compute one batch."""
        results = self._models[signature].infer(inputs)
        return {name: results[PREFIX + name] for name in SIGNATURES[signature][1]}

    def close(self) -> None:
        """Free the models."""
        self._models.clear()


class _Compiled:
    """A signature that several threads may call; the first computes without a change of thread."""

    def __init__(self, model: Any, several_threads: bool) -> None:
        core = _core()
        alone = {inference_num_threads: 1, num_streams: 1}
        self._first = core.compile_model(model, "CPU", alone).create_infer_request()
        self._first_is_free = threading.Lock()
        self._others: Any = core.compile_model(model, "CPU") if several_threads else None
        self._requests = threading.local()

    def infer(self, inputs: Mapping[str, Array]) -> Any:
        """Compute one batch: outputs by name."""
        if self._first_is_free.acquire(blocking=self._others is None):
            try:
                return self._first.infer(inputs, share_inputs=True)
            finally:
                self._first_is_free.release()
        request = getattr(self._requests, "own", None)
        if request is None:
            request = self._requests.own = self._others.create_infer_request()
        return request.infer(inputs, share_inputs=True)


def _compile(saved: Any, signature: str, scratch: Path, several_threads: bool) -> _Compiled:
    """Compile one signature; OpenVINO reads only the one that is served by default."""
    (scratch / FILE).write_bytes(only_signature(saved, signature, PREFIX))
    core = _core()
    try:
        model = core.read_model(scratch)
        fold(model, core)
        compute_in_blocks(model)
        return _Compiled(model, several_threads)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise SignatureInvalid(f"OpenVINO cannot compile {signature}: {reason}") from error


@functools.cache
def _core() -> Any:
    core = openvino.Core()
    core.set_property({"ENABLE_MMAP": False})  # a file cut short in place would end the process
    threads = os.cpu_count() or 1
    core.set_property(
        "CPU",
        {
            inference_precision: openvino.Type.f32,
            inference_num_threads: threads,
            num_streams: threads,
            enable_cpu_pinning: False,
        },
    )
    return core
