"""How long it takes to measure, draw, chart and publish a run, foreseen while it is trained."""

import time
from dataclasses import dataclass
from typing import Final

from training.chart import FITTED, wants_chart
from training.chart_figures import JUDGED
from training.config import TrainConfig
from training.dataset import Dataset
from training.export_options import ExportOptions

# Seconds on one quiet core of the machine that `slowness` is measured by.
FIXED_S: Final = 6.0  # to draw figures and to write files
ITEM_S: Final = 0.0008  # of an item: its thumbnail and its rows
LAYOUT_S: Final = 0.008  # of an item of a chart
PAIR_S: Final = 2.5e-7  # of two items of a chart, to judge it
PROBE: Final = 1_000_000  # multiplications in Python
PROBE_S: Final = 0.042
BUILDS: Final = 12  # times a training step's building: each use of the networks is traced anew
# Of the seconds of an image in a training step
MEASURED: Final = 0.45  # to encode an image and to decode it twice
DECODED: Final = 0.15


@dataclass(frozen=True)
class PublicationTime:
    """What is done to how many images once a run is trained."""

    measured: int
    """Images that are encoded and decoded: by the last validation, evaluation and export."""
    items: int
    charted: int
    """Items that a chart is laid out of; none for a plane."""

    def seconds(self, image_seconds: float, slow: float, built: float) -> float:
        """Return how long it takes.

        Args:
            image_seconds: What an image takes in training, forward and back.
            slow: By how much this machine is slower than a quiet one; see `slowness`.
            built: Seconds of processor time that the training step took to build.
        """
        passes = MEASURED * self.measured + 2 * DECODED * self.charted
        judged = min(self.charted, JUDGED)
        alone = LAYOUT_S * self.charted + PAIR_S * judged**2 + ITEM_S * self.items + FIXED_S
        return passes * image_seconds + slow * (alone + BUILDS * built)


def publication_time(
    config: TrainConfig, dataset: Dataset, options: ExportOptions
) -> PublicationTime:
    """Count what will be done to a data set's images."""
    tested, every = len(dataset.test), len(dataset.test) + len(dataset.train)
    items = tested if options.items == "test" else every
    charted = min(items, FITTED) if wants_chart(items, config.latent_dim) else 0
    return PublicationTime(config.validation_items + 2 * tested + items, items, charted)


def slowness() -> float:
    """Return by how much this core is slower now than that which the costs were measured on."""
    started = time.perf_counter()
    sum(i * i for i in range(PROBE))
    return (time.perf_counter() - started) / PROBE_S
