"""Checkpoints: every variable of a training run in one npz file, written whole or not at all."""

import io
import zipfile
from typing import Any, Final

import keras
import numpy as np

from training.averaged_weights import averaged
from training.config import DEFAULT_CHECKPOINT, CheckpointName
from training.errors import Diverged, RunInvalid
from training.networks import Networks
from training.runs import Run, write_atomically

LAST: Final = "last.npz"
BEST: Final = "best.npz"
WEIGHTS: Final = "weights"
AVERAGE: Final = "average"
STEP: Final = "optimizer/0"  # the optimizer counts its steps first


def save_checkpoint(run: Run, model: keras.Model, name: str = LAST) -> None:
    """Save weights, optimizer and running averages; the step is the optimizer's.

    `average/…` are the weights that are measured and exported, where an average is kept.

    Raises:
        Diverged: A weight is not finite; the older checkpoint stays.
        TrainingError: The file could not be written.
    """
    arrays = {key: np.asarray(variable) for key, variable in _variables(model).items()}
    if model.optimizer.use_ema:
        with averaged(model):
            arrays |= {f"{AVERAGE}/{weight.path}": weight.numpy() for weight in model.weights}
    for key, array in arrays.items():
        if not np.isfinite(array).all():
            raise Diverged(f"{key} is no longer finite; the checkpoint before it is kept")
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    write_atomically(run.folder / name, content.getvalue())


def restore_checkpoint(run: Run, model: keras.Model, name: str = LAST) -> None:
    """Set the model to a checkpoint of the run.

    Raises:
        RunInvalid: There is none, or it belongs to another network.
    """
    saved = _read(run, name)
    for key, variable in _variables(model).items():
        _assign(run, saved, key, variable)


def restore_networks(
    run: Run, networks: Networks, choice: CheckpointName = DEFAULT_CHECKPOINT
) -> None:
    """Set encoder and decoder alone, to measure or export them.

    Raises:
        RunInvalid: There is no checkpoint, or it belongs to another network.
    """
    saved = _read(run, _file(run, choice))
    kept = AVERAGE if any(key.startswith(AVERAGE) for key in saved) else WEIGHTS
    for variable in networks.weights:
        _assign(run, saved, f"{kept}/{variable.path}", variable)


def saved_step(run: Run, choice: CheckpointName = DEFAULT_CHECKPOINT) -> int:
    """Return how many steps are behind a checkpoint.

    Raises:
        RunInvalid: There is no checkpoint, or it is none of ours.
    """
    name = _file(run, choice)
    saved = _read(run, name)
    if STEP not in saved:
        raise RunInvalid(f"{run.folder / name} does not count its steps; fit again")
    return int(saved[STEP])


def _file(run: Run, choice: CheckpointName) -> str:
    """Return the file of a choice; a run without a best epoch has the last of its weights.

    It has none in its first epoch. An earlier release may have written a best one in warm-up,
    when the loss was lower because little of KL counted; its log does not name the epoch.
    """
    history = run.history()
    return BEST if choice == "best" and history and "best_epoch" in history[-1] else LAST


def _read(run: Run, name: str) -> dict[str, Any]:
    path = run.folder / name
    try:
        with path.open("rb") as file, np.load(file) as saved:  # np.load leaves a broken one open
            return dict(saved)
    except FileNotFoundError as error:
        raise RunInvalid(
            f"{run.folder} has no checkpoint {name}; fit has not come that far"
        ) from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise RunInvalid(f"{path} cannot be read: {error}") from error


def _assign(run: Run, saved: dict[str, Any], key: str, variable: keras.Variable) -> None:
    array = saved.get(key)
    if array is None or tuple(array.shape) != tuple(variable.shape):
        there = "nothing" if array is None else f"shape {tuple(array.shape)}"
        message = (
            f"{run.folder}: {key} wants shape {tuple(variable.shape)}, its checkpoint has {there}"
        )
        raise RunInvalid(message)
    variable.assign(array)


def _variables(model: keras.Model) -> dict[str, keras.Variable]:
    found = {f"{WEIGHTS}/{variable.path}": variable for variable in model.weights}
    for i, variable in enumerate(model.optimizer.variables):
        found[f"optimizer/{i}"] = variable  # by index: Keras numbers the names of a process
    for metric in model.metrics:
        for i, variable in enumerate(metric.variables):
            found[f"metrics/{metric.name}/{i}"] = variable
    return found
