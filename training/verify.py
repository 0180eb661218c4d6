"""Check an exported model as a server would: files, signatures, golden pair."""

from models.golden import check_golden, read_golden
from models.manifest import Manifest
from models.store import ModelId, Store
from training.saved_model import load_saved_model


def verify(store: Store, model: ModelId) -> Manifest:
    """Check a version of the store whole, and return its manifest.

    Raises:
        StoreError: The manifest or a file is not what it should be, or a signature gives another
            answer than its golden pair.
        TrainingError: A signature is missing.
    """
    manifest = store.verify(model)
    folder = store.folder(model)
    check_golden(load_saved_model(folder), read_golden(folder, manifest))
    return manifest
