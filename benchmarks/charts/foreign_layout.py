"""Lay z out on a page with another library; run in .venv/charts: NAME FROM.npy TO.npy."""

import importlib
import sys
from typing import Any, Final

import numpy as np

# Module, class, settings; each else as the library has it.
LIBRARIES: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "openTSNE": ("openTSNE.sklearn", "TSNE", {"n_jobs": -1}),
    "UMAP": ("umap", "UMAP", {"n_jobs": 1}),
    "PaCMAP": ("pacmap", "PaCMAP", {}),
}

if __name__ == "__main__":
    name, source, target = sys.argv[1:]
    module, kind, settings = LIBRARIES[name]
    layout = getattr(importlib.import_module(module), kind)(random_state=0, **settings)
    np.save(target, np.asarray(layout.fit_transform(np.load(source)), np.float32))
