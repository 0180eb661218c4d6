"""Ways to lay latent vectors out on a page: each z (n, latent_dim) → places (n, 2)."""

import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from training.chart_layout import REACH, lay_out

Floats = NDArray[np.floating[Any]]
FOREIGN: Final = Path(__file__).with_name("foreign_layout.py")
PYTHON: Final = ".venv/charts/bin/python"
STEPS: Final = 3000
KL: Final = 0.003  # of the second VAE, per nat; more of it and the page is one blob


def components(z: Floats) -> Floats:
    """Project to the two principal components: what the map showed before."""
    centred = z - z.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    return centred @ directions[:2].T


def foreign(name: str, z: Floats) -> Floats:
    """Lay out with a library of .venv/charts."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "z.npy", Path(folder) / "u.npy"
        np.save(source, z)
        subprocess.run([PYTHON, FOREIGN, name, source, target], check=True, capture_output=True)
        return np.asarray(np.load(target), np.float64)


class SecondVae(keras.Model):
    """A VAE of two dimensions on the codes of the first; its decoder is an inverse as well."""

    def __init__(self, z: Floats) -> None:
        """Take the codes that are to be laid out."""
        super().__init__()
        layers = [keras.layers.Dense(256, "silu") for _ in range(4)]
        d = z.shape[1]
        self.encoder = keras.Sequential([*layers[:2], keras.layers.Dense(4)])
        self.decoder = keras.Sequential([*layers[2:], keras.layers.Dense(d)])
        self.scale = z.std(axis=0) + 1e-6

    def call(self, z: Any) -> Any:
        """Return the loss's parts through a drawn u."""
        mean, log_var = keras.ops.split(self.encoder(z), 2, axis=1)
        noise = keras.random.normal(keras.ops.shape(mean))
        kl = 0.5 * keras.ops.sum(keras.ops.exp(log_var) + mean**2 - 1 - log_var, axis=1)
        self.add_loss(KL * keras.ops.mean(kl))
        return self.decoder(mean + keras.ops.exp(log_var / 2) * noise)


def second_vae(z: Floats) -> Floats:
    """Train a second VAE on the codes; the places are its means."""
    keras.utils.set_random_seed(0)
    scaled = ((z - z.mean(axis=0)) / (z.std(axis=0) + 1e-6)).astype(np.float32)
    model = SecondVae(scaled)
    model.compile(keras.optimizers.Adam(2e-3), "mse")
    rows = np.resize(np.random.default_rng(0).permutation(len(z)), STEPS * 256)
    model.fit(scaled[rows], scaled[rows], batch_size=256, verbose=0)  # one long epoch
    return np.asarray(model.encoder(scaled))[:, :2].astype(np.float64)


def fitted_to_page(places: Floats) -> Floats:
    """Scale places to the page, as the chart does."""
    low, high = places.min(axis=0), places.max(axis=0)
    return (places - (low + high) / 2) * (2 * REACH / (high - low).max())


LAYOUTS: Final[dict[str, Callable[[Floats], Floats]]] = {
    "two components": components,
    "t-SNE (scikit-learn)": partial(lay_out, seed=0),
    "t-SNE (openTSNE)": partial(foreign, "openTSNE"),
    "UMAP": partial(foreign, "UMAP"),
    "PaCMAP": partial(foreign, "PaCMAP"),
    "second VAE": second_vae,
}
