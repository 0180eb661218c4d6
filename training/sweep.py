"""Fit a grid of beta x latent_dim x seed, and see what reconstruction costs in KL.

A trial is a run in a folder of its own, so a sweep that was stopped goes on where it stood: the
same command skips what is done and takes up what is not.
"""

import itertools
import json
import logging
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import keras

from models.store import ModelId, Store
from training.config import TrainConfig, make_config
from training.errors import ConfigInvalid, Diverged
from training.evaluate import evaluated
from training.export import export
from training.fit import fit, resume
from training.load_dataset import load_dataset
from training.model_name import Images, check_name, check_writable, origin
from training.runs import Run, open_run, write_atomically

log = logging.getLogger(__name__)
HOW_TO_INSTALL: Final = "install requirements/ray.txt beside requirements/training.txt"


@dataclass(frozen=True)
class Trial:
    """A point of the grid and what came of it: means over the test images, nats per image."""

    beta: float
    latent_dim: int
    seed: int
    folder: Path
    reconstruction: float = math.nan
    kl: float = math.nan
    negative_elbo: float = math.nan
    active_units: int = 0
    failure: str | None = None
    """Why there are no figures, if it diverged."""


@dataclass(frozen=True)
class Grid:
    """What is tried, and on what."""

    config: TrainConfig
    data: Path | None
    betas: tuple[float, ...]
    latent_dims: tuple[int, ...]
    seeds: tuple[int, ...]

    def configs(self) -> dict[str, TrainConfig]:
        """Return each trial's configuration by the name of its folder.

        Raises:
            ConfigInvalid: A value is not one that the configuration takes.
        """
        settings = self.config.model_dump(mode="json")
        return {
            f"beta-{beta:g}-z-{latent_dim}-seed-{seed}": make_config(
                settings, [f"beta={beta!r}", f"latent_dim={latent_dim}", f"seed={seed}"]
            )
            for beta, latent_dim, seed in itertools.product(
                self.betas, self.latent_dims, self.seeds
            )
        }


def sweep(grid: Grid, folder: Path, store: Store, *, on_ray: bool = False) -> tuple[str, ModelId]:
    """Do what is not done of a grid, write the table and the picture, publish the best.

    The best has the lowest negative ELBO on the test images, of which no training has seen any;
    a sweep of hundreds of trials should hold images back and be judged again on others.

    Returns:
        The table, and the model that was published.

    Raises:
        ConfigInvalid: A value of the grid is wrong, or Ray is wanted and not installed.
        RunInvalid: The folder holds trials of another configuration.
    """
    configs = {folder.resolve() / name: config for name, config in grid.configs().items()}
    data = grid.data and grid.data.resolve()
    _check_name(grid.config, data, store)
    trials = _on_ray(configs, data) if on_ray else [try_one(p, c, data) for p, c in configs.items()]
    text = markdown(trials)
    rows = [_row(trial) for trial in trials]
    write_atomically(folder / "sweep.json", json.dumps(rows, indent=1).encode())
    write_atomically(folder / "sweep.md", text.encode())
    done = [trial for trial in trials if trial.failure is None]
    if not done:
        raise Diverged(f"every trial of the sweep diverged; {folder}/sweep.md has the reasons")
    best = open_run(min(done, key=lambda trial: trial.negative_elbo).folder)
    write_atomically(folder / "sweep.png", _picture(done, best))
    return text, export(best, store)


def _check_name(config: TrainConfig, data: Path | None, store: Store) -> None:
    """Refuse before the first trial what could not be published after the last."""
    dataset = load_dataset(config, data)
    images = Images(dataset.sha256(), origin(data, dataset.name))
    check_name(store, config.name, images, "give this one another: --set name=NAME")
    check_writable(store, config.name)


def _row(trial: Trial) -> dict[str, Any]:
    """Return a trial as JSON has it: no number where there is none."""
    row = {**asdict(trial), "folder": trial.folder.name}
    return {key: None if value != value else value for key, value in row.items()}  # noqa: PLR0124


def try_one(folder: Path, config: TrainConfig, data: Path | None) -> Trial:
    """Fit and measure one trial, as far as that has not been done; it may diverge."""
    assert config.beta is not None  # the grid sets it
    trial = Trial(config.beta, config.latent_dim, config.seed, folder)
    try:
        found = evaluated(_fitted(folder, config, data))
    except Diverged as error:
        log.warning("%s diverged, and the sweep goes on: %s", folder.name, error)
        return replace(trial, failure=str(error))
    finally:
        keras.backend.clear_session()  # else every trial's graphs stay in memory
    return replace(
        trial,
        reconstruction=found.metrics["reconstruction"],
        kl=found.metrics["kl"],
        negative_elbo=found.metrics["negative_elbo"],
        active_units=found.active_units,
    )


def _fitted(folder: Path, config: TrainConfig, data: Path | None) -> Run:
    if not (folder / "run.json").exists():
        return fit(config, data, load_dataset(config, data), folder)
    run = open_run(folder, data)
    if run.config != config or len(run.history()) < config.epochs:
        return resume(folder, config, data=data)
    return run


def _on_ray(configs: dict[Path, TrainConfig], data: Path | None) -> list[Trial]:
    """Try all on a Ray cluster, a processor each; a trial whose node dies is taken up elsewhere."""
    try:
        import ray  # noqa: PLC0415  an extra
    except ImportError as error:
        raise ConfigInvalid(f"--ray needs Ray, which is not installed: {HOW_TO_INSTALL}") from error
    root = str(Path(__file__).parents[1])
    ray.init(runtime_env={"env_vars": {"PYTHONPATH": root}}, log_to_driver=False)
    try:
        remote = ray.remote(num_cpus=1, max_retries=3)(try_one)
        pending = [remote.remote(folder, config, data) for folder, config in configs.items()]
        found: list[Trial] = ray.get(pending)
        return found
    finally:
        ray.shutdown()


def markdown(trials: Sequence[Trial]) -> str:
    """Write a row for each beta and latent_dim: means over the seeds."""
    lines = [
        "| beta | latent_dim | seeds | reconstruction | KL | −ELBO | active units |",
        "|---|---|---|---|---|---|---|",
    ]
    failed = [trial for trial in trials if trial.failure is not None]
    for (latent_dim, beta), some in _by_setting(t for t in trials if t.failure is None).items():
        means = [
            statistics.mean(getattr(trial, key) for trial in some)
            for key in ("reconstruction", "kl", "negative_elbo", "active_units")
        ]
        lines.append(
            f"| {beta:g} | {latent_dim} | {len(some)} | {means[0]:.2f} | {means[1]:.2f} "
            f"| {means[2]:.2f} | {means[3]:.1f} |"
        )
    said = [f"\n{trial.folder.name} diverged: {trial.failure}" for trial in failed]
    return "\n".join([*lines, *said]) + "\n"


def _by_setting(trials: Iterable[Trial]) -> dict[tuple[int, float], list[Trial]]:
    found: dict[tuple[int, float], list[Trial]] = {}
    for trial in sorted(trials, key=lambda t: (t.latent_dim, t.beta, t.seed)):
        found.setdefault((trial.latent_dim, trial.beta), []).append(trial)
    return found


def _picture(trials: Sequence[Trial], best: Run) -> bytes:
    """Draw reconstruction over KL: a line for each latent_dim, a point for each beta."""
    from matplotlib import rc_context  # noqa: PLC0415  a second's import

    from training.report.style import FAINT, LINES, RULES, finish, new_figure  # noqa: PLC0415

    with rc_context(RULES):
        figure = new_figure(7, 4.2)
        axes = figure.subplots()
        settings = _by_setting(trials)
        for i, latent_dim in enumerate(dict.fromkeys(dim for dim, _ in settings)):
            colour = LINES[i % len(LINES)]
            line = [(beta, some) for (dim, beta), some in settings.items() if dim == latent_dim]
            kl, reconstruction = (
                [statistics.mean(getattr(trial, key) for trial in some) for _, some in line]
                for key in ("kl", "reconstruction")
            )
            axes.plot(kl, reconstruction, color=colour, marker="o", ms=4, label=f"{latent_dim}")
            every = [trial for _, some in line for trial in some]
            axes.scatter(
                [t.kl for t in every], [t.reconstruction for t in every], s=8, c=colour, alpha=0.4
            )
            for (beta, _), x, y in zip(line, kl, reconstruction, strict=True):
                axes.annotate(f"β {beta:g}", (x, y), (5, 5), textcoords="offset points", size=8)
        axes.legend(title="latent_dim", frameon=False)
        axes.set_xlabel("KL, nats per image")
        axes.set_ylabel("reconstruction, nats per image")
        axes.grid(color=FAINT, alpha=0.25, lw=0.6)
    caption = f"Test images, {best.objective}; lines join means over seeds, dots are trials."
    return finish(figure, "What reconstruction costs in KL", caption, best.config.name)
