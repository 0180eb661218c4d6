"""From an image folder to an exported model, by the commands that the README gives."""

from pathlib import Path

import pytest

from scripts.draw_shapes import CLASSES, write_shapes

SMALL = [
    "network=convolutional",
    "encoder_filters=[4,4]",
    "encoder_kernels=[3,3]",
    "encoder_strides=[2,2]",
    "decoder_filters=[4]",
    "decoder_kernels=[3,3]",
    "decoder_strides=[2,2]",
    "epochs=1",
    "batch_size=8",
]


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw eight colour images of mixed sizes in each of three classes."""
    folder = tmp_path_factory.mktemp("images") / "shapes"
    write_shapes(folder, per_class=8)
    return folder


@pytest.mark.parametrize("size", [(64, 78), (31, 45)])
def test_any_size_trains_and_exports(shapes: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    """Non-square and odd sizes go from `fit` to a model that verifies."""
    from models.store import Store
    from training.__main__ import main
    from training.verify import verify

    run, store = tmp_path / "run", tmp_path / "store"
    settings = ["name=shapes", f"image_size=[{size[0]},{size[1]}]", *SMALL]
    assert main(["fit", "--data", str(shapes), "--run", str(run), "--set", *settings]) == 0
    assert main(["export", str(run), "--store", str(store)]) == 0

    manifest = verify(Store(store), Store(store).resolve("shapes"))
    assert manifest.image_shape == (*size, 3)
    assert manifest.labels == CLASSES
    assert manifest.dataset.name == "shapes"


def test_a_changed_folder_is_noticed(
    shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run whose images were changed afterwards is not measured on the wrong ones."""
    import shutil

    from training.__main__ import main

    data = tmp_path / "data"
    shutil.copytree(shapes, data)
    settings = ["name=shapes", "image_size=[16,16]", *SMALL]
    run = str(tmp_path / "run")
    assert main(["fit", "--data", str(data), "--run", run, "--set", *settings]) == 0
    next((data / "circle").iterdir()).unlink()

    assert main(["evaluate", run]) == 2
    assert "are not there as the run saw them" in capsys.readouterr().err


def test_strict_is_a_flag_of_fit(
    shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`fit --strict` refuses the broken file that `fit` skips."""
    import shutil

    from training.__main__ import main

    data = tmp_path / "data"
    shutil.copytree(shapes, data)
    (data / "circle" / "broken.png").write_bytes(b"\x89PNG")
    settings = ["--set", "name=shapes", "image_size=[16,16]", *SMALL]

    assert main(["fit", "--data", str(data), "--strict", "--dry-run", *settings]) == 2
    assert "circle/broken.png" in capsys.readouterr().err
    assert main(["fit", "--data", str(data), "--dry-run", *settings]) == 0
