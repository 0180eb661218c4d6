"""What each command of `python -m training` does; imported once its arguments are understood."""

import contextlib
import os
import shlex
import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

import tensorflow as tf

from models.open_store import open_store
from models.store import ModelId
from training.add import add_images
from training.arguments import default_store
from training.atlas import Publication, make_atlas, resume_atlas
from training.bits import bits_in_words
from training.chart_model import chart_model
from training.compare_strategies import compare, write_comparison
from training.errors import ConfigInvalid
from training.evaluate import evaluate
from training.export import export
from training.export_options import ExportOptions
from training.fit_command import configured, publish, refuse, run_fit  # noqa: F401 - a command
from training.fit_prior import prior_in_words
from training.image_quality import explain_quality
from training.likelihoods import is_density
from training.model_card import METRICS
from training.prior_model import prior_model
from training.report.write import write_report
from training.review import describe, review, write_csv
from training.runs import RUN_FILE, RUNS, open_run
from training.sweep import Grid, sweep
from training.training_gap import gap_in_words
from training.verify import verify

tf.get_logger().setLevel("ERROR")  # its advice on retracing is not for users


def run_evaluate(options: Namespace) -> None:
    """Measure a run and print the figures."""
    run = open_run(options.run, options.data)
    if options.nll_images and not options.nll_samples:
        raise ConfigInvalid("--nll-images says of how many images; give --nll-samples K as well")
    evaluation = evaluate(
        run, options.nll_samples, options.checkpoint, nll_images=options.nll_images
    )
    print(f"{evaluation.test_items} test images, {evaluation.objective}; nats per image:")
    metrics = evaluation.metrics
    for key in [key for key in METRICS if key in metrics]:
        error = metrics.get(f"{key}_standard_error")
        print(f"  {key:<24} {metrics[key]:10.4f}" + (f" ± {error:.4f}" if error else ""))
    if is_density(run.config.likelihood):
        print("  (of a density, which may exceed 1: a negative figure is no error)")
    if run.config.likelihood == "bernoulli":
        means = (f"{key} {metrics[f'source_{key}']:.4f}" for key in ("loss", "bce", "kl"))
        print(f"  as in the articles, means over pixels: {', '.join(means)}")
    if bits := bits_in_words(run.config.likelihood, metrics):
        print(f"  {bits}")
    if gap := gap_in_words(metrics):
        print(f"  {gap}")
    for line in explain_quality(metrics):
        print(f"  {line}")
    print(f"  active units {evaluation.active_units} of {len(evaluation.activity)}")
    if evaluation.epoch:
        print(f"  after epoch {evaluation.epoch} of {run.config.epochs}")


def run_report(options: Namespace) -> None:
    """Draw a run's figures."""
    for path in write_report(open_run(options.run, options.data), options.checkpoint):
        print(path)


def run_export(options: Namespace) -> None:
    """Publish a run."""
    publish(
        open_run(options.run, options.data), options, options.name, checkpoint=options.checkpoint
    )


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


def run_prior(options: Namespace) -> None:
    """Fit a prior to a model of the store, or publish a run, which fits one."""
    store, folder = open_store(options.store), Path(options.model)
    if (folder / RUN_FILE).is_file():
        run = open_run(folder)
        evaluate(run, prior=options.kind)
        model = export(run, store)
    else:
        model = prior_model(store, store.resolve(options.model), options.kind)
    print(f"published {model} in {store.address(model)}")
    if prior := store.manifest(model).prior:
        print(prior_in_words(prior))


def run_add(options: Namespace) -> None:
    """Add a folder's images to a model of the store."""
    store = open_store(options.store)
    model = add_images(store, store.resolve(options.model), options.images, print)
    print(f"published {model} in {store.address(model)}; its new items: split=new")


def run_atlas(options: Namespace) -> None:
    """Make a model of a folder of images; only its name goes to standard output."""
    target = Publication(
        open_store(options.store),
        options.store,
        default=options.store == default_store(),
        options=ExportOptions.of(options),
        name=options.name,
    )
    with contextlib.redirect_stdout(sys.stderr):
        if options.resume:
            why = "--resume goes on with what was chosen when the run was started"
            refuse(options, why, "latent_dim", "set")
            model = resume_atlas(
                options.resume,
                options.images,
                target,
                print,
                minutes=options.minutes,
                started=options.started,
            )
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
        latent_dim=options.latent_dim,
        minutes=options.minutes,
        started=options.started,
        settings=options.set,
    )


def run_sweep(options: Namespace) -> None:
    """Fit a grid and publish its best model."""
    config, _ = configured(options)
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


def run_review(options: Namespace) -> None:
    """List what may be wrong with a model's images."""
    store = open_store(options.store)
    model = store.resolve(options.model)
    lists = review(store, model)
    for found in lists:
        print(*describe(found, options.top), sep="\n", end="\n\n")
    if len(lists) < 4:  # noqa: PLR2004 - one needs thumbnails
        print(f"duplicates: not looked for, as {model} was exported without thumbnails")
    path = options.csv or Path(f"review-{model.name}-{model.version}.csv")
    write_csv(path, lists)
    print(f"all lists are in {path}")


def run_compare(options: Namespace) -> None:
    """Run all strategies side by side and print the table."""
    config, dataset = configured(options)
    histories = compare(config, dataset, options.steps)
    now, channels = datetime.now(UTC), dataset.image_shape[-1]
    folder = options.run or RUNS / f"compare-{now:%Y%m%d-%H%M%S}"
    print(f"{dataset.name}, {config.described(channels)}, {options.steps} steps; nats per image\n")
    print(write_comparison(histories, config, channels, folder))
    print(f"written to {folder}")


def is_out_of_memory(error: Exception) -> bool:
    """Tell whether memory was asked for that there is not."""
    return isinstance(error, (MemoryError, tf.errors.ResourceExhaustedError))
