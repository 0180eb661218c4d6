"""What each command of `python -m training` does; imported once its arguments are understood."""

import contextlib
import math
import os
import shlex
import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

import tensorflow as tf

from models.open_store import open_store
from models.store import ModelId
from training.arguments import default_store
from training.atlas import MINUTES, Publication, make_atlas, resume_atlas
from training.chart_model import chart_model
from training.compare_strategies import compare, write_comparison
from training.config import DEFAULT_CHECKPOINT, CheckpointName, TrainConfig, load_config
from training.dataset import Dataset
from training.distributed import Replicas
from training.dry_run import describe, estimate
from training.errors import ConfigInvalid
from training.evaluate import evaluate
from training.export import export
from training.fit import fit, resume
from training.guards import Stopped
from training.load_dataset import load_dataset
from training.model_card import METRICS, is_density, psnr
from training.model_name import check_writable
from training.next_command import make_command, python_command, under_make
from training.report.write import write_report
from training.runs import RUN_FILE, RUNS, Run, open_run
from training.suggest_config import PLANE, inspect_images, suggest_config
from training.sweep import Grid, sweep
from training.verify import verify

DEFAULT_CONFIG = "digits-z2"
tf.get_logger().setLevel("ERROR")  # its advice on retracing is not for users


def run_fit(options: Namespace) -> None:
    """Train a run, go on with one, or say what a run would do."""
    if options.epochs:
        options.set = [*options.set, f"epochs={options.epochs}"]
    if options.dry_run:
        _refuse(options, "--dry-run takes a few steps of a new run", "resume", "run", "distribute")
        config, dataset = _configured(options)
        print(describe(config, dataset, estimate(config, dataset)))
        return
    if not options.export and (options.store != default_store() or options.without_images):
        raise ConfigInvalid("--store and --without-images say what --export does; give that too")
    replicas = Replicas(options.distribute) if options.distribute else None
    try:
        run = _fitted(options, replicas)
    except Stopped as stopped:
        raise KeyboardInterrupt(
            f"stopped and saved; go on with: {_again(options, stopped)}"
        ) from stopped
    if replicas is not None and not replicas.chief:
        return
    if options.export:
        _publish(run, options)
        return
    print(f"fitted {run.folder}; next: {python_command('export', run.folder)}")


def _fitted(options: Namespace, replicas: Replicas | None) -> Run:
    if options.resume:
        return _resume(options, replicas)
    config, dataset = _configured(options)
    if options.export:
        check_writable(open_store(options.store), config.name)
    return fit(config, options.data, dataset, options.run, replicas)


def _again(options: Namespace, stopped: Stopped) -> str:
    """Return the command that goes on with a stopped run to the same end."""
    words = ["--resume", str(stopped.run.folder)]
    if options.distribute:
        words += ["--distribute", options.distribute]
    if options.store != default_store():
        words += ["--store", options.store]
    if options.without_images:
        words += ["--without-images"]
    if not options.export:
        return python_command("fit", *words)
    if under_make():
        return make_command("train", words)
    return python_command("fit", "--export", *words)


def _resume(options: Namespace, replicas: Replicas | None) -> Run:
    """Go on with a run, with other images' place or another number of epochs if so wished."""
    _refuse(options, "--resume goes on in the run's own folder", "run")
    _refuse(options, "--resume reads the images as the run did", "strict")
    settings = options.set[:-1] if options.epochs else options.set
    if settings and not options.config:
        raise ConfigInvalid(
            "--set changes a new run; a resumed one keeps its configuration (but --epochs)"
        )
    config = load_config(options.config, settings) if options.config else None
    if options.epochs:
        print(_about_longer(open_run(options.resume), options.epochs))
    return resume(options.resume, config, replicas, data=options.data, epochs=options.epochs)


def _about_longer(run: Run, epochs: int) -> str:
    """Say what becomes of the learning rate of a run that gets another number of epochs."""
    done = len(run.history())
    text = f"{run.folder} is past epoch {done} and goes on to {epochs}"
    if run.config.learning_rate_decay == "none":
        return text
    rates = [
        run.config.learning_rate * (1 + math.cos(math.pi * done / total)) / 2
        for total in (run.config.epochs, max(epochs, done))
    ]
    return (
        f"{text}; the learning rate follows the cosine of the new length: it goes from "
        f"{rates[0]:.2g} to {rates[1]:.2g} now and falls to 0 again. A run of {epochs} epochs from "
        "the start would end a little differently"
    )


def _configured(options: Namespace) -> tuple[TrainConfig, Dataset]:
    """Return the configuration that was named, or suits the images, and the data set."""
    if options.strict and not options.data:
        raise ConfigInvalid("--strict is about image files: give --data FOLDER as well")
    config = _configuration(options)
    return config, load_dataset(config, options.data, strict=options.strict)


def _configuration(options: Namespace) -> TrainConfig:
    if options.config or not options.data:
        return load_config(options.config or DEFAULT_CONFIG, options.set)
    found = inspect_images(options.data)
    config = suggest_config(options.data, found, settings=options.set)
    print(
        f"no --config: settings that suit the images of {options.data}; the model will be called "
        f"{config.name}",
        file=sys.stderr,
    )
    return config


def _refuse(options: Namespace, why: str, *names: str) -> None:
    """Refuse options that would be ignored."""
    for name in names:
        if getattr(options, name):
            raise ConfigInvalid(f"{why}; leave out --{name.replace('_', '-')}")


def run_evaluate(options: Namespace) -> None:
    """Measure a run and print the figures."""
    run = open_run(options.run, options.data)
    evaluation = evaluate(run, options.nll_samples, options.checkpoint)
    print(f"{evaluation.test_items} test images, {evaluation.objective}; nats per image:")
    metrics = evaluation.metrics
    for key in [key for key in (*METRICS, "nll_standard_error") if key in metrics]:
        print(f"  {key:<24} {metrics[key]:10.4f}")
    if is_density(run.config.likelihood):
        print("  (of a density, which may exceed 1: a negative figure is no error)")
    else:
        means = (f"{key} {metrics[f'source_{key}']:.4f}" for key in ("loss", "bce", "kl"))
        print(f"  as in the articles, means over pixels: {', '.join(means)}")
    print(f"  PSNR {psnr(metrics['mse']):.2f} dB (mean squared error {metrics['mse']:.6f})")
    print(f"  active units {evaluation.active_units} of {len(evaluation.activity)}")
    if evaluation.epoch:
        print(f"  after epoch {evaluation.epoch} of {run.config.epochs}")


def run_report(options: Namespace) -> None:
    """Draw a run's figures."""
    for path in write_report(open_run(options.run, options.data), options.checkpoint):
        print(path)


def run_export(options: Namespace) -> None:
    """Publish a run."""
    _publish(
        open_run(options.run, options.data), options, options.name, checkpoint=options.checkpoint
    )


def _publish(
    run: Run,
    options: Namespace,
    name: str | None = None,
    checkpoint: CheckpointName = DEFAULT_CHECKPOINT,
) -> None:
    store = open_store(options.store)
    images = not options.without_images
    model = export(run, store, with_images=images, checkpoint=checkpoint, name=name)
    print(f"published {model} in {store.address(model)}; next: make serve")


def run_chart(options: Namespace) -> None:
    """Chart a model of the store, or publish a run, which charts it."""
    store, folder = open_store(options.store), Path(options.model)
    if (folder / RUN_FILE).is_file():
        model = export(open_run(folder), store)
    else:
        model = chart_model(store, store.resolve(options.model))
    chart = store.manifest(model).chart
    print(f"published {model} in {store.address(model)}")
    if chart is not None:
        print(
            f"chart of {chart.items:,} items: trustworthiness {chart.trustworthiness:.3f}, "
            f"left-out error {chart.left_out_error:.4f}"
            + ("" if chart.class_accuracy is None else f", classes {chart.class_accuracy:.1%}")
        )


def run_atlas(options: Namespace) -> None:
    """Make a model of a folder of images; only its name goes to standard output."""
    target = Publication(
        open_store(options.store),
        options.store,
        default=options.store == default_store(),
        with_images=not options.without_images,
        name=options.name,
    )
    with contextlib.redirect_stdout(sys.stderr):
        if options.resume:
            why = "--resume goes on with what was chosen when the run was started"
            _refuse(options, why, "latent_dim", "minutes", "set")
            model = resume_atlas(options.resume, options.images, target, print)
        else:
            model = _new_atlas(options, target)
    if not options.serve:
        print(model.name)
    else:
        say = "starting the service: its last line will have the map's address (Ctrl-C ends it)"
        print(say, file=sys.stderr, flush=True)
        _serve(options.serve, {"ATLAS_DEFAULT_MODEL": model.name, "ATLAS_STORE": options.store})


def _serve(command: list[str], settings: dict[str, str]) -> None:
    """Become the service; what training had in memory is gone then."""
    try:
        os.execvpe(command[0], command, os.environ | settings)  # noqa: S606 - the user's own
    except OSError as error:
        message = f"--serve {shlex.join(command)}: {error.strerror}; the model is published"
        raise ConfigInvalid(message) from error


def _new_atlas(options: Namespace, target: Publication) -> ModelId:
    if not options.images:
        raise ConfigInvalid("no images given; write: python -m training atlas FOLDER")
    return make_atlas(
        options.images,
        target,
        print,
        latent_dim=options.latent_dim or PLANE,
        minutes=options.minutes or MINUTES,
        settings=options.set,
    )


def run_sweep(options: Namespace) -> None:
    """Fit a grid and publish its best model."""
    config, _ = _configured(options)
    grid = Grid(
        config,
        options.data,
        tuple(options.betas),
        tuple(options.latent_dims),
        tuple(options.seeds),
    )
    folder = options.run or RUNS / f"sweep-{config.name}"
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
    config, dataset = _configured(options)
    histories = compare(config, dataset, options.steps)
    now = datetime.now(UTC)
    folder = options.run or RUNS / f"compare-{now:%Y%m%d-%H%M%S}"
    print(f"{dataset.name}, {config.described()}, {options.steps} steps; nats per image\n")
    print(write_comparison(histories, config, folder))
    print(f"written to {folder}")


def is_out_of_memory(error: Exception) -> bool:
    """Tell whether memory was asked for that there is not."""
    return isinstance(error, (MemoryError, tf.errors.ResourceExhaustedError))
