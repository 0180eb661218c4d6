"""The chart of an export: made with it, or given to a model that is in the store already."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from models.chart import Chart, read_chart
from models.manifest import CHART_FILE, MANIFEST_FILE, POINTS_FILE
from models.store import ModelId, Store
from training.__main__ import main
from training.config import load_config
from training.export import export
from training.fit import fit
from training.load_dataset import load_dataset
from training.saved_model import load_saved_model


@pytest.fixture(scope="module", name="store")
def _store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a store with a conditional model of three dimensions, trained for an epoch."""
    folder = tmp_path_factory.mktemp("charted")
    small = ["epochs=1", "encoder_filters=[4, 6]", "decoder_filters=[4]", "latent_dim=3"]
    config = load_config("digits-z2", [*small, "name=charted", "conditional=true"])
    run = fit(config, None, load_dataset(config), folder / "run")
    export(run, Store(folder / "store"))
    return Store(folder / "store")


def chart_of(store: Store, model: ModelId) -> Chart:
    """Read a version's chart, as a service does."""
    manifest, folder = store.verify(model), store.folder(model)
    chart = read_chart(folder, manifest, manifest.dataset.test_items)
    assert chart is not None
    return chart


def test_an_export_has_its_chart(store: Store) -> None:
    """Every test image has a place, where the decoder shows about what it reconstructs."""
    model = ModelId("charted", 1)
    chart, manifest = chart_of(store, model), store.manifest(model)
    assert manifest.chart is not None
    assert manifest.chart.items == manifest.dataset.test_items
    assert manifest.chart.class_accuracy is not None
    assert len(manifest.chart.ground) == 1
    with np.load(store.folder(model) / POINTS_FILE) as points:
        z, label = points["z_mean"], points["label"].astype(np.int32)
    decode = load_saved_model(store.folder(model))
    at = chart.points(*chart.place.T).astype(np.float32)
    shown, wanted = (decode("decode_mean", {"z": v, "label": label})["mean"] for v in (at, z))
    error = ((shown - wanted) ** 2).mean()
    assert error < manifest.chart.left_out_error < wanted.var(axis=0).mean()


def test_a_model_in_a_store_is_charted_as_its_next_version(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its other files stay the same, the chart is the export's, and its figures are printed."""
    shutil.copytree(store.root, tmp_path / "store")
    here, exported = Store(tmp_path / "store"), ModelId("charted", 1)
    with here.stage("charted") as stage:
        skipped = shutil.ignore_patterns(CHART_FILE, MANIFEST_FILE)
        shutil.copytree(here.folder(exported), stage, ignore=skipped, dirs_exist_ok=True)
        here.publish(stage, here.manifest(exported).model_copy(update={"chart": None}))

    assert main(["chart", "charted@2", "--store", str(tmp_path / "store")]) == 0

    said = capsys.readouterr().out
    first, second, third = (here.verify(ModelId("charted", v)) for v in (1, 2, 3))
    assert second.chart is None
    assert CHART_FILE not in second.files
    assert third.files == first.files
    assert third.chart == first.chart
    assert third.chart is not None
    assert f"trustworthiness {third.chart.trustworthiness:.3f}" in said


def test_a_model_of_two_dimensions_keeps_its_plane(
    tiny_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command says that a plane shows it better, and publishes nothing."""
    assert main(["chart", "digits-z2", "--store", str(tiny_store)]) == 2
    assert "a plane shows it better" in capsys.readouterr().err
    assert Store(tiny_store).versions("digits-z2") == [1]
