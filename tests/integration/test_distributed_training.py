"""Training shared among devices and among processes: the same run as by one."""

import json
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integration.training_process import finish, training, wait_until
from tests.integration.training_step import SHAPE, build, random_batch, small_config
from tests.service_process import free_port
from training.__main__ import main
from training.config import StrategyName, load_config
from training.distributed import part_of

SETTINGS = ["epochs=3", "batch_size=65"]  # of 1,497 images: a last batch of 2, and uneven parts
ARGUMENTS = ["fit", "--config", "digits-z2", "--set", *SETTINGS, "--distribute", "workers"]


def cluster(index: int, ports: list[int]) -> dict[str, str]:
    """Return the environment of one of several workers."""
    workers = [f"127.0.0.1:{port}" for port in ports]
    task = {"type": "worker", "index": index}
    return {"TF_CONFIG": json.dumps({"cluster": {"worker": workers}, "task": task})}


def in_children(target: Callable[..., None], *arguments: tuple[Any, ...]) -> None:
    """Call a function in a process for each tuple of arguments, side by side."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["training.commands", "sklearn.datasets"])
    children = [context.Process(target=target, args=some) for some in arguments]
    try:
        for child in children:
            child.start()
        assert [finish(child) for child in children] == [0] * len(children)
    finally:
        for child in children:
            child.kill()


def fit_here(
    folder: Path, environment: dict[str, str], kind: Literal["mirrored", "workers"] | None
) -> None:
    """Train in this process; each worker writes its own folder (in the child)."""
    os.environ.update(environment)
    import tensorflow as tf

    from training.distributed import Replicas
    from training.fit import fit
    from training.load_dataset import load_dataset

    if kind == "mirrored":
        two = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], two)
    replicas = Replicas(kind) if kind else None
    if replicas is not None:
        assert replicas.count == 2
        replicas.chief = True
    config = load_config("digits-z2", SETTINGS)
    fit(config, None, load_dataset(config), folder, replicas)


def gradients_here(folder: Path) -> None:
    """Take every strategy's step whole and on two devices; save the gradients (in the child)."""
    import keras
    import tensorflow as tf

    from training.distributed import Replicas
    from training.networks import build_networks

    class Placing(keras.optimizers.SGD):
        """Puts the gradients where the weights were."""

        def apply(self, grads: Any, trainable_variables: Any = None) -> None:
            for variable, gradient in zip(trainable_variables, grads, strict=True):
                variable.assign(gradient)

    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], two)
    # Its log(sigma) is a weight, whose gradient has to be that of the whole batch.
    config, replicas = small_config(likelihood="gaussian_optimal"), Replicas("mirrored")
    for name in get_args(StrategyName):
        model = build(name, config, SHAPE, build_networks(config, SHAPE, 0), Placing())
        weights = model.get_weights()
        inputs, x = random_batch(config, SHAPE, 7)
        tensors = {key: keras.ops.array(value) for key, value in inputs.items()}
        found: dict[str, Any] = {}
        for way, step, batch in (
            ("whole", model.train_step, (tensors, keras.ops.array(x))),
            ("shared", replicas.step(model), (inputs, x)),
        ):
            model.set_weights(weights)
            model.reset_metrics()
            logs = step(batch)
            found |= {f"{way}/log/{key}": float(value) for key, value in logs.items()}
            found |= {f"{way}/{v.path}": np.asarray(v) for v in model.trainable_variables}
        np.savez(folder / f"{name}.npz", **found)


@pytest.fixture(scope="module", name="runs")
def _runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train alone, on two devices, and by two workers, each into a folder of that name."""
    root = tmp_path_factory.mktemp("replicas")
    ports = [free_port(), free_port()]
    in_children(fit_here, (root / "alone", {}, None))
    in_children(fit_here, (root / "mirrored", {}, "mirrored"))
    workers = ((root / str(i), cluster(i, ports), "workers") for i in range(2))
    in_children(fit_here, *workers)
    return root


def saved(folder: Path) -> dict[str, Any]:
    """Read a run's weights and its optimizer."""
    with np.load(folder / "last.npz") as file:
        return {key: file[key] for key in file if not key.startswith("metrics/")}


def losses(folder: Path) -> list[float]:
    """Read what a run logged, epoch by epoch."""
    lines = (json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines())
    return [line[key] for line in lines for key in ("loss", "reconstruction", "kl")]


@given(n=st.integers(1, 200), count=st.integers(1, 9))
def test_parts_are_the_batch(n: int, count: int) -> None:
    """Each image is one replica's, in order, or everyone's where there are fewer than replicas."""
    parts = [list(range(n)[part_of(n, i, count)]) for i in range(count)]

    assert all(parts)
    if n >= count:
        assert [image for part in parts for image in part] == list(range(n))


@pytest.mark.parametrize("name", get_args(StrategyName))
def test_gradients_and_figures_are_the_whole_batchs(
    name: StrategyName, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two replicas with 3 and 4 of 7 images sum up to the batch's gradients, loss and KL."""
    folder = tmp_path_factory.getbasetemp() / "gradients"
    if not folder.exists():
        folder.mkdir()
        in_children(gradients_here, (folder,))
    with np.load(folder / f"{name}.npz") as file:
        found = dict(file)
    keys = [key.removeprefix("whole/") for key in found if key.startswith("whole/")]

    assert len(keys) > 10
    for key in keys:
        whole, shared = found[f"whole/{key}"], found[f"shared/{key}"]
        largest = float(np.abs(whole).max())
        np.testing.assert_allclose(shared, whole, rtol=1e-5, atol=1e-5 * largest, err_msg=key)


def test_workers_end_with_the_same_weights(runs: Path) -> None:
    """Bit for bit, the optimizer's too."""
    one, other = saved(runs / "0"), saved(runs / "1")

    assert one.keys() == other.keys()
    assert all((one[key] == other[key]).all() for key in one)


@pytest.mark.parametrize("kind", ["mirrored", "0"])
def test_a_shared_run_is_the_run_of_one(runs: Path, kind: str) -> None:
    """The log of three epochs is that of one process with the same global batch.

    But for rounding, which each step adds to: 5e-6 or 3e-4, as the processor multiplies.
    """
    assert losses(runs / kind) == pytest.approx(losses(runs / "alone"), rel=1e-3)


def test_a_workers_death_is_survived(runs: Path, tmp_path: Path) -> None:
    """The other says so; taken up by both, the run ends as if nothing had been. One writes."""
    run, ports = tmp_path / "run", [free_port(), free_port()]
    outputs = [tmp_path / f"{i}.txt" for i in range(2)]
    with (
        training(
            *ARGUMENTS, "--run", run, output=outputs[0], environment=cluster(0, ports)
        ) as chief,
        training(
            *ARGUMENTS, "--run", run, output=outputs[1], environment=cluster(1, ports)
        ) as worker,
    ):
        assert wait_until(chief, (run / "last.npz").exists)
        worker.kill()
        assert finish(chief) == 2
    assert "another worker is gone" in outputs[0].read_text()

    ports = [free_port(), free_port()]
    again = ["fit", "--resume", run, "--distribute", "workers"]
    with (
        training(*again, output=outputs[0], environment=cluster(0, ports)) as chief,
        training(*again, output=outputs[1], environment=cluster(1, ports)) as worker,
    ):
        assert (finish(chief), finish(worker)) == (0, 0)
    assert "fitted" not in outputs[1].read_text()
    ours, undisturbed = saved(run), saved(runs / "0")
    assert all((ours[key] == undisturbed[key]).all() for key in undisturbed)


@pytest.mark.parametrize(
    ("value", "settings", "said"),
    [
        (None, [], "needs TF_CONFIG"),
        ("{", [], "needs TF_CONFIG"),
        ('{"cluster": []}', [], "needs TF_CONFIG"),
        (None, ["free_bits=0.1", "--distribute", "mirrored"], "one replica"),
        (None, ["slices=4", "--distribute", "mirrored"], "leave them at 1"),
    ],
)
def test_what_cannot_be_shared_is_refused(  # noqa: PLR0917  fixtures
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    value: str | None,
    settings: list[str],
    said: str,
) -> None:
    """One line says what is missing or does not fit, and nothing is written."""
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if value is not None:
        monkeypatch.setenv("TF_CONFIG", value)
    chosen = ["--set", *settings] if settings else ["--distribute", "workers"]

    assert main(["fit", "--config", "digits-z2", "--run", str(tmp_path / "run"), *chosen]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
