"""Fit a grid of beta x latent_dim x seed, and see what reconstruction costs in KL.

A trial is a run in a folder of its own, so a sweep that was stopped goes on where it stood: the
same command skips what is done and takes up what is not.
"""

import itertools
import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import keras

from models.store import ModelId, Store
from training.config import TrainConfig, load_config
from training.errors import ConfigInvalid
from training.evaluate import evaluated
from training.export import export
from training.fit import fit, resume
from training.load_dataset import load_dataset
from training.runs import open_run, write_atomically

HOW_TO_INSTALL: Final = "install requirements/ray.txt beside requirements/training.txt"


@dataclass(frozen=True)
class Trial:
    """A point of the grid and what came of it: means over the test images, nats per image."""

    beta: float
    latent_dim: int
    seed: int
    folder: Path
    reconstruction: float
    kl: float
    negative_elbo: float
    active_units: int


@dataclass(frozen=True)
class Grid:
    """What is tried, and on what."""

    config: str
    settings: tuple[str, ...]
    data: Path | None
    betas: tuple[float, ...]
    latent_dims: tuple[int, ...]
    seeds: tuple[int, ...]

    def configs(self) -> dict[str, TrainConfig]:
        """Return each trial's configuration by the name of its folder.

        Raises:
            ConfigInvalid: A value is not one that the configuration takes.
        """
        return {
            f"beta-{beta:g}-z-{latent_dim}-seed-{seed}": load_config(
                self.config,
                [*self.settings, f"beta={beta!r}", f"latent_dim={latent_dim}", f"seed={seed}"],
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
    trials = _on_ray(configs, data) if on_ray else [try_one(p, c, data) for p, c in configs.items()]
    text = markdown(trials)
    rows = [{**asdict(trial), "folder": trial.folder.name} for trial in trials]
    write_atomically(folder / "sweep.json", json.dumps(rows, indent=1).encode())
    write_atomically(folder / "sweep.md", text.encode())
    write_atomically(folder / "sweep.png", _picture(trials, next(iter(configs.values()))))
    best = min(trials, key=lambda trial: trial.negative_elbo)
    return text, export(open_run(best.folder), store)


def try_one(folder: Path, config: TrainConfig, data: Path | None) -> Trial:
    """Fit and measure one trial, as far as that has not been done."""
    if (folder / "run.json").exists():
        run = open_run(folder)
        if run.config != config or len(run.history()) < config.epochs:
            run = resume(folder, config)
    else:
        run = fit(config, data, load_dataset(config, data), folder)
    found = evaluated(run)
    keras.backend.clear_session()  # else every trial's graphs stay in memory
    assert config.beta is not None  # the grid sets it
    return Trial(
        config.beta,
        config.latent_dim,
        config.seed,
        folder,
        found.metrics["reconstruction"],
        found.metrics["kl"],
        found.metrics["negative_elbo"],
        found.active_units,
    )


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


def markdown(trials: Iterable[Trial]) -> str:
    """Write a row for each beta and latent_dim: means over the seeds."""
    lines = [
        "| beta | latent_dim | seeds | reconstruction | KL | −ELBO | active units |",
        "|---|---|---|---|---|---|---|",
    ]
    for (latent_dim, beta), some in _by_setting(trials).items():
        means = [
            statistics.mean(getattr(trial, key) for trial in some)
            for key in ("reconstruction", "kl", "negative_elbo", "active_units")
        ]
        lines.append(
            f"| {beta:g} | {latent_dim} | {len(some)} | {means[0]:.2f} | {means[1]:.2f} "
            f"| {means[2]:.2f} | {means[3]:.1f} |"
        )
    return "\n".join(lines) + "\n"


def _by_setting(trials: Iterable[Trial]) -> dict[tuple[int, float], list[Trial]]:
    found: dict[tuple[int, float], list[Trial]] = {}
    for trial in sorted(trials, key=lambda t: (t.latent_dim, t.beta, t.seed)):
        found.setdefault((trial.latent_dim, trial.beta), []).append(trial)
    return found


def _picture(trials: Sequence[Trial], config: TrainConfig) -> bytes:
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
    caption = f"Test images, {config.described()}; lines join means over seeds, dots are trials."
    return finish(figure, "What reconstruction costs in KL", caption, f"{config.name}")
