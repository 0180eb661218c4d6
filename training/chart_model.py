"""Chart a model that is in a store already: the same weights, as its next version."""

import shutil

import numpy as np

from models.manifest import CHART_FILE, MANIFEST_FILE, POINTS_FILE
from models.store import ModelId, Store
from training.chart import FEWEST, wants_chart, write_chart
from training.errors import TrainingError
from training.saved_model import load_saved_model


def chart_model(store: Store, model: ModelId) -> ModelId:
    """Publish a version's files again with a chart of its encoded items.

    Raises:
        TrainingError: A plane shows this model better, or it has no encoded items.
        StoreError: Its files are not those of its manifest.
    """
    manifest, folder = store.verify(model), store.folder(model)
    if POINTS_FILE not in manifest.files:
        raise TrainingError(f"{model} has no {POINTS_FILE}; export it again from its run")
    with np.load(folder / POINTS_FILE) as points:
        z, labels = points["z_mean"], points["label"]
    if not wants_chart(len(z), manifest.latent_dim):
        message = (
            f"{model} has {manifest.latent_dim} dimensions and {len(z)} items; a chart is for "
            f"more than two dimensions and at least {FEWEST} items: a plane shows it better"
        )
        raise TrainingError(message)
    with store.stage(manifest.name) as stage:
        skipped = shutil.ignore_patterns(MANIFEST_FILE, CHART_FILE)
        shutil.copytree(folder, stage, ignore=skipped, dirs_exist_ok=True)
        exported = load_saved_model(folder)
        return store.publish(stage, write_chart(stage, manifest, exported, z, labels))
