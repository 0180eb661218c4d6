"""A run and its images: they may move, others may come, but they may not change."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.once import once
from training.__main__ import main
from training.runs import open_run

SMALL = ["--set", "encoder_filters=[4, 6]", "decoder_filters=[4]", "batch_size=16"]
VERBS = [["evaluate"], ["report"], ["export"], ["fit", "--resume"]]
Said = Callable[[], str]


def images(n: int = 60) -> dict[str, np.ndarray]:
    """Return images of noise with labels; the first ones are the same for every n."""
    pixels = [np.random.default_rng(i).integers(0, 256, (8, 8), np.uint8) for i in range(n)]
    return {"images": np.stack(pixels), "labels": np.array(["even", "odd"])[np.arange(n) % 2]}


def fit(folder: Path, *more: str) -> Path:
    """Fit a tiny network on `images.npz` of a folder for two epochs; return the run's folder."""
    folder.mkdir(exist_ok=True, parents=True)
    np.savez(folder / "images.npz", allow_pickle=False, **images())
    given = ["--data", str(folder / "images.npz"), "--config", "digits-z2", *SMALL, *more]
    assert main(["fit", "--run", str(folder / "run"), *given, "epochs=2"]) == 0
    return folder / "run"


@pytest.fixture(name="run")
def _run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run whose images are no longer where they were."""
    folder = once(tmp_path_factory, "moved", fit)
    (folder / "images.npz").unlink(missing_ok=True)
    path = folder / "run" / "run.json"
    gone = json.loads(path.read_text()) | {"data": str(folder / "gone.npz")}
    path.write_text(json.dumps(gone))
    return folder / "run"


@pytest.fixture(name="said")
def _said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Return a function that takes what was written to standard error."""
    return lambda: capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_images_that_moved_are_found_with_data(
    run: Path, verb: list[str], tmp_path: Path, said: Said
) -> None:
    """Each command that takes a run takes `--data`, and later ones need it no more."""
    np.savez(tmp_path / "elsewhere.npz", allow_pickle=False, **images())
    store = ["--store", str(tmp_path / "store")] if verb == ["export"] else []

    assert main([*verb, str(run), *store]) == 2
    assert "gone.npz: no such file or folder" in said()
    assert main([*verb, str(run), *store, "--data", str(tmp_path / "elsewhere.npz")]) == 0
    assert main([*verb, str(run), *store]) == 0


def test_images_that_came_since_are_left_out(
    run: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder that grew, in another order, gives the same figures; the new ones are counted."""
    np.savez(tmp_path / "same.npz", allow_pickle=False, **images())
    grown = {key: np.ascontiguousarray(array[::-1]) for key, array in images(75).items()}
    np.savez(tmp_path / "grown.npz", allow_pickle=False, **grown)

    assert main(["evaluate", str(run), "--data", str(tmp_path / "same.npz")]) == 0
    before = (run / "evaluation.json").read_bytes()
    assert main(["evaluate", str(run), "--data", str(tmp_path / "grown.npz")]) == 0

    assert (run / "evaluation.json").read_bytes() == before
    assert "15 images there are none of the run's and are left out" in caplog.text


def test_what_changed_is_counted(run: Path, tmp_path: Path, said: Said) -> None:
    """Changed pixels and another class are named by their number, and what to do."""
    changed = images()
    changed["images"][:5] ^= 255
    changed["labels"][7] = "even"
    np.savez(tmp_path / "changed.npz", allow_pickle=False, **changed)

    assert main(["evaluate", str(run), "--data", str(tmp_path / "changed.npz")]) == 2

    line = said()
    assert "training images" in line
    assert "are not there as the run saw them (pixels or class differ); 6 images there" in line
    assert "or start a new run" in line


def test_a_finished_run_is_extended(tmp_path: Path) -> None:
    """`--epochs` makes of a run of two epochs what a run of four would have been."""
    short = fit(tmp_path / "short")
    long = fit(tmp_path / "long", "seed=0")
    shutil.rmtree(long)
    given = ["--data", str(tmp_path / "long" / "images.npz"), "--config", "digits-z2", *SMALL]
    assert main(["fit", "--run", str(long), *given, "seed=0", "--epochs", "4"]) == 0

    assert main(["fit", "--resume", str(short), "--epochs", "4"]) == 0

    assert open_run(short).config.epochs == 4
    assert len(open_run(short).history()) == 4
    with np.load(short / "last.npz") as first, np.load(long / "last.npz") as second:
        assert set(first) == set(second)
        assert all(np.array_equal(first[key], second[key]) for key in first)


def test_extending_says_what_becomes_of_the_cosine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: Said
) -> None:
    """The learning rate rises again, and that is said; fewer epochs than done are refused."""
    run = fit(tmp_path, "learning_rate_decay=cosine")
    capsys.readouterr()

    assert main(["fit", "--resume", str(run), "--epochs", "4"]) == 0
    assert "it goes from 0 to 0.0005 now and falls to 0 again" in capsys.readouterr().out
    assert main(["fit", "--resume", str(run), "--epochs", "4"]) == 2
    assert "is past epoch 4; --epochs 4 must be more" in said()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--resume", "RUN", "--run", "x"], "leave out --run"),
        (["--resume", "RUN", "--strict"], "leave out --strict"),
        (["--resume", "RUN", "--set", "beta=2"], "--set changes a new run"),
        (["--dry-run", "--resume", "RUN"], "leave out --resume"),
        (["--dry-run", "--run", "x"], "leave out --run"),
        (["--strict"], "--strict is about image files: give --data"),
        (["--without-images"], "--without-images: these say what --export does; give that too"),
        (["--items", "test"], "say what --export does; give that too"),
        (["--store", "x"], "say what --export does; give that too"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_no_option_is_ignored(options: list[str], word: str, run: Path, said: Said) -> None:
    """An option that would do nothing beside another is refused by name."""
    assert main(["fit", *(str(run) if o == "RUN" else o for o in options)]) == 2

    assert word in said()
