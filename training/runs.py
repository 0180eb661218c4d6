"""A run's folder: its configuration, where its data came from, its log, its results."""

import copy
import csv
import functools
import importlib.metadata
import io
import itertools
import json
import logging
import math
import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from models.manifest import ImageShape
from training.config import TrainConfig
from training.dataset import Dataset, Split
from training.errors import DataUnreadable, RunInvalid, TrainingError
from training.image_list import list_images, pick_images
from training.load_dataset import load_dataset
from training.model_name import Images, origin
from training.validation import hold_back

RUNS: Final = Path("runs")
RUN_FILE: Final = "run.json"
IMAGES_FILE: Final = "images.npz"  # the list of its images, by digests
PACKAGES: Final = ("tensorflow", "tensorflow-cpu", "keras", "numpy")
log = logging.getLogger(__name__)


class Provenance(BaseModel):
    """What a run was made of, beside its configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: TrainConfig
    data: str | None
    """The path given as `--data`; none for a data set known by name."""
    dataset_name: str
    dataset_sha256: str
    train_items: int
    test_items: int
    image_shape: ImageShape
    labels: tuple[str, ...]
    packages: dict[str, str]
    git_commit: str | None


@dataclass(frozen=True)
class Run:
    """A run's folder and what it was made of."""

    folder: Path
    provenance: Provenance
    data: Path | None = None
    """Where its images lie now, if that is elsewhere than when it was started."""

    @property
    def config(self) -> TrainConfig:
        """The configuration that the run was started with."""
        return self.provenance.config

    @property
    def log(self) -> Path:
        """One JSON object an epoch."""
        return self.folder / "log.jsonl"

    @property
    def objective(self) -> str:
        """What is descended, which every printed number depends on, in words."""
        return self.config.described(self.provenance.image_shape[-1])

    @property
    def pixels(self) -> int:
        """Height x width x channels."""
        return math.prod(self.provenance.image_shape)

    def dataset(self) -> Dataset:
        """Read the run's data again, once; images that have come since are left out.

        Raises:
            DataUnreadable: It is gone, or images of it are missing or changed.
        """
        return self._dataset

    @functools.cached_property
    def _dataset(self) -> Dataset:
        provenance = self.provenance
        was = None if provenance.data is None else Path(provenance.data)
        data = self.data or was
        dataset = load_dataset(self.config, data)
        if dataset.sha256() != provenance.dataset_sha256:
            dataset = self._pick(dataset, data or dataset.name)
        if data != was:  # from now on its images are looked for there
            moved = provenance.model_copy(update={"data": str(data and data.resolve())})
            _write(self.folder, moved)
        return dataset

    @functools.cached_property
    def splits(self) -> tuple[Split, Split]:
        """The training images that are trained on, and those that are held back from training."""
        return hold_back(self.dataset().train, self.config.validation_items)

    def _pick(self, dataset: Dataset, where: Path | str) -> Dataset:
        try:
            with np.load(self.folder / IMAGES_FILE) as file:
                listed = dict(file)
        except (OSError, ValueError) as error:
            message = f"{self.folder}: its data set {where} has changed since; start a new run"
            raise DataUnreadable(message) from error
        dataset, new = pick_images(dataset, listed, self.provenance.labels, where)
        if new:
            log.warning("%s: %s images there are none of the run's and are left out", where, new)
        return dataset

    def extended(self, epochs: int) -> "Run":
        """Give the run another number of epochs; what is done stays.

        Raises:
            RunInvalid: It has as many epochs behind it already.
        """
        done = len(self.history())
        if epochs <= done:
            message = f"{self.folder} is past epoch {done}; --epochs {epochs} must be more"
            raise RunInvalid(message)
        return self.planned(self.config.model_copy(update={"epochs": epochs, "pace": ()}))

    def planned(self, config: TrainConfig) -> "Run":
        """Write down another configuration, one that differs in the run's length."""
        data = self.provenance.data if self.data is None else str(self.data.resolve())
        provenance = self.provenance.model_copy(update={"config": config, "data": data})
        _write(self.folder, provenance)
        run = copy.copy(self)  # with the images that it has read
        vars(run)["provenance"] = provenance
        return run

    @property
    def images(self) -> Images:
        """What tells its images from others."""
        provenance = self.provenance
        data = None if provenance.data is None else Path(provenance.data)
        return Images(provenance.dataset_sha256, origin(data, provenance.dataset_name))

    def history(self) -> list[dict[str, Any]]:
        """Return the log's epochs."""
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def write_history(self, epochs: Sequence[dict[str, Any]]) -> None:
        """Replace the log (JSON lines and CSV) by these epochs."""
        write_atomically(self.log, "".join(json.dumps(epoch) + "\n" for epoch in epochs).encode())
        if epochs:
            file = io.StringIO(newline="")
            table = csv.DictWriter(file, epochs[0], extrasaction="ignore")
            table.writeheader()
            table.writerows(epochs)
            write_atomically(self.folder / "log.csv", file.getvalue().encode())


def new_run(
    config: TrainConfig, data: Path | None, dataset: Dataset, folder: Path | None = None
) -> Run:
    """Make a run's folder: `folder`, or the next free `runs/<name>-<number>`.

    Raises:
        RunInvalid: The folder holds something already.
    """
    provenance = Provenance(
        config=config,
        data=None if data is None else str(data.resolve()),
        dataset_name=dataset.name,
        dataset_sha256=dataset.sha256(),
        train_items=len(dataset.train),
        test_items=len(dataset.test),
        image_shape=dataset.image_shape,
        labels=dataset.labels,
        packages=package_versions(),
        git_commit=git_commit(),
    )
    folder = folder or _next_folder(config.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        empty = not any(folder.iterdir())
    except OSError as error:
        raise RunInvalid(f"{folder} cannot hold a run: {error.strerror}") from error
    if not empty:
        raise RunInvalid(f"{folder} is not empty; go on with --resume {folder}, or name another")
    listed = io.BytesIO()
    np.savez(listed, allow_pickle=False, **list_images(dataset))
    write_atomically(folder / IMAGES_FILE, listed.getvalue())
    _write(folder, provenance)
    run = Run(folder, provenance)
    vars(run)["_dataset"] = dataset  # it need not be read again
    return run


def _write(folder: Path, provenance: Provenance) -> None:
    write_atomically(folder / RUN_FILE, provenance.model_dump_json(indent=1).encode())


def _next_folder(name: str) -> Path:
    numbers = itertools.count(1)
    return next(path for n in numbers if not (path := RUNS / f"{name}-{n:03d}").exists())


def open_run(folder: Path, data: Path | None = None) -> Run:
    """Open a run's folder; `data`: where its images lie now, if elsewhere than before.

    Raises:
        RunInvalid: It is no run's folder, or was written by another version of the program.
    """
    path = folder / RUN_FILE
    try:
        return Run(folder, Provenance.model_validate_json(path.read_bytes()), data)
    except OSError as error:
        raise RunInvalid(f"{folder} is no run: {path.name}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RunInvalid(f"{path}: {where}: {first['msg']}") from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: a reader sees the old bytes or the new.

    Raises:
        TrainingError: The disk is full or the folder is not writable; the old file stays.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise TrainingError(f"{path} could not be written: {error.strerror}") from error


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of what the maths depends on."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def git_commit() -> str | None:
    """Return the commit of the source code, marked if it was changed; none outside a checkout."""
    commit = _git("rev-parse", "--short=12", "HEAD")
    changed = commit and _git("status", "--porcelain", "--", ".", "../models/*.py")
    return f"{commit}-dirty" if changed else commit or None


def _git(*arguments: str) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    done = subprocess.run(  # noqa: S603 - constant arguments
        [git, *arguments], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
