"""The ways to compute a decode from the same export: microseconds an image, one caller.

    python -m benchmarks.service.decode_runtimes [--rounds 5]

Each way has a process of its own, because TensorFlow's threads are set once; rounds take turns.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np

from app.arrays import Array
from app.engines.select import load_openvino, load_tensorflow
from benchmarks.peers.workload import MODEL
from models.manifest import read_manifest
from tests.service_process import ROOT

SIZES: Final = (1, 8, 32)
IMAGES: Final = 640  # a size
Decode = Callable[[Array], Array]


def _tensorflow(threads: int) -> Any:
    import tensorflow as tf  # noqa: PLC0415

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    return tf


def _image(tf: Any, decode: Any, _model: Any, z: Array) -> Array:
    """Call a function; the model whose variables it reads lives as long as the call can be made."""
    return decode(z=tf.constant(z))["image"].numpy()


def signature(threads: int) -> Decode:
    """Call the signature that `tf.saved_model.load` gives, a concrete function."""
    tf = _tensorflow(threads)
    loaded = tf.saved_model.load(str(MODEL))
    return partial(_image, tf, loaded.signatures["decode"], loaded)


def frozen(threads: int) -> Decode:
    """Call the signature with its variables made constants."""
    tf = _tensorflow(threads)
    from tensorflow.python.framework import convert_to_constants  # noqa: PLC0415

    loaded = tf.saved_model.load(str(MODEL))
    decode = convert_to_constants.convert_variables_to_constants_v2(loaded.signatures["decode"])
    return lambda z: decode(tf.constant(z))[0].numpy()


def xla(threads: int) -> Decode:
    """Call the signature compiled by XLA, anew for each batch size."""
    tf = _tensorflow(threads)
    loaded = tf.saved_model.load(str(MODEL))
    decode = tf.function(loaded.signatures["decode"], jit_compile=True)
    return partial(_image, tf, decode, loaded)


def session(_: int) -> Decode:
    """Call this service's TensorFlow engine: a session's callable in the caller's thread."""
    engine = load_tensorflow(MODEL, read_manifest(MODEL))
    return lambda z: engine.run("decode", {"z": z})["image"]


def openvino(_: int) -> Decode:
    """Call this service's OpenVINO engine."""
    engine = load_openvino(MODEL, read_manifest(MODEL))
    return lambda z: engine.run("decode", {"z": z})["image"]


WAYS: Final[dict[str, tuple[Callable[[int], Decode], int]]] = {
    "signature, 2 threads": (signature, 2),
    "signature, 1 thread": (signature, 1),
    "frozen, 2 threads": (frozen, 2),
    "frozen, 1 thread": (frozen, 1),
    "XLA a batch size, 2 threads": (xla, 2),
    "XLA a batch size, 1 thread": (xla, 1),
    "session's callable, 1 thread (ours)": (session, 1),
    "OpenVINO, 1 thread (ours)": (openvino, 1),
}


def measure(way: str) -> dict[str, Any]:
    """Time one way in this process."""
    build, threads = WAYS[way]
    decode = build(threads)
    z = np.random.default_rng(0).standard_normal((max(SIZES), 12), np.float32)
    took = {}
    for size in SIZES:
        for _ in range(5):
            pixels = decode(z[:size])
        times = []
        for _ in range(IMAGES // size):
            started = time.perf_counter()
            decode(z[:size])
            times.append(time.perf_counter() - started)
        took[str(size)] = 1e6 * statistics.median(times) / size
    return {"took": took, "pixels": pixels.ravel().tolist()}


def main() -> None:
    """Let the ways take turns and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--way", choices=WAYS, help="measure this one here, and print JSON")
    options = parser.parse_args()
    if options.way:
        print(json.dumps(measure(options.way)))
        return
    took, differ = defaultdict(list), {}
    for _ in range(options.rounds):
        first = None
        for way in WAYS:
            command = [sys.executable, "-m", "benchmarks.service.decode_runtimes", "--way", way]
            ended = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
            found = json.loads(ended.stdout.splitlines()[-1])
            pixels = np.array(found["pixels"])
            first = pixels if first is None else first
            differ[way] = int(np.abs(pixels - first).max())
            for size, value in found["took"].items():
                took[way, size].append(value)
    print("| way | " + " | ".join(f"batch {size}" for size in SIZES) + " | grey levels apart |")
    print("|---|" + "---|" * (len(SIZES) + 1))
    for way in WAYS:
        medians = (f"{statistics.median(took[way, str(size)]):,.0f}" for size in SIZES)
        print(f"| {way} | {' | '.join(medians)} | {differ[way]} |")


if __name__ == "__main__":
    main()
