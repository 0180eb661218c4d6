"""What every variant trains on, and what it prints: nothing that needs TensorFlow or PyTorch."""

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

BATCH, STEPS, EPOCHS, LATENT_DIM, SIDE = 256, 12, 4, 12, 28
BETA = 2 * 784 * 6.5e-4 / LATENT_DIM  # the articles' factor of KL, in nats


def images() -> NDArray[np.uint8]:
    """Draw as many pictures as an epoch has; their content costs no time."""
    random = np.random.default_rng(0)
    return random.integers(0, 256, (BATCH * STEPS, SIDE, SIDE, 1), dtype=np.uint8)


def time_epochs(epoch: Callable[[], Any]) -> None:
    """Call an epoch several times and print the seconds of each as JSON."""
    seconds = []
    for _ in range(EPOCHS):
        started = time.perf_counter()
        epoch()
        seconds.append(time.perf_counter() - started)
    print(json.dumps(seconds))


def options(*names: str) -> argparse.Namespace:
    """Read a variant's own options."""
    parser = argparse.ArgumentParser()
    for name in names:
        parser.add_argument(f"--{name}", default="")
    return parser.parse_args()
