"""This project's loop: batches, noise and steps as `python -m training fit` makes them."""

from itertools import count

import numpy as np

from benchmarks.training.variants.shared import SIDE, images, options, time_epochs
from training.batches import epoch_batches
from training.compiled_step import CompiledStep
from training.config import load_config
from training.dataset import Split

if __name__ == "__main__":
    asked = options("precision", "slices")
    settings = [f"{key}={value}" for key, value in vars(asked).items() if value]
    config = load_config("mnist-z12", settings)
    step = CompiledStep(config, (SIDE, SIDE, 1), 0)
    x = images()
    split, epochs = Split(x, np.zeros(len(x), np.int32)), count()

    def epoch() -> None:
        """Take an epoch's steps."""
        for batch in epoch_batches(config, split, 0, next(epochs)):
            step(batch)

    time_epochs(epoch)
