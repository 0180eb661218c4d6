"""This project's loop: batches, noise and steps as `python -m training fit` makes them."""

from itertools import count

import numpy as np

from benchmarks.training.variants.shared import SIDE, images, options, time_epochs
from training.batches import epoch_batches
from training.config import load_config
from training.datasets import Split
from training.networks import build_networks
from training.objective import build_objective
from training.slices import share_cores
from training.step import TracedStep

if __name__ == "__main__":
    asked = options("precision", "slices")
    settings = [f"{key}={value}" for key, value in vars(asked).items() if value]
    config = load_config("mnist-z12", settings)
    share_cores(config)
    networks = build_networks(config, (SIDE, SIDE, 1), 0)
    objective = build_objective(config, SIDE * SIDE)
    step = TracedStep(config.strategy, config, networks, objective, 100)
    x = images()
    split, epochs = Split(x, np.zeros(len(x), np.int32)), count()

    def epoch() -> None:
        """Take an epoch's steps."""
        for batch in epoch_batches(config, split, 0, next(epochs)):
            step(batch)

    time_epochs(epoch)
