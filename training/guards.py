"""Guards of a run: numbers that are no numbers, and a latent space that collapses."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from training.checkpoint import LAST
from training.errors import Diverged
from training.networks import Networks
from training.runs import Run

COLLAPSED_KL: Final = 0.1  # nats
COLLAPSED_EPOCHS: Final = 2


def check_finite(
    run: Run,
    networks: Networks,
    inputs: dict[str, Any],
    logs: dict[str, float],
    moment: tuple[int, int],
) -> None:
    """Stop at once when a logged number of the step at (epoch, step) is no longer finite.

    Raises:
        Diverged: With the step, the first layer whose values are not finite, and what to try.
    """
    if all(math.isfinite(value) for value in logs.values()):
        return
    shown = ", ".join(f"{key} {value}" for key, value in logs.items())
    saved = (run.folder / LAST).exists()
    kept = "The last checkpoint is from before" if saved else "No checkpoint had been written yet"
    epoch, step = moment
    raise Diverged(
        f"epoch {epoch + 1}, step {step + 1}: {shown}; {_first_bad_layer(networks, inputs)}. "
        f"{kept}. Try a lower learning_rate (a third), warmup = "
        '"linear", or likelihood and pixels that fit each other'
    )


def collapse_advice(history: Sequence[dict[str, Any]]) -> str | None:
    """Say so, once, when no latent unit carries anything any more; return None otherwise."""
    collapsed = [line["kl"] < COLLAPSED_KL and not line["active_units"] for line in history]
    if collapsed[-COLLAPSED_EPOCHS:] != [True] * COLLAPSED_EPOCHS:
        return None
    if collapsed[-COLLAPSED_EPOCHS - 1 : -COLLAPSED_EPOCHS] == [True]:
        return None
    return (
        f"posterior collapse: KL below {COLLAPSED_KL} nats and no active unit for "
        f"{COLLAPSED_EPOCHS} epochs; the decoder ignores z. Try a lower beta, warmup = "
        '"linear", or free_bits = 0.25'
    )


def _first_bad_layer(networks: Networks, inputs: dict[str, Any]) -> str:
    """Look through the weights, then through the layers' outputs on the batch at fault."""
    for network in (networks.encoder, networks.decoder):
        for layer in network.layers:
            if not all(np.isfinite(np.asarray(weight)).all() for weight in layer.weights):
                return f"the first weight that is not finite is in {network.name}/{layer.name}"
    z_mean, z_log_var = networks.encode(inputs)
    for name, value in (("z_mean", z_mean), ("z_log_var", z_log_var)):
        if not np.isfinite(np.asarray(value)).all():
            return f"the first layer with an output that is not finite is encoder/{name}"
    furthest, widest = float(np.abs(z_mean).max()), float(np.max(z_log_var))
    return f"the loss overflows: z_mean reaches {furthest:.3g} and z_log_var {widest:.3g}"
