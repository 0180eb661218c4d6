"""Choose the engines by `ATLAS_ENGINE`; each is imported when the first model is loaded with it."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from app.engines.base import Engine, LoadEngine
from models.manifest import Manifest

EngineName = Literal["auto", "tensorflow", "openvino"]
HOW_TO_INSTALL: Final = "install requirements/openvino.txt: make serve EXTRAS=openvino"


def choose_engines(name: EngineName, threads: int = 0) -> tuple[LoadEngine, ...]:
    """Return functions that load a model, the preferred first.

    `auto` is OpenVINO where it is installed, then TensorFlow. If a model is computed by one of
    `threads` alone, OpenVINO keeps it in memory once, not twice.

    Raises:
        ValueError: OpenVINO is asked for and not installed.
    """
    installed = find_spec("openvino") is not None
    if name == "openvino" and not installed:
        raise ValueError(f"ATLAS_ENGINE is openvino, which is not installed: {HOW_TO_INSTALL}")
    if name == "tensorflow" or not installed:
        return (load_tensorflow,)
    openvino = load_openvino_for_one_thread if threads == 1 else load_openvino
    return (openvino,) if name == "openvino" else (openvino, load_tensorflow)


def load_openvino(folder: Path, manifest: Manifest) -> Engine:
    """Load a model with OpenVINO."""
    from app.engines.openvino.engine import OpenVINOEngine  # noqa: PLC0415

    return OpenVINOEngine(folder, manifest)


def load_openvino_for_one_thread(folder: Path, manifest: Manifest) -> Engine:
    """Load a model with OpenVINO; who calls while it computes has to wait."""
    from app.engines.openvino.engine import OpenVINOEngine  # noqa: PLC0415

    return OpenVINOEngine(folder, manifest, several_threads=False)


def load_tensorflow(folder: Path, manifest: Manifest) -> Engine:
    """Load a model with TensorFlow."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    # `import tensorflow` imports Keras's optimizers as well, unless Keras cannot be imported.
    sys.modules.setdefault("keras", None)  # type: ignore[arg-type]
    from app.engines.tensorflow import TensorFlowEngine  # noqa: PLC0415

    return TensorFlowEngine(folder, manifest)
