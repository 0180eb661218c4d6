"""A run's folder: provenance, log, and files that are written whole or not at all."""

import csv
import errno
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training import runs
from training.config import TrainConfig
from training.dataset import Dataset, Split
from training.errors import DataUnreadable, RunInvalid, TrainingError
from training.runs import Run, new_run, open_run, write_atomically

CONFIG = TrainConfig(name="digits", dataset="digits", beta=1.0)


def split(n: int, grey: int) -> Split:
    """Return n equal images of 3 x 2 pixels."""
    return Split(np.full((n, 3, 2, 1), grey, np.uint8), np.zeros(n, np.int32))


DATA = Dataset("digits", split(4, 1), split(2, 2), ("zero",))


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Run:
    return new_run(CONFIG, None, DATA, tmp_path / "run")


def test_a_run_knows_what_it_was_made_of(run: Run) -> None:
    """Opened again, the folder says configuration, data, versions and commit."""
    provenance = open_run(run.folder).provenance

    assert provenance == run.provenance
    assert provenance.config == CONFIG
    assert provenance.dataset_sha256 == DATA.sha256()
    assert (provenance.train_items, provenance.test_items) == (4, 2)
    assert run.pixels == 6
    assert {"python", "keras", "numpy"} < set(provenance.packages)


def test_the_digest_is_that_of_pixels_labels_and_sides() -> None:
    """Another pixel, another label or another split is another data set."""
    relabelled = Split(DATA.train.images, np.ones(4, np.int32))

    digests = [
        DATA.sha256(),
        replace(DATA, train=split(4, 3)).sha256(),
        replace(DATA, train=relabelled).sha256(),
        replace(DATA, test=split(3, 2)).sha256(),
        replace(DATA, train=DATA.test, test=DATA.train).sha256(),
    ]

    assert len(set(digests)) == len(digests)
    assert replace(DATA, name="other").sha256() == DATA.sha256()


def test_changed_data_is_noticed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose data set is no longer the same says so instead of going on."""
    monkeypatch.setattr(runs, "load_dataset", lambda *_: replace(DATA, train=split(4, 9)))

    with pytest.raises(DataUnreadable, match="digits: 4 of 4 training images are not there as"):
        open_run(run.folder).dataset()


def test_a_full_folder_is_not_overwritten(run: Run) -> None:
    """A new run does not write into a folder that holds something, and says what to do."""
    before = (run.folder / "run.json").read_bytes()

    with pytest.raises(RunInvalid, match=r"is not empty; go on with --resume .*run, or name"):
        new_run(CONFIG, None, DATA, run.folder)

    assert (run.folder / "run.json").read_bytes() == before


def test_runs_are_numbered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder's name a run takes the next free number."""
    monkeypatch.chdir(tmp_path)

    folders = [new_run(CONFIG, None, DATA).folder.as_posix() for _ in range(2)]

    assert folders == ["runs/digits-001", "runs/digits-002"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, r"is no run: run\.json: No such file"),
        (b"{", r"run\.json: : ?Invalid JSON|run\.json: .*Invalid JSON"),
        (b"{}", r"run\.json: config: Field required"),
    ],
)
def test_a_folder_that_is_no_run(content: bytes | None, said: str, tmp_path: Path) -> None:
    """A folder without provenance, or with a broken one, is refused by its path."""
    if content is not None:
        (tmp_path / "run.json").write_bytes(content)

    with pytest.raises(RunInvalid, match=said) as caught:
        open_run(tmp_path)

    assert "\n" not in str(caught.value)


def test_the_log_is_json_lines_and_csv(run: Run) -> None:
    """Both files hold the same epochs; writing replaces them."""
    lines: list[dict[str, Any]] = [{"epoch": n, "loss": n / 3} for n in (1, 2, 3)]
    assert run.history() == []

    run.write_history(lines)
    run.write_history(lines[:2])

    assert run.history() == lines[:2]
    assert [json.loads(line) for line in run.log.read_text().splitlines()] == lines[:2]
    with (run.folder / "log.csv").open() as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    assert rows == lines[:2]


def test_writing_replaces_the_whole_file(tmp_path: Path) -> None:
    """The new bytes take the place of the old ones, and nothing else is left."""
    path = tmp_path / "last.npz"
    write_atomically(path, b"old and long")

    write_atomically(path, b"new")

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_full_disk_leaves_the_old_file(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the bytes do not reach the disk, the old file stays, whole, without a part beside it."""
    path = tmp_path / "last.npz"
    write_atomically(path, b"old")

    def full(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TrainingError, match=f"could not be written: {os.strerror(number)}"):
        write_atomically(path, b"new")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full is Linux's")
def test_a_full_disk_under_the_csv(run: Run) -> None:
    """The table beside the log finds no space either: the same clear error."""
    (run.folder / "log.csv").symlink_to("/dev/full")
    (run.folder / ".log.csv.part").symlink_to("/dev/full")

    with pytest.raises(TrainingError, match=r"log\.csv could not be written: No space left"):
        run.write_history([{"epoch": 1}])


def test_a_folder_that_is_gone_is_one_clear_line(tmp_path: Path) -> None:
    """Writing into a folder that does not exist is an error that names the file."""
    with pytest.raises(TrainingError, match=r"gone/log could not be written: No such file"):
        write_atomically(tmp_path / "gone" / "log", b"")
