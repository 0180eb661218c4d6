"""A model's encoded data set: positions, labels and losses of its items."""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.arrays import Array
from app.latent.planes import Plane
from models.manifest import ITEMS_FILE, POINTS_FILE, Manifest

NO_LABEL: Final = 255
LEVELS: Final = 65535


class Points:
    """What `points.npz` and `items.npz` hold. Row i is item i."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Read both files; a model may lack either.

        Raises:
            ValueError: An array's shape does not fit the others or the manifest.
        """
        arrays = _read(folder / POINTS_FILE)
        empty = np.zeros((0, manifest.latent_dim), np.float32)
        self.z_mean: Array = arrays.get("z_mean", empty)
        self.z_log_var: Array = arrays.get("z_log_var", empty)
        n = len(self.z_mean)
        self.label: Array = arrays.get("label", np.full(n, -1, np.int32))
        self.reconstruction: Array = arrays.get("reconstruction", np.zeros(n, np.float32))
        self.images: Array | None = _read(folder / ITEMS_FILE).get("images")
        shapes = {
            "z_mean": (self.z_mean, (n, manifest.latent_dim)),
            "z_log_var": (self.z_log_var, (n, manifest.latent_dim)),
            "label": (self.label, (n,)),
            "reconstruction": (self.reconstruction, (n,)),
        }
        if self.images is not None:
            shapes["images"] = (self.images, (n, *manifest.image_shape))
        for name, (array, shape) in shapes.items():
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, not {shape}")

    def __len__(self) -> int:
        return len(self.z_mean)

    @cached_property
    def kl_per_dimension(self) -> Array:
        """KL to the prior in nats, float32 (n, latent_dim)."""
        return kl_divergence(self.z_mean, self.z_log_var)

    def columns(self, plane: Plane, names: tuple[str, ...]) -> dict[str, Array]:
        """Return the named columns, each (n,): x and y on the plane, label, losses, norm."""
        x, y = plane.project(self.z_mean) if {"x", "y"} & set(names) else (None, None)
        known: dict[str, Any] = {
            "x": lambda: x,
            "y": lambda: y,
            "label": lambda: self.label,
            "reconstruction": lambda: self.reconstruction,
            "kl": lambda: self.kl_per_dimension.sum(axis=1),
            "norm": lambda: np.linalg.norm(self.z_mean, axis=1),
        }
        return {name: known[name]() for name in names}

    def nearest(self, z: Array, k: int) -> list[tuple[int, float]]:
        """Return the k items whose z_mean is nearest to z, and how far each is."""
        distances = np.linalg.norm(self.z_mean - z, axis=1)
        k = min(k, len(distances))
        if not k:
            return []
        near = np.argpartition(distances, k - 1)[:k]
        return [(int(i), float(distances[i])) for i in near[np.argsort(distances[near])]]


def kl_of(outputs: Mapping[str, Array]) -> Array:
    """Return KL in nats per image, float32 (n,), of a signature's z_mean and z_log_var.

    The graph's own `kl` depends on the batch in its last bit.
    """
    return kl_divergence(outputs["z_mean"], outputs["z_log_var"]).sum(axis=1)


def kl_divergence(z_mean: Array, z_log_var: Array) -> Array:
    """Return KL(q(z|x) ‖ N(0, 1)) per dimension in nats.

    Source: Kingma and Welling (2013), appendix B. https://arxiv.org/abs/1312.6114
    """
    kl: Array = 0.5 * (np.exp(z_log_var) + np.square(z_mean) - 1 - z_log_var)
    return kl


def pack(columns: dict[str, Array], plane: str) -> bytes:
    """Write columns in the binary form of docs/api.md: a JSON header, then each column whole."""
    n = len(next(iter(columns.values())))
    heads: list[dict[str, Any]] = []
    bodies = []
    for name, values in columns.items():
        if name == "label":
            heads.append({"name": name, "dtype": "uint8"})
            bodies.append(np.where(values < 0, NO_LABEL, values).astype(np.uint8))
        else:
            low, high = (float(values.min()), float(values.max())) if n else (0.0, 0.0)
            heads.append({"name": name, "dtype": "uint16", "min": low, "max": high})
            scaled = (values - low) * (LEVELS / ((high - low) or 1))
            bodies.append(np.rint(scaled).astype("<u2"))
    head = json.dumps({"n": n, "total": n, "plane": plane, "columns": heads}).encode()
    head += b" " * (-len(head) % 4)
    return len(head).to_bytes(4, "little") + head + b"".join(map(bytes, bodies))


def _read(path: Path) -> dict[str, Array]:
    if not path.is_file():
        return {}
    with np.load(path, allow_pickle=False) as file:
        return dict(file.items())
