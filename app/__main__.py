"""`python -m app`: read the settings, and serve."""

import logging
import os
import sys
from pathlib import Path
from typing import Final

from app.engine import Engine
from app.logs import start_logging
from app.main import create_app
from app.server import run
from app.settings import load_settings
from app.tracing import start_tracing
from models.manifest import Manifest

SWITCH_SECONDS: Final = 0.0005


def load_engine(folder: Path, manifest: Manifest) -> Engine:
    """Load a SavedModel. TensorFlow is imported with the first: the service answers before."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    # `import tensorflow` imports Keras's optimizers as well, unless Keras cannot be imported.
    sys.modules.setdefault("keras", None)  # type: ignore[arg-type]
    from app.savedmodel import SavedModel  # noqa: PLC0415

    return SavedModel(folder, manifest)


def main() -> int:
    """Serve until a signal comes; 2 if the settings are wrong."""
    try:
        settings, trace = load_settings(), start_tracing(os.environ)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    start_logging()
    # Loading a model is Python, too: it hands the interpreter to waiting requests so much sooner.
    sys.setswitchinterval(SWITCH_SECONDS)
    logging.getLogger(__name__).info("listening on http://%s:%d", settings.host, settings.port)
    run(settings, create_app(settings, load_engine, trace))
    return 0


if __name__ == "__main__":
    sys.exit(main())
