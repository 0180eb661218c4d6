"""A sweep over beta, latent_dim and seed, by the command that people type."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.store import Store
from training.__main__ import main
from training.config import TrainConfig
from training.dataset import Dataset
from training.fit import fit
from training.runs import Run

GRID = ["--config", "digits-z2", "--set", "epochs=2", "--betas", "1", "4", "--latent-dims", "2"]


@pytest.fixture(scope="module", name="swept")
def _swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sweep over two betas and two seeds; return the folder of runs and store."""
    folder = tmp_path_factory.mktemp("sweep")
    assert run(folder) == 0
    return folder


def run(folder: Path, *more: str) -> int:
    """Sweep into a folder."""
    places = ["--run", str(folder / "runs"), "--store", str(folder / "store")]
    return main(["sweep", *GRID, "--seeds", "0", "1", *places, *more])


def rows(folder: Path) -> list[dict[str, Any]]:
    """Read what was written for machines."""
    found: list[dict[str, Any]] = json.loads((folder / "runs" / "sweep.json").read_text())
    return found


def test_every_point_of_the_grid_is_a_run(swept: Path) -> None:
    """Each has its folder, and its figures add up to the ELBO."""
    found = rows(swept)

    assert {(row["beta"], row["seed"]) for row in found} == {(1, 0), (1, 1), (4, 0), (4, 1)}
    for row in found:
        assert (swept / "runs" / str(row["folder"]) / "evaluation.json").exists()
        assert row["negative_elbo"] == pytest.approx(row["reconstruction"] + row["kl"])


def test_the_table_has_the_means_over_the_seeds(swept: Path) -> None:
    """A row for each beta; its figures are those of the runs."""
    table = (swept / "runs" / "sweep.md").read_text().splitlines()
    kl = [row["kl"] for row in rows(swept) if row["beta"] == 1]

    assert len(table) == 4
    assert table[2].startswith("| 1 | 2 | 2 |")
    assert f"| {sum(kl) / 2:.2f} |" in table[2]
    assert (swept / "runs" / "sweep.png").read_bytes().startswith(b"\x89PNG")


def test_the_best_is_published(swept: Path) -> None:
    """The store's newest model is that of the lowest negative ELBO."""
    store = Store(swept / "store")
    model = store.ids()[-1]
    best = min(rows(swept), key=lambda row: row["negative_elbo"])
    training = store.manifest(model).training

    assert (training["beta"], training["seed"]) == (best["beta"], best["seed"])


def test_what_is_done_is_not_done_again(swept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same command fits only the run that is missing, and measures it alone."""
    fitted: list[str] = []

    def remember(config: TrainConfig, data: Path | None, dataset: Dataset, folder: Path) -> Run:
        fitted.append(folder.name)
        return fit(config, data, dataset, folder)

    monkeypatch.setattr("training.sweep.fit", remember)
    before = rows(swept)
    for file in (swept / "runs" / "beta-4-z-2-seed-1").iterdir():
        file.unlink()
    (swept / "runs" / "beta-4-z-2-seed-1").rmdir()

    assert run(swept) == 0
    assert fitted == ["beta-4-z-2-seed-1"]
    assert rows(swept) == before


def test_a_folder_of_another_sweep_is_refused(
    swept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Runs of another configuration are not mixed in; one line says what differs."""
    assert run(swept, "--set", "epochs=3") == 2
    assert "epochs differ" in capsys.readouterr().err


def test_ray_is_asked_for_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Ray, `--ray` says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "ray", None)

    assert run(tmp_path, "--ray") == 2
    assert "requirements/ray.txt" in capsys.readouterr().err


def test_a_trial_that_diverges_does_not_end_the_sweep(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are fitted and the best of them is published; the table has the reason."""
    small = ["--set", "epochs=1", "encoder_filters=[4, 6]", "decoder_filters=[4]"]
    places = ["--run", str(tmp_path / "runs"), "--store", str(tmp_path / "store")]
    grid = ["--betas", "1e308", "1", "--latent-dims", "2", *places, *small]

    assert main(["sweep", "--config", "digits-z2", *grid]) == 0

    assert "the best is digits-z2@1" in capsys.readouterr().out
    assert "beta-1e+308-z-2-seed-0 diverged: " in (tmp_path / "runs" / "sweep.md").read_text()
    bad, good = rows(tmp_path)
    assert (bad["kl"], good["failure"]) == (None, None)
    assert Store(tmp_path / "store").manifest(Store(tmp_path / "store").ids()[0]).beta == 1


def test_a_sweep_of_which_nothing_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where every trial diverges, that is said and nothing is published."""
    places = ["--run", str(tmp_path / "runs"), "--store", str(tmp_path / "store")]

    assert main(["sweep", "--betas", "1e308", "--latent-dims", "2", *places]) == 2

    assert "every trial of the sweep diverged" in capsys.readouterr().err
    assert not list((tmp_path / "store").rglob("*"))
