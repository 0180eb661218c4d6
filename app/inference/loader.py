"""Load a version of a model: verify its files, find an engine that is exact, and warm it up."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.engines.base import Engine, LoadEngine
from app.engines.saved_model_file import SignatureInvalid
from app.inference.registry import Model
from app.latent.points import Points
from models.errors import GoldenMismatch
from models.golden import Pair, check_golden, read_golden
from models.manifest import Manifest
from models.prior import read_prior
from models.store import ModelId, Store

log = logging.getLogger(__name__)


def load_model(
    store: Store,
    model: ModelId,
    engines: Sequence[LoadEngine],
    max_batch: int,
    served: Model | None = None,
) -> Model:
    """Load a version with the first of the engines that reproduces its golden pairs.

    If its files are those that `served` was loaded from, return that.

    The calling thread runs the engine, of which nobody else knows yet: its first runs are slow,
    and requests for other models need not wait for them.

    Raises:
        StoreError: The files are not those of the manifest, or no engine computes the model.
    """
    manifest = store.verify(model)
    if served is not None and served.manifest == manifest:
        return served
    folder = store.folder(model)
    prior = read_prior(folder, manifest)
    points = Points(folder, manifest)
    try:
        engine = _load_engine(folder, manifest, model, engines, max_batch)
    except BaseException:
        points.close()
        raise
    return Model(model, manifest, engine, points, prior)


def _load_engine(
    folder: Path, manifest: Manifest, model: ModelId, engines: Sequence[LoadEngine], max_batch: int
) -> Engine:
    """Load the first engine that is exact."""
    pairs = read_golden(folder, manifest)
    *better, last = engines
    for load in better:
        try:
            return _load_exact(load, folder, manifest, pairs, max_batch)
        except (SignatureInvalid, GoldenMismatch) as error:
            log.warning("%s goes to another engine: %s", model, error)
    return _load_exact(last, folder, manifest, pairs, max_batch)


def _load_exact(
    load: LoadEngine, folder: Path, manifest: Manifest, pairs: dict[str, Pair], max_batch: int
) -> Engine:
    """Load an engine; close it again if it is not exact."""
    engine = load(folder, manifest)
    try:
        _check(engine, pairs, max_batch, manifest.name)
    except BaseException:
        engine.close()
        raise
    return engine


def _check(engine: Engine, pairs: dict[str, Pair], max_batch: int, name: str) -> None:
    """Compare with the golden pairs, and an item's outputs in small batches and in a full one.

    That is the warm-up, too: with TensorFlow a signature's first run is slow (130 ms for the four
    together), and the first one of a batch size is not (0.4 ms more than the next; OpenVINO: 3 ms).
    """
    check_golden(engine.run, pairs)
    for signature, pair in pairs.items():
        for size in (1, 2, max_batch):
            inputs = {k: np.resize(v, (size, *v.shape[1:])) for k, v in pair.inputs.items()}
            outputs = engine.run(signature, inputs)
            if size == 1:
                alone = outputs
        exact = outputs.keys() - {"kl"}  # which the service sums itself
        if any((alone[name][0] != outputs[name][0]).any() for name in exact):
            log.warning("%s: %s of an item depends on its batch in the last bits", name, signature)
