"""Images held back from training: which they are, and which epoch is best by them."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.batches import make_batch
from training.config import TrainConfig
from training.dataset import Split
from training.errors import RunInvalid
from training.networks import Networks, reparametrise
from training.objective import Objective
from training.schedule import rise
from training.sources.copies import find_copies

MOMENT: Final = (1 << 32) + 1  # an epoch that no training comes to: its noise is validation's own
PATIENCE: Final = 0.15  # of a run, without any gain


def hold_back(split: Split, items: int) -> tuple[Split, Split]:
    """Divide a training split into what is trained on and what is held back for validation.

    The digest of its pixels decides about an image, so it does not matter where it lies. Every
    class gives its share and keeps an image, so there may be fewer. Copies and near copies stay
    together, so there may be a few more.

    Raises:
        RunInvalid: There would be no image to train on.
    """
    if not items:
        return split, split.subset(slice(0))
    if items >= len(split):
        message = f"validation_items is {items}, but there are only {len(split)} training images"
        raise RunInvalid(message)
    groups = find_copies(split.images).alike
    sizes, held = np.bincount(groups), list[int]()
    for group in _in_turn(split, groups):
        if sizes[held].sum() >= items:
            break
        held.append(group)
    flags = np.isin(groups, held)
    return split.subset(~flags), split.subset(flags)


def _in_turn(split: Split, groups: NDArray[np.int64]) -> list[int]:
    """Order groups of copies by their rank within their class, without each class's last."""
    first: dict[int, tuple[bytes, int]] = {}  # the smallest digest of each, and its label
    for indices in split.chunks():
        for index, image in zip(indices, split.images[indices], strict=True):
            found = (hashlib.sha256(image.tobytes()).digest(), int(split.labels[index]))
            group = int(groups[index])
            first[group] = min(found, first.get(group, found))
    classes: dict[int, list[int]] = {}
    for group in sorted(first, key=first.__getitem__):
        classes.setdefault(first[group][1], []).append(group)
    ranked = sorted(
        ((rank + 0.5) / len(members), first[group], group)
        for members in classes.values()
        for rank, group in enumerate(members[:-1])
    )
    return [group for *_, group in ranked]


def validation_loss(
    config: TrainConfig,
    networks: Networks,
    objective: Objective,
    split: Split,
    classes: int,
    *,
    between: Callable[[], None] = lambda: None,
) -> float:
    """Return the mean loss of held-back images, nats per image; the noise is always the same.

    `between` is called after each batch, and may raise.
    """
    total = 0.0
    for i, indices in enumerate(split.chunks(config.batch_size)):
        arrays, x = make_batch(config, split, classes, indices, (MOMENT, i))
        inputs = {key: tf.constant(array) for key, array in arrays.items()}
        z_mean, z_log_var = networks.encode(inputs)
        z = reparametrise(z_mean, z_log_var, inputs["eps"])
        reconstruction = objective.reconstruction(x, networks.decode(z, inputs))
        penalty = objective.penalty(z_mean, z_log_var, networks.log_prior(z))
        loss = tf.reduce_mean(reconstruction) + penalty
        total += float(loss) * len(indices)
        between()
    return total / len(split)


def best_epoch(config: TrainConfig, history: Sequence[dict[str, Any]]) -> int:
    """Return the epoch of the lowest loss, among those that had all of beta from their start.

    The loss of held-back images counts if there are any, else that of training. The last epoch
    is the best as long as warm-up goes on. Lines of a log without `best_epoch`, of an earlier
    release, do not count: what was saved then was chosen otherwise.
    """
    starts = [0.0, *(line.get("share", 0.0) for line in history)]
    fair = [
        line
        for line, start in zip(history, starts, strict=False)
        if "best_epoch" in line and rise(config, line["epoch"] - 1, start) >= 1
    ]
    key = "validation_loss" if "validation_loss" in history[-1] else "loss"
    best: int = min(fair or history[-1:], key=lambda line: line[key])["epoch"]
    return best


def has_stalled(config: TrainConfig, history: Sequence[dict[str, Any]]) -> bool:
    """Tell whether held-back images have gained nothing for `PATIENCE` of the run.

    The share of the run counts, not the epochs. Nothing is told before warm-up is over.
    """
    if not history or "validation_loss" not in history[-1]:
        return False
    best = history[best_epoch(config, history) - 1]
    return bool(history[-1]["share"] - best.get("share", 0.0) >= PATIENCE)
