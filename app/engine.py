"""What serves a model's signatures. `savedmodel` has the real one; tests bring their own."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from models.manifest import Manifest

Array = np.ndarray[Any, np.dtype[Any]]


class Engine(Protocol):
    """A loaded model. It is called by one thread at a time."""

    def run(self, signature: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Compute one batch; names, shapes and dtypes as in `models.manifest.SIGNATURES`."""
        ...

    def close(self) -> None:
        """Free the model's memory; it is not called again."""
        ...


LoadEngine = Callable[[Path, Manifest], Engine]
