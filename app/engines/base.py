"""What every engine offers: it computes the signatures of one model."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from app.arrays import Array
from models.manifest import Manifest


class Engine(Protocol):
    """A loaded model. Several threads call it at once."""

    name: str
    """Of the library; two libraries may differ in an output's last bits."""

    def run(self, signature: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Compute one batch; names, shapes and dtypes as in `models.manifest.SIGNATURES`."""
        ...

    def close(self) -> None:
        """Free the model's memory; it is not called again."""
        ...


LoadEngine = Callable[[Path, Manifest], Engine]
