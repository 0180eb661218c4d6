"""Fit a prior to a model that is in a store already: the same weights, as its next version."""

import shutil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.items import open_items
from models.manifest import MANIFEST_FILE, POINTS_FILE, PRIOR_FILE, PriorKind
from models.store import ModelId, Store
from training.config import DEFAULT_PRIOR
from training.errors import TrainingError
from training.fit_prior import Posteriors, fit_prior

FEWEST: Final = 20  # items; of fewer, nothing can be held back to measure by
HELD_BACK: Final = 5  # one item of so many, where all of them are test images


def prior_model(store: Store, model: ModelId, kind: PriorKind = DEFAULT_PRIOR) -> ModelId:
    """Publish a version's files again with a prior that fits its items.

    It is fitted to the items that are training images and measured on the others. A model that has
    test images alone is fitted to four fifths of them and measured on the rest.

    Raises:
        TrainingError: It has too few encoded items, or was trained with a prior of its own.
        StoreError: Its files are not those of its manifest.
    """
    manifest, folder = store.verify(model), store.folder(model)
    if manifest.prior is not None and manifest.prior.trained_along:
        raise TrainingError(f"{model} was trained with its prior; another would not be its own")
    posteriors, fitted_to = _items(store, model)
    with store.stage(manifest.name) as stage:
        skipped = shutil.ignore_patterns(MANIFEST_FILE, PRIOR_FILE)
        shutil.copytree(folder, stage, ignore=skipped, dirs_exist_ok=True)
        fitted = fit_prior(posteriors.rows(fitted_to), kind)
        np.savez_compressed(stage / PRIOR_FILE, **fitted.arrays)  # type: ignore[arg-type]
        figures = fitted.figures(posteriors.rows(~fitted_to))
        return store.publish(stage, manifest.model_copy(update={"prior": figures}))


def _items(store: Store, model: ModelId) -> tuple[Posteriors, NDArray[np.bool_]]:
    """Return the posteriors of a model's items, and which of them a prior is fitted to."""
    folder = store.folder(model)
    if not (folder / POINTS_FILE).is_file():
        raise TrainingError(f"{model} has no {POINTS_FILE}; export it again from its run")
    with np.load(folder / POINTS_FILE) as points:
        posteriors = Posteriors(points["z_mean"], points["z_log_var"])
    n = len(posteriors.z_mean)
    if n < FEWEST:
        raise TrainingError(f"{model} has {n} encoded items; a prior needs at least {FEWEST}")
    table = open_items(folder, n)
    fitted_to = np.array(
        [split == "train" for split in table.values("split")] if table else n * [0]
    )
    if not fitted_to.any() or fitted_to.all():
        fitted_to = np.arange(n) % HELD_BACK > 0
    return posteriors, fitted_to.astype(bool)
