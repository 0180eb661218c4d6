"""From a folder of images to a model in the store: what is chosen, said and published."""

import json
import math
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from models.store import ModelId, Store
from scripts.draw_shapes import CLASSES, write_shapes
from tests.service_process import ROOT


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw eight colour images of mixed sizes in each of three classes."""
    folder = tmp_path_factory.mktemp("images") / "My Shapes"
    write_shapes(folder, per_class=8)
    return folder


def test_the_command_makes_a_model_of_a_folder(
    shapes: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It says what it found and will do, publishes a sound model, and prints only its name."""
    from training.__main__ import main
    from training.verify import verify

    monkeypatch.chdir(tmp_path)
    code = main(["atlas", str(shapes), "--store", "store", "--minutes", "0.01"])
    said = capsys.readouterr()

    assert code == 0
    assert said.out == "my-shapes\n"
    assert "24 images of" in said.err
    assert "circle 8, square 8, triangle 8" in said.err
    assert "64 × 64, colour" in said.err
    assert "24 images are few" in said.err
    store = Store(tmp_path / "store")
    manifest = verify(store, store.resolve("my-shapes"))
    assert manifest.labels == CLASSES
    assert manifest.image_shape == (64, 64, 3)
    assert manifest.latent_dim == 2
    assert {"figures/grid.webp", "items.sqlite"} <= manifest.files.keys()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
def test_a_stopped_atlas_goes_on_by_the_command_that_it_prints(
    number: int, code: int, shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It exits with the signal's code; either command ends in a model, as it was asked for."""
    from training.__main__ import main

    monkeypatch.chdir(tmp_path)
    run = [sys.executable, "-m", "training"]
    options = ["--minutes", "60", "--store", "my store", "--without-images", "--name", "forms"]
    environment = {k: v for k, v in os.environ.items() if k != "MAKELEVEL"}
    environment["PYTHONPATH"] = str(ROOT)
    with subprocess.Popen(
        [*run, "atlas", str(shapes), *options],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stderr is not None
        while "epoch " not in child.stderr.readline():
            assert child.poll() is None
        child.send_signal(number)
        said = child.stderr.read()
    assert child.returncode == code
    assert "Traceback" not in said
    *_, again, at_once = said.splitlines()
    assert "stopped and saved; go on with: python -m training atlas --resume runs/forms-" in again

    assert main(shlex.split(at_once.partition("python -m training ")[2])) == 0
    (folder,) = (tmp_path / "runs").iterdir()
    fewer = json.loads((folder / "run.json").read_text())
    fewer["config"]["epochs"] = len((folder / "log.jsonl").read_text().splitlines()) + 1
    fewer["config"]["pace"] = []
    (folder / "run.json").write_text(json.dumps(fewer))
    assert main(shlex.split(again.partition("python -m training ")[2])) == 0

    store = Store(tmp_path / "my store")
    manifests = [store.manifest(ModelId("forms", version)) for version in (1, 2)]
    assert manifests[1].training["epochs"] == fewer["config"]["epochs"]
    for manifest in manifests:
        assert "figures/reconstructions.webp" not in manifest.files


def test_under_make_the_command_is_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever typed `make atlas` is told a make command, with the same options."""
    from training.atlas import Publication
    from training.export_options import ExportOptions

    monkeypatch.setenv("MAKELEVEL", "1")
    plain = Publication(Store(Path("s")), "s", default=True)
    quiet = ExportOptions(images=False, items="test", thumbnails="full")
    other = Publication(Store(Path("s")), "s", default=False, options=quiet, name="my birds")

    assert plain.again(Path("runs/x")) == "make atlas RUN=runs/x"
    assert other.again(Path("runs/x")) == (
        "make atlas RUN=runs/x NAME='my birds' "
        "ARGS='--store s --without-images --items test --thumbnails full'"
    )


def test_stopped_while_it_measures_it_says_how_to_go_on(
    shapes: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """After the training, Ctrl-C loses nothing either: the command only measures and publishes."""
    from training.__main__ import main

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAKELEVEL", raising=False)
    options = ["--store", "store", "--set", "epochs=1"]
    with monkeypatch.context() as patch:
        patch.setattr("training.atlas.write_report", interrupt)
        assert main(["atlas", str(shapes), *options]) == 130
    command = capsys.readouterr().err.rpartition("python -m training ")[2].split()
    before = next((tmp_path / "runs").iterdir()) / "last.npz"
    written = before.stat().st_mtime_ns

    assert main(command) == 0
    assert before.stat().st_mtime_ns == written
    assert (tmp_path / "store" / "my-shapes" / "1").is_dir()


def test_without_images_no_picture_of_the_users_is_published(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No thumbnail, no figure that shows an image, none in the card, no array of their pixels."""
    from training.__main__ import main
    from training.runs import open_run

    monkeypatch.chdir(tmp_path)
    options = ["--store", "store", "--without-images", "--set", "epochs=1"]
    assert main(["atlas", str(shapes), *options]) == 0

    folder = tmp_path / "store" / "my-shapes" / "1"
    with sqlite3.connect(folder / "items.sqlite") as table:
        assert table.execute("SELECT count(*) FROM thumbnails").fetchone() == (0,)
        assert table.execute("SELECT count(path) FROM items").fetchone() == (24,)
    assert "figures/reconstructions" not in (folder / "card.md").read_text()
    assert "reconstructions" not in {path.stem for path in folder.rglob("*")}
    (run,) = (tmp_path / "runs").iterdir()
    dataset = open_run(run).dataset()
    mine = {
        image.tobytes()
        for split in (dataset.train, dataset.test)
        for indices in split.chunks()
        for image in split.images[indices]
    }
    for path in folder.rglob("*.npz"):
        with np.load(path) as arrays:
            for array in arrays.values():
                assert not {np.asarray(row).tobytes() for row in array} & mine, path
    for path in folder.rglob("*"):  # nor the files themselves, packed in any other
        if path.is_file():
            content = path.read_bytes()
            assert not any(pixels in content for pixels in mine), path


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        ([(28, 28)] * 3, (28, 28)),
        ([(31, 45)] * 3, (31, 45)),
        ([(480, 640)] * 3, (48, 64)),
        ([(3000, 2000), (4000, 3000), (400, 300)], (64, 40)),
        ([(20, 30), (24, 33)], (24, 32)),
        ([(300, 400), (400, 300), (350, 340)], (64, 64)),
        ([(9, 900)] * 2, (8, 64)),
    ],
)
def test_the_size_is_the_images_own_or_their_aspect_at_64(
    sizes: list[tuple[int, int]], chosen: tuple[int, int]
) -> None:
    """Small images of one size stay as they are; others take the usual aspect, 64 at most."""
    from training.suggest_config import suggest_size

    assert suggest_size(sizes) == chosen


def test_grey_images_are_found_to_be_grey(tmp_path: Path) -> None:
    """Grey files take one channel and the Bernoulli likelihood; colours take a learned sigma."""
    from training.suggest_config import inspect_images, suggest_config

    for i in range(6):
        pixels = np.random.default_rng(i).integers(0, 256, (12, 10), dtype=np.uint8)
        Image.fromarray(pixels).convert("RGB").save(tmp_path / f"{i}.png")
    grey = suggest_config(tmp_path, inspect_images(tmp_path))
    Image.new("RGB", (10, 12), "red").save(tmp_path / "red.png")
    colour = suggest_config(tmp_path, inspect_images(tmp_path))

    assert (grey.channels, grey.likelihood, grey.image_size) == (1, "bernoulli", (12, 10))
    assert (colour.channels, colour.likelihood) == (3, "gaussian_learned")
    assert (grey.network, colour.network) == ("convolutional", "residual")


@pytest.mark.parametrize(
    ("images", "channels", "dimensions"), [(99, 3, 2), (100, 3, 64), (100, 1, 16)]
)
def test_as_many_dimensions_as_make_sharp_images(
    images: int, channels: Literal[1, 3], dimensions: int, tmp_path: Path
) -> None:
    """Colour takes more than grey; few images, which have no chart, make a plane."""
    from training.suggest_config import Findings, suggest_config

    seen = Findings(images, {}, ((64, 64),), channels)

    assert suggest_config(tmp_path / "x.npz", seen).latent_dim == dimensions
    assert suggest_config(tmp_path / "x.npz", seen, latent_dim=3).latent_dim == 3


@pytest.mark.parametrize("side", [1, 8, 11, 24, 48, 64, 96, 128])
def test_a_network_for_colour_images_of_any_size(side: int, tmp_path: Path) -> None:
    """At 64 pixels it is that of the preset `photo`; the smallest feature map suits the size."""
    from training.config import load_config
    from training.suggest_config import Findings, suggest_config

    config = suggest_config(tmp_path / "x.npz", Findings(500, {}, ((side, side),), 3))

    smallest = -(-side // math.prod(config.encoder_strides))
    assert min(side, 4) <= smallest <= 8
    assert config.decoder_strides == config.encoder_strides[::-1]
    if side == 64:
        photo = load_config("photo")
        own = {"name", "dataset", "epochs", "validation_items", "flips", "shifts"}
        machine = {"precision", "slices"}
        assert config.model_dump(exclude=own | machine) == photo.model_dump(exclude=own | machine)


@pytest.mark.parametrize(
    ("cores", "settings", "slices"),
    [
        (2, [], 4),
        (3, [], 2),
        (12, [], 8),
        (2, ["batch_size=50"], 2),
        (2, ["slices=8"], 8),
        (2, ["free_bits=0.1"], 1),
    ],
)
def test_a_batch_is_sliced_as_the_machine_and_the_settings_allow(
    cores: int, settings: list[str], slices: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the number of cores, slices are equal; settings that need the whole batch get it."""
    from training.suggest_config import Findings, suggest_config

    monkeypatch.setattr(os, "cpu_count", lambda: cores)

    seen = Findings(500, {}, ((64, 64),), 3)
    assert suggest_config(Path("x.npz"), seen, settings=settings).slices == slices


def test_fit_chooses_as_atlas_does(shapes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a configuration, images are mirrored and moved where they may be, and as is set."""
    from training import suggest_config
    from training.arguments import parser
    from training.fit_command import configured

    monkeypatch.setattr(suggest_config, "may_be_mirrored", lambda _: True)

    plain, _ = configured(parser().parse_args(["fit", "--data", str(shapes)]))
    still, _ = configured(parser().parse_args(["fit", "--data", str(shapes), "--set", "shifts=0"]))

    assert (plain.flips, plain.shifts, still.flips) == (True, 3, False)


def test_arrays_can_be_made_a_map_too(tmp_path: Path) -> None:
    """An .npz is looked at like a folder; its images keep their size."""
    from training.load_dataset import load_dataset
    from training.suggest_config import inspect_images, suggest_config

    images = np.random.default_rng(0).integers(0, 256, (40, 9, 14), dtype=np.uint8)
    np.savez(tmp_path / "mine.npz", images=images, labels=np.arange(40) % 2)
    seen = inspect_images(tmp_path / "mine.npz")
    config = suggest_config(tmp_path / "mine.npz", seen)

    assert seen.classes == {"0": 20, "1": 20}
    assert load_dataset(config, tmp_path / "mine.npz").image_shape == (9, 14, 1)


@pytest.mark.parametrize(("images", "held"), [(99, 0), (100, 8), (300, 25), (60_000, 1000)])
def test_some_images_choose_the_best_epoch(images: int, held: int, tmp_path: Path) -> None:
    """A twelfth is held back, at most a thousand; of fewer than a hundred, none is spared."""
    from training.suggest_config import Findings, suggest_config

    seen = Findings(images, {}, ((8, 8),), 1)

    assert suggest_config(tmp_path / "x.npz", seen).validation_items == held


@pytest.mark.parametrize("missing", ["nowhere", "."])
def test_a_folder_without_images_is_one_line(
    missing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing or empty folder exits with 2 and says what was wanted."""
    from training.__main__ import main

    assert main(["atlas", str(tmp_path / missing)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("training: ")
    assert said.err.count("\n") == 1
