"""The log for TensorBoard, where that is installed; TensorFlow 2.21 no longer brings it along."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import tensorflow as tf


class TensorBoard:
    """Writes each epoch's numbers into the run's `tensorboard/`, or nothing without TensorBoard."""

    def __init__(self, folder: Path) -> None:
        """Take the run's folder."""
        self.writer = (
            tf.summary.create_file_writer(str(folder / "tensorboard"))
            if find_spec("tensorboard")
            else None
        )

    def write(self, line: dict[str, Any]) -> None:
        """Write the numbers of one epoch's log line."""
        if self.writer is None:
            return
        with self.writer.as_default(step=line["epoch"]):
            for key, value in line.items():
                if isinstance(value, float):
                    tf.summary.scalar(key, value)
        self.writer.flush()
