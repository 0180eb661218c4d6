"""`python -m training`: every mistake is exit code 2 and one line that says what to do."""

import errno
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from training.__main__ import main
from training.config import StrategyName
from training.config_file import named_configs
from training.runs import open_run

SMALL = ["epochs=2", "encoder_filters=[4, 6]", "decoder_filters=[4]"]
Refused = Callable[..., str]


@pytest.fixture(name="refused")
def _refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """Return a function that runs a command, expects it to be refused, and returns the line."""

    def run(*arguments: object) -> str:
        capsys.readouterr()
        assert main([*map(str, arguments)]) == 2
        said = capsys.readouterr()
        assert said.err.startswith("training: ")
        assert said.err.endswith("\n")
        assert said.err.count("\n") == 1, said.err
        return said.err

    return run


def fit(folder: Path, *settings: str) -> int:
    """Fit a small network on digits for two epochs."""
    return main(["fit", "--config", "digits-z2", "--run", str(folder), "--set", *SMALL, *settings])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["epoch=3"], "unknown key epoch; known: name, dataset,"),
        (["epochs=three"], "epochs: "),
        (["epochs=-3"], "epochs: "),
        (["beta"], "--set beta: write key=value"),
        (["strategy=vii"], "strategy: "),
        (["activation=leaky"], "activation"),
        (["dataset=digitz"], "no data set 'digitz'; give --data PATH, or one of digits, mnist"),
        (
            ["validation_items=1500"],
            "validation_items is 1500, but there are only 1500 training",
        ),
        (["likelihood=gaussian", "binarisation=dynamic"], "binarised pixels need likelihood"),
    ],
)
def test_a_wrong_setting(refused: Refused, settings: list[str], said: str, tmp_path: Path) -> None:
    """An unknown key, a wrong type or a value that cannot be is named, and no run is begun."""
    assert said in refused("fit", "--run", tmp_path / "run", "--set", *settings)
    assert not (tmp_path / "run" / "last.npz").exists()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["labels=['a', 'b']"], "labels has 2 names, but digits has 10 classes (0, 1, 2, 3, 4, 5"),
        (["image_size=[28, 28]"], "its images are 8 × 8 × 1, but the configuration says image_s"),
        (["channels=3"], "its images are 8 × 8 × 1, but the configuration says channels 3"),
        (["learning_rate=inf"], "loss nan"),
        (["sigma=1e-300", "likelihood=gaussian"], "loss inf"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_settings_that_do_not_fit(
    refused: Refused, settings: list[str], said: str, tmp_path: Path
) -> None:
    """What the data set or the numbers do not bear is one line, never a traceback."""
    assert said in refused("fit", "--run", tmp_path / "run", "--set", *settings)


@pytest.mark.parametrize(
    "arguments",
    [
        ["atlas", "x", "--latent-dim", "0"],
        ["atlas", "x", "--minutes", "nan"],
        ["atlas", "x", "--minutes", "inf"],
        ["atlas", "x", "--name", ""],
        ["atlas", "x", "--serve", "'"],
        ["atlas", ""],
        ["evaluate", "x", "--nll-samples", "-3"],
        ["evaluate", "x", "--nll-samples", "k"],
        ["evaluate", "x", "--data", ""],
        ["evaluate", "x\0"],
        ["fit", "--epochs", "0"],
        ["fit", "--run", " "],
        ["export", "x", "--store", ""],
        ["compare", "--steps", "0"],
        ["sweep", "--betas", "x"],
    ],
    ids=" ".join,
)
def test_a_value_that_an_option_cannot_have(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The usage and one line that names the option and what it takes; nothing is begun."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 2
    *_, last = capsys.readouterr().err.splitlines()
    assert last.startswith(f"python -m training {arguments[0]}: error: argument ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--latent-dims", "9999"], "latent_dim: Input should be less than or equal to 4096"),
        (["--betas", "nan"], "beta: Input should be a finite number"),
        (["--seeds", "-1"], "seed: Input should be greater than or equal to 0"),
    ],
)
def test_a_grid_that_cannot_be(
    refused: Refused, arguments: list[str], said: str, tmp_path: Path
) -> None:
    """A value that a configuration does not take is refused before the first trial."""
    places = ["--run", tmp_path / "run", "--store", tmp_path / "store"]

    assert said in refused("sweep", *arguments, *places)


def test_a_fault_of_the_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even what nobody expected is one line; the traceback is in the file that it names."""

    def fail(_: object) -> None:
        raise ZeroDivisionError("first\nsecond")

    monkeypatch.setattr("training.commands.run_verify", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert main(["verify", "x"]) == 1

    said = capsys.readouterr().err
    assert said.startswith("training: a fault of the program (ZeroDivisionError: first); please")
    assert said.count("\n") == 1
    assert "Traceback" in Path(said.split()[-1]).read_text()


def test_too_little_memory(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that there is not is one line that names the settings to lower."""

    def fail(_: object) -> None:
        np.empty(2**62, np.uint8)

    monkeypatch.setattr("training.commands.run_fit", fail)

    assert "choose a smaller batch_size, image_size" in refused("fit")


def test_one_test_image_is_enough(tmp_path: Path) -> None:
    """A data set with a single test image is measured, drawn, and published in sound figures."""
    images = np.random.default_rng(0).integers(0, 256, (21, 8, 8), np.uint8)
    np.savez(tmp_path / "one.npz", x_train=images[:20], x_test=images[20:])
    run, store = str(tmp_path / "run"), ["--store", str(tmp_path / "store")]

    data = ["--data", str(tmp_path / "one.npz"), "--config", "digits-z2"]
    assert main(["fit", "--run", run, *data, "--set", *SMALL, "name=one"]) == 0
    assert main(["evaluate", run, "--nll-samples", "2"]) == 0
    assert main(["export", run, *store]) == 0
    assert main(["verify", "one", *store]) == 0


def test_an_unknown_configuration(refused: Refused) -> None:
    """The names that there are come with the refusal."""
    said = refused("fit", "--config", "mnist")

    assert f"there are {', '.join(named_configs())}, or" in said


def test_a_broken_configuration_file(refused: Refused, tmp_path: Path) -> None:
    """A file that is no TOML, or not even text, is named."""
    path = tmp_path / "mine.toml"
    for content in (b"beta = ", b"\xff\xfe\x00"):
        path.write_bytes(content)
        assert f"{path}: not TOML" in refused("fit", "--config", path)


@pytest.mark.parametrize("verb", ["fit", "compare"])
def test_data_that_is_not_there(refused: Refused, verb: str, tmp_path: Path) -> None:
    """A data folder that does not exist, or is empty, is one line with its path."""
    for folder in (tmp_path / "nowhere", tmp_path):
        assert str(folder) in refused(
            verb, "--config", "mnist-z2", "--data", folder, "--run", tmp_path / "run"
        )
    assert not (tmp_path / "run").exists()


def idx(shape: tuple[int, ...], content: bytes) -> bytes:
    """Return an IDX file of unsigned bytes."""
    sizes = b"".join(size.to_bytes(4, "big") for size in shape)
    return bytes([0, 0, 8, len(shape)]) + sizes + content


def mnist_like(folder: Path) -> Path:
    """Write a data set of four 4 x 4 images in a folder of IDX files, and return the folder."""
    for split in ("train", "t10k"):
        (folder / f"{split}-images-idx3-ubyte").write_bytes(idx((4, 4, 4), bytes(range(64))))
        (folder / f"{split}-labels-idx1-ubyte").write_bytes(idx((4,), bytes([0, 1, 0, 1])))
    return folder


IMAGES = "train-images-idx3-ubyte"
WHOLE = gzip.compress(idx((4, 4, 4), bytes(64)), mtime=0)
BROKEN = {
    "empty": (IMAGES, b""),
    "two bytes": (IMAGES, b"\x00\x00"),
    "text": (IMAGES, b"not an IDX file at all"),
    "header cut": (IMAGES, bytes([0, 0, 8, 3, 0, 0])),
    "200 dimensions": (IMAGES, bytes([0, 0, 8, 200]) + bytes(8)),
    "a byte too few": (IMAGES, idx((4, 4, 4), bytes(63))),
    "a byte too many": (IMAGES, idx((4, 4, 4), bytes(65))),
    "2**31 images": (IMAGES, idx((2**31, 4, 4), bytes(64))),
    "fewer than labels": (IMAGES, idx((3, 4, 4), bytes(48))),
    "not three dimensions": (IMAGES, idx((4, 16), bytes(64))),
    "no image": (IMAGES, idx((0, 4, 4), b"")),
    "no pixel": (IMAGES, idx((4, 0, 4), b"")),
    "gzip cut": (f"{IMAGES}.gz", WHOLE[:-9]),
    "gzip damaged": (f"{IMAGES}.gz", WHOLE[:15] + b"\xff\xff\xff" + WHOLE[18:]),
    "no gzip": (f"{IMAGES}.gz", b"not gzip"),
    "missing": ("none", b""),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_idx_file(refused: Refused, case: str, tmp_path: Path) -> None:
    """A truncated, damaged, missing or disagreeing file of a data set is one line with its path."""
    (mnist_like(tmp_path) / IMAGES).unlink()
    file, content = BROKEN[case]
    (tmp_path / file).write_bytes(content)

    assert str(tmp_path) in refused(
        "fit", "--config", "mnist-z2", "--data", tmp_path, "--run", tmp_path / "run"
    )
    assert not (tmp_path / "run").exists()


def test_a_download_without_a_network(
    refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be downloaded, the line says so and what to do instead."""
    import keras

    def unreachable(*_: Any, **__: Any) -> Any:
        raise OSError("URL fetch failure: Name or service not known")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", unreachable)

    said = refused("fit", "--config", "mnist-z2", "--run", tmp_path / "run")

    assert "pass --data DIR" in said
    assert "digits-z2, which needs no download" in said


@pytest.fixture(scope="module", name="fitted")
def _fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fitted") / "run"
    assert fit(folder) == 0
    return folder


@pytest.fixture(name="copied")
def _copied(fitted: Path, tmp_path: Path) -> Path:
    """Return a copy of a fitted run that a test may damage."""
    folder = tmp_path / "copied"
    folder.mkdir()
    for path in fitted.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    return folder


VERBS = [["fit", "--resume"], ["evaluate"], ["export"], ["report"]]


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_no_run(refused: Refused, verb: list[str], tmp_path: Path) -> None:
    """A folder that is missing, or holds no run, is refused by every verb that takes one."""
    (tmp_path / "file").write_text("no folder")
    for folder in (tmp_path, tmp_path / "nowhere", tmp_path / "file"):
        assert f"{folder} is no run" in refused(*verb, folder)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("damage", ["truncated", "changed", "empty", "of another network"])
def test_a_damaged_checkpoint(
    refused: Refused, verb: list[str], damage: str, copied: Path, tmp_path: Path
) -> None:
    """A checkpoint that is not whole, or not of this network, is refused by its folder."""
    path = copied / ("last.npz" if "fit" in verb else "best.npz")
    whole = path.read_bytes()
    if damage == "truncated":
        path.write_bytes(whole[:-100])
    elif damage == "changed":
        path.write_bytes(whole[:1000] + bytes(b ^ 255 for b in whole[1000:1100]) + whole[1100:])
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        np.savez(path, allow_pickle=False, **{"weights/conv_1/kernel": np.zeros((3, 3, 1, 5))})
    store = ["--store", tmp_path / "store"] if verb == ["export"] else []

    assert str(copied) in refused(*verb, copied, *store)
    assert not (tmp_path / "store").exists() or not list((tmp_path / "store").rglob("*"))


@pytest.mark.parametrize("verb", VERBS[1:])
def test_a_run_without_a_checkpoint(refused: Refused, verb: list[str], copied: Path) -> None:
    """A run without a checkpoint can be neither measured, drawn nor exported."""
    for name in ("best", "last"):
        (copied / f"{name}.npz").unlink()

        assert f"{copied} has no checkpoint {name}.npz; fit has not come that far" in refused(
            *verb, copied, "--checkpoint", name
        )


def test_a_run_of_another_configuration(refused: Refused, fitted: Path) -> None:
    """`--resume` with other settings names what differs; `--set` alone is for new runs."""
    said = refused("fit", "--resume", fitted, "--config", "digits-z2")
    assert "epochs" in said
    assert "differ" in said
    assert "keeps its configuration" in refused("fit", "--resume", fitted, "--set", "epochs=9")


def test_a_run_whose_data_changed(refused: Refused, copied: Path) -> None:
    """A run is not continued, measured or exported on other data than it was started with."""
    path = copied / "run.json"
    provenance = json.loads(path.read_text())
    path.write_text(json.dumps(provenance | {"dataset_sha256": "0" * 64}))
    (copied / "images.npz").unlink()

    for verb in VERBS:
        assert "digits has changed since; start a new run" in refused(*verb, copied)


def test_a_place_where_no_run_can_be(refused: Refused, fitted: Path, tmp_path: Path) -> None:
    """`--run` on a run, on a file, or where nothing can be written is one line."""
    (tmp_path / "file").write_text("no folder")

    assert f"go on with --resume {fitted}" in refused("fit", "--run", fitted)
    assert str(tmp_path / "file") in refused("fit", "--run", tmp_path / "file")
    assert "/proc/nowhere" in refused("fit", "--run", "/proc/nowhere/run")


def test_a_full_disk_during_export(
    refused: Refused, fitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An export that finds no space is one line, and leaves nothing in the store."""
    assert main(["evaluate", str(fitted)]) == main(["report", str(fitted)]) == 0

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)

    assert "No space left" in refused("export", fitted, "--store", tmp_path / "store")
    assert not list((tmp_path / "store").rglob("*"))


def test_models_that_are_not_sound(refused: Refused, tiny_store: Path, tmp_path: Path) -> None:
    """`verify` refuses what is not there, and says what is wrong with what is."""
    assert "there: digits-z2@1" in refused("verify", "mnist-z2", "--store", tiny_store)
    assert "there: none" in refused("verify", "digits-z2", "--store", tmp_path)
    (tmp_path / "digits-z2" / "1").mkdir(parents=True)
    assert "manifest.json cannot be read" in refused("verify", "digits-z2", "--store", tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["train"],
        ["fit", "--epoch-count", "3"],
        ["evaluate"],
    ],
)
def test_a_command_line_that_is_none(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A verb or option that does not exist is exit code 2, with the usage."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m training")


def test_the_process_itself_exits_with_2(tmp_path: Path) -> None:
    """As a program: one line on standard error, nothing of TensorFlow's, no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "training", "evaluate", tmp_path],
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == f"training: {tmp_path} is no run: run.json: No such file or directory\n"


def test_fit_evaluate_export_verify(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fitted: Path
) -> None:
    """The commands, one after the other, each naming the next, end in a sound model."""
    store = ["--store", str(tmp_path)]

    assert main(["evaluate", str(fitted)]) == 0
    assert "297 test images, bernoulli on pixel values; nats per image" in capsys.readouterr().out
    assert main(["export", str(fitted), *store]) == 0
    assert "published digits-z2@1" in capsys.readouterr().out
    assert main(["verify", "digits-z2", *store]) == 0
    assert "digits-z2@1 is sound" in capsys.readouterr().out


def test_a_dry_run_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--dry-run` says shapes, parameters, memory and time, and leaves no folder."""
    monkeypatch.chdir(tmp_path)
    assert main(["fit", "--dry-run"]) == 0

    said = capsys.readouterr().out
    assert "8 x 8" in said
    assert "parameters" in said
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", get_args(StrategyName))
def test_every_log_line_adds_up(name: str, tmp_path: Path) -> None:
    """In each line of each strategy's log: total = reconstruction + beta * KL, in nats."""
    assert fit(tmp_path / "run", f"strategy={name}", "fact=1e-3") == 0

    run = open_run(tmp_path / "run")
    lines = run.history()
    assert len(lines) == 2
    for line in lines:
        assert line["beta"] == pytest.approx(2 * 64 * 1e-3 / 2)
        total = line["reconstruction"] + line["beta"] * line["kl"]
        assert line["loss"] == pytest.approx(total, rel=1e-5)
        assert line["source_loss"] * 64 == pytest.approx(line["loss"])
        assert line["source_bce"] + line["source_kl"] == pytest.approx(line["source_loss"])
        assert line["objective"] == "bernoulli on pixel values"


@pytest.mark.parametrize("warmup", ["linear", "cyclic"])
def test_log_lines_add_up_while_beta_moves(warmup: str, tmp_path: Path) -> None:
    """During warm-up the line's penalty is what was added, between none and all of beta * KL."""
    assert fit(tmp_path / "run", f"warmup={warmup}", "warmup_epochs=4", "beta=2") == 0

    first, second = open_run(tmp_path / "run").history()
    for line in (first, second):
        total = line["reconstruction"] + line["penalty"]
        assert line["loss"] == pytest.approx(total, rel=1e-6)
        assert 0 < line["penalty"] < 2 * line["kl"]
    assert first["beta"] < second["beta"] <= 2
