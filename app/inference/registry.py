"""The model versions that are served, which of them a name means, and the state of the others."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from app.engines.base import Engine
from app.errors import ModelNotFound, NotReady
from app.latent.planes import MAX_ZOOM, tile_cells
from app.latent.points import Points
from models.manifest import Manifest
from models.store import ModelId, Store

State = Literal["loading", "ready", "refused"]
HOW_TO_FILL: Final = "run `make train CONFIG=digits-z2`, or point ATLAS_STORE at exported models"


@dataclass
class Model:
    """A version that is served."""

    id: ModelId
    manifest: Manifest
    engine: Engine
    points: Points
    in_use: int = 0  # requests that have found it and are not answered yet

    @cached_property
    def identity(self) -> str:
        """Part of every ETag: it differs with the files, the name and the engine."""
        return f"{self.id} {self.manifest.fingerprint} {self.engine.name}"

    @cached_property
    def description(self) -> dict[str, Any]:
        """The answer to `GET /v1/models/{model}`."""
        height, width, _ = self.manifest.image_shape
        cells = tile_cells(height, width)
        return {
            "name": self.id.name,
            "version": self.id.version,
            "state": "ready",
            "engine": self.engine.name,
            "fingerprint": self.manifest.fingerprint,
            "items": len(self.points),
            "tiles": {
                "cells": cells,
                "width": cells * width,
                "height": cells * height,
                "min_zoom": 0,
                "max_zoom": MAX_ZOOM,
            },
            "manifest": self.manifest.model_dump(mode="json"),
        }


class Registry:
    """The served versions: an immutable mapping that a change replaces, so readers need no lock."""

    def __init__(self, store: Store, default: str | None) -> None:
        """Take the store and the default model's reference, both as configured."""
        self.store = store
        self.store_error = ""  # why the store cannot be reached now
        self._default = default
        self._served: dict[ModelId, Model] = {}
        self._by_reference: dict[str, Model] = {}
        self._status: dict[ModelId, tuple[State, str]] = {}
        self.settled = False  # all that was in the store at the start is served or refused

    @property
    def served(self) -> dict[ModelId, Model]:
        """The versions that answer now; not to be changed."""
        return self._served

    @property
    def default(self) -> Model | None:
        """The model of the short paths, if it is served."""
        return self._by_reference.get("")

    def find(self, reference: str | None) -> Model:
        """Find `name` (its newest served version), `name@version`, or the default (None).

        Raises:
            ModelNotFound: It is not served.
            NotReady: No model is.
        """
        model = self._by_reference.get(reference or "")
        if model is not None:
            return model
        if not self._served or not self.settled or self._is_loading(reference or self._default):
            raise NotReady(self.why_empty())
        there = ", ".join(map(str, self._served))
        wanted = (reference or self._default or "")[:100]
        raise ModelNotFound(f"no model {wanted!r} is served; there are: {there}")

    def _is_loading(self, reference: str | None) -> bool:
        """Tell whether the model asked for is being loaded."""
        loading = [model for model, (state, _) in self._status.items() if state == "loading"]
        return any(reference in {model.name, str(model)} for model in loading)

    def why_empty(self) -> str:
        """Say why a model, or any, is not served yet."""
        if any(state == "loading" for state, _ in self._status.values()):
            return "a model is being loaded; try again in a few seconds"
        if self.store_error:
            return f"{self.store_error}; it is tried again and again"
        for model, (state, reason) in self._status.items():
            if state == "refused":
                return f"{model} was refused: {reason}"
        return f"no model is in {self.store.location}; {HOW_TO_FILL}"

    def replace(self, served: dict[ModelId, Model]) -> None:
        """Serve exactly these versions from now on."""
        references: dict[str, Model] = {}
        for model in sorted(served):
            references[str(model)] = served[model]
            references[model.name] = served[model]  # the newest comes last
        default = self._default or min((model.name for model in served), default="")
        if default in references:
            references[""] = references[default]
        self._served, self._by_reference = served, references

    def mark(self, model: ModelId, state: State | None, reason: str = "") -> None:
        """Set the state of a version; None forgets the version."""
        self._status.pop(model, None)
        if state is not None:
            self._status[model] = (state, reason)

    def listing(self) -> dict[str, Any]:
        """The answer to `GET /v1/models`: every model, and every version with its state."""
        default = self.default
        status = self._status
        models = []
        for name in sorted({model.name for model in status}):
            versions = {m.version: status[m] for m in sorted(status) if m.name == name}
            newest = self._by_reference.get(name)
            models.append(
                {
                    "name": name,
                    "version": newest.id.version if newest else None,
                    "state": "ready" if newest else versions[max(versions)][0],
                    "versions": [m.version for m in sorted(self._served) if m.name == name],
                    "history": [
                        {"version": v, "state": state, "reason": reason or None}
                        for v, (state, reason) in versions.items()
                    ],
                }
            )
        listing: dict[str, Any] = {"default": default.id.name if default else None}
        listing["models"] = models
        if self.store_error or not self._served:
            listing["detail"] = self.store_error or self.why_empty()
        return listing
