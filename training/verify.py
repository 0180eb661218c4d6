"""Check an exported model as a server would: files, signatures, golden pair."""

from typing import Any, Final

import numpy as np
import tensorflow as tf

from models.manifest import GOLDEN_FILE, SIGNATURES, Manifest
from models.store import ModelId, Store
from training.errors import TrainingError

TOLERANCE: Final = 1e-3  # another processor adds in another order


def verify(store: Store, model: ModelId) -> Manifest:
    """Check a version of the store whole, and return its manifest.

    Raises:
        StoreError: The manifest or a file is not what it should be.
        TrainingError: A signature is missing, or gives another answer than its golden pair.
    """
    manifest = store.verify(model)
    folder = store.folder(model)
    loaded = tf.saved_model.load(str(folder))
    with np.load(folder / GOLDEN_FILE) as golden:
        for name in SIGNATURES:
            if name not in loaded.signatures:
                raise TrainingError(f"{model} has no signature {name}")
            _check(
                f"{model} {name}",
                loaded.signatures[name],
                _part(golden, f"{name}.in."),
                _part(golden, f"{name}.out."),
            )
    return manifest


def _part(golden: Any, prefix: str) -> dict[str, Any]:
    return {key.removeprefix(prefix): golden[key] for key in golden if key.startswith(prefix)}


def _check(what: str, function: Any, given: dict[str, Any], expected: dict[str, Any]) -> None:
    outputs = function(**{key: tf.constant(value) for key, value in given.items()})
    if outputs.keys() != expected.keys():
        message = f"{what} returns {sorted(outputs)}, its golden pair {sorted(expected)}"
        raise TrainingError(message)
    for key, value in expected.items():
        close = (
            np.abs(outputs[key].numpy().astype(int) - value) <= 1
            if value.dtype == np.uint8
            else np.isclose(outputs[key], value, rtol=TOLERANCE, atol=TOLERANCE)
        )
        if not close.all():
            raise TrainingError(f"{what}: {key} is not that of its golden pair")
