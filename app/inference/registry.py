"""The model versions that are served, which of them a name means, and the state of the others."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np

from app.arrays import Array
from app.engines.base import Engine
from app.errors import ModelNotFound, NotReady
from app.items.review import Review
from app.latent.planes import MAX_ZOOM, tile_cells
from app.latent.points import Points
from models.layout import is_name
from models.manifest import Manifest
from models.prior import Prior, Standard
from models.store import ModelId, Store

State = Literal["loading", "ready", "refused"]
DRAWS: Final = 1000  # that a density is compared with
HOW_TO_FILL: Final = "run `make train CONFIG=digits-z2`, or point ATLAS_STORE at exported models"


@dataclass
class Model:
    """A version that is served."""

    id: ModelId
    manifest: Manifest
    engine: Engine
    points: Points
    prior: Prior
    in_use: int = 0  # requests that have found it and are not answered yet

    @cached_property
    def files(self) -> str:
        """Which files of which version it was loaded from."""
        return f"{self.id} {self.manifest.fingerprint}"

    @cached_property
    def identity(self) -> str:
        """Part of every ETag: it differs with the files, the name and the engine."""
        return f"{self.files} {self.engine.name}"

    def prior_named(self, name: Literal["fitted", "standard"]) -> Prior:
        """Return its own prior, or N(0, I)."""
        return self.prior if name == "fitted" else Standard(self.manifest.latent_dim)

    @cached_property
    def review(self) -> Review:
        """Its items' lists to look through."""
        return Review(self.points)

    @cached_property
    def densities_of_draws(self) -> Array:
        """Log p(z) of draws from its prior, ascending, to compare with."""
        z = self.prior.sample(DRAWS, np.random.default_rng(0))
        return np.sort(self.prior.log_prob(z))

    def close(self) -> None:
        """Free what it holds; nobody may ask it any more."""
        self.engine.close()
        self.points.close()

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
            "columns": [column._asdict() for column in self.points.items.columns],
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
        self.refused_folders: dict[str, str] = {}  # with the reasons, by their paths in the store
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
        why = self._why_refused(wanted)
        raise ModelNotFound(f"no model {wanted!r} is served; {why}there are: {there}")

    def _why_refused(self, wanted: str) -> str:
        """Say why the newest version of that name was refused, or a folder; nothing if none was."""
        reasons = {
            str(model): (model.name, reason)
            for model, (state, reason) in sorted(self._status.items(), reverse=True)
            if state == "refused"
        }
        for path, reason in self.refused_folders.items():
            reasons[path.replace("/", "@", 1)] = (path.partition("/")[0], reason)
        for refused, (name, reason) in reasons.items():
            if wanted in {refused, name}:
                return f"{refused} was refused: {reason}; "
        return ""

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
        for path, reason in self.refused_folders.items():
            return f"{path} was refused: {reason}"
        return f"no model is in {self.store.location}; {HOW_TO_FILL}"

    def replace(self, served: dict[ModelId, Model]) -> None:
        """Serve exactly these versions from now on."""
        references: dict[str, Model] = {}
        for model in sorted(served):
            references[str(model)] = served[model]
            references[model.name] = served[model]  # the newest comes last
        newest = max(sorted(served), key=lambda model: served[model].manifest.created, default=None)
        default = self._default or (newest.name if newest else "")
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
        default, folders = self.default, self.refused_folders
        names = {model.name for model in self._status} | set(filter(is_name, folders))
        listing: dict[str, Any] = {"default": default.id.name if default else None}
        listing["models"] = [self._listed(name) for name in sorted(names)]
        listing["ignored"] = [
            {"path": path, "reason": reason}
            for path, reason in folders.items()
            if not is_name(path)
        ]
        if self.store_error or not self._served:
            listing["detail"] = self.store_error or self.why_empty()
        return listing

    def _listed(self, name: str) -> dict[str, Any]:
        """Describe a model in the listing."""
        status = {m.version: self._status[m] for m in sorted(self._status) if m.name == name}
        newest = self._by_reference.get(name)
        state = status[max(status)][0] if status else "refused"
        return {
            "name": name,
            "version": newest.id.version if newest else None,
            "state": "ready" if newest else state,
            "reason": self.refused_folders.get(name),
            "versions": [m.version for m in sorted(self._served) if m.name == name],
            "history": [
                {"version": version, "state": state, "reason": reason or None}
                for version, (state, reason) in status.items()
            ],
        }
