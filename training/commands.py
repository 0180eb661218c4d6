"""What each command of `python -m training` does; imported once its arguments are understood."""

import contextlib
import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from models.open_store import open_store
from training.atlas import make_atlas
from training.compare_strategies import compare, write_comparison
from training.config import load_config
from training.distributed import Replicas
from training.dry_run import describe, estimate
from training.errors import ConfigInvalid
from training.evaluate import evaluate
from training.export import export
from training.fit import fit, resume
from training.load_dataset import load_dataset
from training.report.write import write_report
from training.runs import RUNS, open_run
from training.sweep import Grid, sweep
from training.verify import verify

DEFAULT_CONFIG = "digits-z2"


def run_fit(options: Namespace) -> None:
    """Train a run, go on with one, or say what a run would do."""
    replicas = Replicas(options.distribute) if options.distribute else None
    if options.resume:
        if options.set and not options.config:
            raise ConfigInvalid("--set changes a new run; a resumed one keeps its configuration")
        config = load_config(options.config, options.set) if options.config else None
        run = resume(options.resume, config, replicas)
    else:
        config = load_config(options.config or DEFAULT_CONFIG, options.set)
        dataset = load_dataset(config, options.data, strict=options.strict)
        if options.dry_run:
            print(describe(config, dataset, estimate(config, dataset)))
            return
        run = fit(config, options.data, dataset, options.run, replicas)
    if replicas is not None and not replicas.chief:
        return
    print(f"fitted {run.folder}; next: python -m training export {run.folder}")


def run_evaluate(options: Namespace) -> None:
    """Measure a run and print the figures."""
    evaluation = evaluate(open_run(options.run), options.nll_samples)
    print(f"{evaluation.test_items} test images, {evaluation.objective}; nats per image:")
    for key, value in evaluation.metrics.items():
        print(f"  {key:<24} {value:10.4f}")
    print(f"  active units {evaluation.active_units} of {len(evaluation.activity)}")


def run_report(options: Namespace) -> None:
    """Draw a run's figures."""
    for path in write_report(open_run(options.run)):
        print(path)


def run_export(options: Namespace) -> None:
    """Publish a run."""
    store = open_store(options.store)
    model = export(open_run(options.run), store, with_images=not options.without_images)
    print(f"published {model} in {store.address(model)}; next: make serve")


def run_atlas(options: Namespace) -> None:
    """Make a model of a folder of images; only its name goes to standard output."""
    with contextlib.redirect_stdout(sys.stderr):
        model = make_atlas(
            options.images,
            open_store(options.store),
            print,
            name=options.name,
            latent_dim=options.latent_dim,
            minutes=options.minutes,
        )
    print(model.name)


def run_sweep(options: Namespace) -> None:
    """Fit a grid and publish its best model."""
    config = options.config or DEFAULT_CONFIG
    grid = Grid(
        config,
        tuple(options.set),
        options.data,
        tuple(options.betas),
        tuple(options.latent_dims),
        tuple(options.seeds),
    )
    folder = options.run or RUNS / f"sweep-{Path(config).stem}"
    folder.mkdir(parents=True, exist_ok=True)
    store = open_store(options.store)
    text, model = sweep(grid, folder, store, on_ray=options.ray)
    print(f"\n{text}\nwritten to {folder}; the best is {model} in {store.address(model)}")


def run_verify(options: Namespace) -> None:
    """Check a model of the store."""
    store = open_store(options.store)
    model = store.resolve(options.model)
    manifest = verify(store, model)
    print(f"{model} is sound: {len(manifest.files)} files, fingerprint {manifest.fingerprint}")


def run_compare(options: Namespace) -> None:
    """Run all strategies side by side and print the table."""
    config = load_config(options.config or DEFAULT_CONFIG, options.set)
    dataset = load_dataset(config, options.data, strict=options.strict)
    histories = compare(config, dataset, options.steps)
    now = datetime.now(UTC)
    folder = options.run or RUNS / f"compare-{now:%Y%m%d-%H%M%S}"
    print(f"{dataset.name}, {config.described()}, {options.steps} steps; nats per image\n")
    print(write_comparison(histories, config, folder))
    print(f"written to {folder}")
