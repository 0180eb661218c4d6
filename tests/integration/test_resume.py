"""A run that is killed, stopped or starved of disk goes on, and ends where it would have."""

import errno
import itertools
import json
import os
import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.integration.training_process import finish, training, wait_until
from training import guards, training_loop, validation
from training.__main__ import main
from training.batches import make_batch
from training.checkpoint import BEST, LAST, save_checkpoint
from training.config import TrainConfig, load_config
from training.errors import RunInvalid, TrainingError
from training.fit import fit, resume
from training.interruption import exit_code
from training.load_dataset import load_dataset
from training.publication_time import PublicationTime
from training.runs import Run, open_run
from training.time_budget import TimeBudget

# Everything that a resumed run must find again: order, noise, pixels, moves, schedules, averages
# and the best epoch.
SETTINGS = [
    "epochs=8", "encoder_filters=[4, 6]", "decoder_filters=[4]", "binarisation=dynamic",
    "warmup=cyclic", "warmup_epochs=3", "learning_rate_decay=cosine", "validation_items=100",
    "average=0.9", "flips=true", "shifts=1", "cutmix=0.5",
]  # fmt: skip


@pytest.fixture(scope="module", name="config")
def _config() -> TrainConfig:
    return load_config("digits-z2", SETTINGS)


@pytest.fixture(scope="module", name="whole")
def _whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that was never interrupted."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    with training(*start(folder), output=folder.with_suffix(".out")) as child:
        assert finish(child) == 0, folder.with_suffix(".out").read_text()
    return folder


def start(folder: Path) -> list[object]:
    """Return the command that starts the run in a folder."""
    return ["fit", "--config", "digits-z2", "--set", *SETTINGS, "--run", folder]


def go_on(folder: Path) -> list[object]:
    """Return the command that starts the run, or goes on with it."""
    return ["fit", "--resume", folder] if (folder / "run.json").exists() else start(folder)


def assert_same_end(folder: Path, whole: Path) -> None:
    """Compare two runs: every variable bit for bit, and the log but for its times."""
    for name in (LAST, BEST):
        with np.load(folder / name) as one, np.load(whole / name) as other:
            assert one.files == other.files
            for key in one:
                np.testing.assert_array_equal(one[key], other[key], err_msg=f"{name}: {key}")
    assert timeless(open_run(folder)) == timeless(open_run(whole))
    assert not list(folder.glob(".*.part"))


def timeless(run: Run) -> list[dict[str, Any]]:
    """Return a run's log without its seconds."""
    return [{k: v for k, v in line.items() if k != "seconds"} for line in run.history()]


def moments(folder: Path, kills: int) -> list[Callable[[], bool]]:
    """Return conditions to kill at: before anything, in the middle of a write, after n of them."""
    chance = random.Random(0)

    def written(times: int) -> Callable[[], bool]:
        seen: list[int] = []

        def reached() -> bool:
            path = folder / LAST
            inode = path.stat().st_ino if path.exists() else 0
            if inode and (not seen or seen[-1] != inode):
                seen.append(inode)
            return len(seen) > times

        return reached

    def during(name: str) -> Callable[[], bool]:
        # The file is there for less than a millisecond: one not seen must not let the run end.
        missed = written(9)
        return lambda: missed() or (folder / f".{name}.part").exists()

    chosen: list[Callable[[], bool]] = [
        (folder / "run.json").exists,
        *map(during, (LAST, BEST, "log.jsonl")),
    ]
    chosen += [written(chance.randint(1, 9)) for _ in range(kills - len(chosen))]
    chance.shuffle(chosen)
    return chosen


@pytest.mark.parametrize("kills", [5, pytest.param(10, marks=pytest.mark.long)])
def test_killed_many_times_it_ends_the_same(whole: Path, tmp_path: Path, kills: int) -> None:
    """SIGKILL at several moments of one run, with a checkpoint at every step: the same bits."""
    folder, output = tmp_path / "run", tmp_path / "out"
    killed = 0
    for moment in moments(folder, kills):
        with training(*go_on(folder), output=output, checkpoint_s=0) as child:
            if wait_until(child, moment):
                os.kill(child.pid or 0, signal.SIGKILL)
            killed += finish(child) == -signal.SIGKILL
    with training(*go_on(folder), output=output) as child:
        assert finish(child) == 0, output.read_text()

    assert killed >= kills - 2, output.read_text()  # a moment may come too late to be hit
    assert_same_end(folder, whole)


def test_ctrl_c_saves_and_says_how_to_go_on(whole: Path, tmp_path: Path) -> None:
    """SIGINT ends with 130 and a command; with that command the run ends the same."""
    folder, output = tmp_path / "run", tmp_path / "out"
    with training(*start(folder), output=output) as child:
        assert wait_until(child, lambda: bool(folder.is_dir() and open_run_log(folder)))
        os.kill(child.pid or 0, signal.SIGINT)
        assert finish(child) == 130

    *_, said, publish = output.read_text().splitlines()
    assert f"python -m training fit --resume {folder}" in said
    assert f"python -m training export {folder}" in publish
    assert "Traceback" not in output.read_text()
    command = said.partition("python -m training ")[2].split()
    with training(*command, output=output) as child:
        assert finish(child) == 0
    assert_same_end(folder, whole)


def open_run_log(folder: Path) -> str:
    """Return what is in a run's log so far."""
    path = folder / "log.jsonl"
    return path.read_text() if path.exists() else ""


class Stopped(BaseException):
    """Stands for the end of the process at a certain line."""


@pytest.fixture(scope="module", name="straight")
def _straight(config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run of two epochs that was never interrupted.

    Beside its folder are copies of it as it was before each write of log or checkpoint.
    """
    short = config.model_copy(update={"epochs": 2})
    folder = tmp_path_factory.mktemp("straight") / "run"

    def copying(write: Callable[..., None]) -> Callable[..., None]:
        calls = itertools.count(1)

        def copy_and_write(*arguments: Any) -> None:
            shutil.copytree(folder, folder.with_name(f"{write.__name__}-{next(calls)}"))
            write(*arguments)

        return copy_and_write

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "write_history", copying(Run.write_history))
        patch.setattr(training_loop, "save_checkpoint", copying(save_checkpoint))
        return fit(short, None, load_dataset(short), folder)


@pytest.mark.parametrize(
    "moment",
    ["write_history-2", "write_history-3", *(f"save_checkpoint-{n}" for n in (1, 2, 3, 4))],
)
def test_a_run_cut_at_any_write_loses_no_epoch(moment: str, straight: Run) -> None:
    """Cut before its n-th write of checkpoint or log, a run still ends with all of both."""
    cut = straight.folder.with_name(moment)

    resume(cut)

    assert_same_end(cut, straight.folder)


@pytest.mark.parametrize("step", [0, 10, 21])
def test_ctrl_c_at_any_step_changes_nothing(
    step: int, straight: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first, the middle or the last step of an epoch: the same weights, the same log."""
    check = guards.check_finite

    def interrupt(*arguments: Any) -> None:
        check(*arguments)
        if arguments[-1] == (0, step):
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(training_loop, "check_finite", interrupt)
        with pytest.raises(KeyboardInterrupt, match=f"fit --resume {tmp_path}/run"):
            fit(straight.config, None, straight.dataset(), tmp_path / "run")
    resume(tmp_path / "run")

    assert_same_end(tmp_path / "run", straight.folder)


def test_stopped_while_held_back_images_are_measured_it_loses_nothing(
    straight: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop in validation is obeyed at once; the epoch gets its line when the run goes on."""
    batches: list[int] = []
    make = make_batch

    def interrupt(*arguments: Any) -> Any:
        batches.append(len(batches))
        if len(batches) == 1:
            signal.raise_signal(signal.SIGINT)
        return make(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(validation, "make_batch", interrupt)
        with pytest.raises(KeyboardInterrupt, match="stopped and saved"):
            fit(straight.config, None, straight.dataset(), tmp_path / "run")
    assert len(batches) == 1
    assert not open_run(tmp_path / "run").history()
    resume(tmp_path / "run")

    assert_same_end(tmp_path / "run", straight.folder)


def test_stopped_in_its_first_epoch_a_run_can_be_published(
    straight: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM after the first step: the code is 143, and the command that is named publishes."""
    check = guards.check_finite

    def interrupt(*arguments: Any) -> None:
        check(*arguments)
        signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(training_loop, "check_finite", interrupt)
        with pytest.raises(KeyboardInterrupt, match=f"export {tmp_path}/run") as stopped:
            fit(straight.config, None, straight.dataset(), tmp_path / "run")
    store = tmp_path / "store"
    assert main(["export", str(tmp_path / "run"), "--store", str(store)]) == 0

    assert exit_code(stopped.value) == 143
    card = (store / "digits-z2" / "1" / "card.md").read_text()
    assert "- 0 of 2 epochs, batch" in card


def test_a_run_that_a_clock_has_planned_can_be_repeated(straight: Run, tmp_path: Path) -> None:
    """With the configuration that it ends with, the same weights come out, without a clock."""
    clock = itertools.count(0.0, 0.25)
    budget = TimeBudget(
        15.0, 0.0, PublicationTime(0, 0, 0), now=clock.__next__, slowness=lambda: 0.1
    )
    config = straight.config.model_copy(
        update={"warmup": "linear", "warmup_share": 0.3, "epochs": 9}
    )
    first = fit(config, None, straight.dataset(), tmp_path / "first", budget=budget)

    second = fit(first.config, None, straight.dataset(), tmp_path / "second")

    assert first.config.pace
    assert first.config == open_run(first.folder).config == second.config
    assert len(first.history()) == first.config.epochs < 9
    assert first.history()[-1]["share"] > 0.9
    assert_same_end(second.folder, first.folder)


@pytest.fixture(scope="module", name="stopped")
def _stopped(config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run with one epoch of two behind it."""
    folder = tmp_path_factory.mktemp("stopped") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            training_loop.TrainingLoop, "_line", one_line(training_loop.TrainingLoop._line)
        )
        with pytest.raises(Stopped):
            fit(config, None, load_dataset(config), folder)
    return folder


def one_line(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method that makes a log's line, but which ends the process at the second."""

    def line(self: Any, epoch: int, *rest: Any) -> Any:
        if epoch == 1:
            raise Stopped
        return original(self, epoch, *rest)

    return line


def test_another_configuration_is_refused(stopped: Path, config: TrainConfig) -> None:
    """A run is not gone on with under other settings; the message names those that differ."""
    other = config.model_copy(update={"batch_size": 32, "seed": 5})
    before = (stopped / LAST).read_bytes()

    with pytest.raises(RunInvalid, match="another configuration: batch_size, seed differ"):
        resume(stopped, other)

    assert (stopped / LAST).read_bytes() == before


def test_a_run_of_an_earlier_release_is_not_validated_on_what_it_was_trained_on(
    stopped: Path, tmp_path: Path
) -> None:
    """It held back other images, so it does not go on; the message says what can be done."""
    old = open_run(shutil.copytree(stopped, tmp_path / "old"))
    for line in (history := old.history()):
        del line["best_epoch"]
    old.write_history(history)

    with pytest.raises(RunInvalid, match=r"other validation images; .* start a new run"):
        resume(old.folder)


def test_a_full_disk_keeps_the_old_checkpoint(
    stopped: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a checkpoint cannot be written: one line, exit 2, and the one before is whole."""
    before = {path.name: path.read_bytes() for path in stopped.iterdir()}

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(training_loop, "CHECKPOINT_S", 0)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert main(["fit", "--resume", str(stopped)]) == 2

    said = capsys.readouterr().err
    assert said.startswith("training: ")
    assert said.endswith("could not be written: No space left on device\n")
    assert {path.name: path.read_bytes() for path in stopped.iterdir()} == before


def test_a_disk_that_fills_up_later_loses_nothing(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: TrainConfig
) -> None:
    """After the twentieth write fails, space is made, and the run ends as it would have."""
    writes = 0
    sync = os.fsync

    def fills_up(descriptor: int) -> None:
        nonlocal writes
        writes += 1
        if writes == 20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fills_up)
        patch.setattr(training_loop, "CHECKPOINT_S", 0)
        with pytest.raises(TrainingError, match="No space left"):
            fit(config, None, load_dataset(config), tmp_path / "run")
    resume(tmp_path / "run")

    assert_same_end(tmp_path / "run", whole)


def test_a_finished_run_stays_as_it_is(whole: Path) -> None:
    """Resuming a run that has ended changes no file of it but by the same bytes."""
    before = {path.name: path.read_bytes() for path in whole.iterdir()}

    resume(whole)

    assert {path.name: path.read_bytes() for path in whole.iterdir()} == before


def test_the_log_is_json(whole: Path) -> None:
    """Each line of the log stands for one epoch, in order."""
    lines = [json.loads(line) for line in (whole / "log.jsonl").read_text().splitlines()]

    assert [line["epoch"] for line in lines] == [1, 2, 3, 4, 5, 6, 7, 8]
