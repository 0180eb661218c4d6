"""The SavedModel of a run: written with the contract's signatures, and loaded again."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from models.golden import Arrays, RunSignature
from models.manifest import SIGNATURES, Manifest
from training import likelihoods
from training.config import TrainConfig
from training.errors import TrainingError
from training.networks import Networks
from training.objective import kl


def write_saved_model(
    config: TrainConfig, manifest: Manifest, networks: Networks, folder: Path
) -> None:
    """Write the SavedModel with the contract's signatures.

    `add_endpoint` alone: `track` would store every weight twice (keras issue 23553).
    """
    archive = keras.export.ExportArchive()
    functions = _functions(config, networks, len(manifest.labels))
    for signature in SIGNATURES:
        tensors = {name: manifest.tensor(name) for name in manifest.input_names(signature)}
        specifications = [
            tf.TensorSpec((None, *tensor.shape), tensor.dtype, name)
            for name, tensor in tensors.items()
        ]
        archive.add_endpoint(signature, functions[signature], specifications)
    archive.write_out(str(folder), verbose=False)


def load_saved_model(folder: Path) -> RunSignature:
    """Load a SavedModel as a function (signature, inputs) → outputs.

    Raises (the function):
        TrainingError: There is no such signature.
    """
    loaded = tf.saved_model.load(str(folder))

    def run(signature: str, inputs: Arrays) -> Mapping[str, Any]:
        if signature not in loaded.signatures:
            raise TrainingError(f"{folder} has no signature {signature}")
        tensors = {name: tf.constant(array) for name, array in inputs.items()}
        outputs = loaded.signatures[signature](**tensors)
        return {name: tensor.numpy() for name, tensor in outputs.items()}

    return run


def _functions(
    config: TrainConfig, networks: Networks, classes: int
) -> dict[str, Callable[..., dict[str, Any]]]:
    """Return what each signature computes; `label` is given to a conditional model only."""
    negative_log_likelihood = likelihoods.negative_log_likelihood(config.likelihood, config.sigma)

    def one_hot(label: Any) -> dict[str, Any]:
        return {} if label is None else {"label": tf.one_hot(label, classes)}

    def encode(image: Any, label: Any = None) -> dict[str, Any]:
        z_mean, z_log_var = networks.encode({"x": _from_pixels(image), **one_hot(label)})
        return {"z_mean": z_mean, "z_log_var": z_log_var}

    def decode_mean(z: Any, label: Any = None) -> dict[str, Any]:
        return {"mean": likelihoods.mean(config.likelihood, networks.decode(z, one_hot(label)))}

    def decode(z: Any, label: Any = None) -> dict[str, Any]:
        return {"image": _to_pixels(decode_mean(z, label)["mean"])}

    def reconstruct(image: Any, label: Any = None) -> dict[str, Any]:
        posterior = encode(image, label)
        parameters = networks.decode(posterior["z_mean"], one_hot(label))
        return {
            "image": _to_pixels(likelihoods.mean(config.likelihood, parameters)),
            **posterior,
            "reconstruction": negative_log_likelihood(_from_pixels(image), parameters),
            "kl": kl(**posterior),
        }

    return {function.__name__: function for function in (encode, decode, decode_mean, reconstruct)}


def _from_pixels(image: Any) -> Any:
    return tf.cast(image, tf.float32) / 255


def _to_pixels(mean: Any) -> Any:
    return tf.saturate_cast(tf.round(mean * 255), tf.uint8)
