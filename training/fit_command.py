"""What `python -m training fit` does, and what other commands share with it."""

import sys
from argparse import Namespace
from pathlib import Path

from models.open_store import open_store
from training.arguments import default_store
from training.config import DEFAULT_CHECKPOINT, CheckpointName, TrainConfig, load_config
from training.dataset import Dataset
from training.distributed import Replicas
from training.dry_run import describe, estimate
from training.errors import ConfigInvalid
from training.export import export
from training.export_options import ExportOptions
from training.fit import fit, resume
from training.interruption import Stopped
from training.load_dataset import load_dataset
from training.model_name import check_writable
from training.next_command import make_command, python_command, under_make
from training.runs import Run, open_run
from training.schedule import learning_rate
from training.stopped_run import stopping, what_next
from training.suggest_config import allow_moves, inspect_images, suggest_config

DEFAULT_CONFIG = "digits-z2"


def run_fit(options: Namespace) -> None:
    """Train a run, go on with one, or say what a run would do."""
    if options.epochs:
        options.set = [*options.set, f"epochs={options.epochs}"]
    if options.dry_run:
        refuse(options, "--dry-run takes a few steps of a new run", "resume", "run", "distribute")
        config, dataset = configured(options)
        print(describe(config, dataset, estimate(config, dataset)))
        return
    if not options.export and _export_arguments(options):
        given = " ".join(_export_arguments(options))
        raise ConfigInvalid(f"{given}: these say what --export does; give that too")
    replicas = Replicas(options.distribute) if options.distribute else None
    try:
        run = _fitted(options, replicas)
    except Stopped as stopped:
        if stopped.run is None:
            raise
        said = what_next(stopped.run, *_commands(options, stopped.run))
        raise Stopped(said, stopped.number) from stopped
    if replicas is not None and not replicas.chief:
        return
    if options.export:
        with stopping(run.folder, *_commands(options, run.folder)):
            publish(run, options)
        return
    print(f"fitted {run.folder}; next: {python_command('export', run.folder)}")


def _fitted(options: Namespace, replicas: Replicas | None) -> Run:
    if options.resume:
        return _resume(options, replicas)
    config, dataset = configured(options)
    if options.export:
        check_writable(open_store(options.store), config.name)
    return fit(config, options.data, dataset, options.run, replicas)


def _commands(options: Namespace, run: Path) -> tuple[str, str]:
    """Return what goes on with a stopped run to the same end, and what publishes it at once."""
    publish = python_command("export", run, *_export_arguments(options))
    return _again(options, run), publish


def _again(options: Namespace, run: Path) -> str:
    words = ["--resume", str(run)]
    if options.distribute:
        words += ["--distribute", options.distribute]
    words += _export_arguments(options)
    if not options.export:
        return python_command("fit", *words)
    if under_make():
        return make_command("train", words)
    return python_command("fit", "--export", *words)


def _export_arguments(options: Namespace) -> list[str]:
    """Return the arguments that say where and what to publish."""
    store = [] if options.store == default_store() else ["--store", options.store]
    return store + ExportOptions.of(options).arguments()


def _resume(options: Namespace, replicas: Replicas | None) -> Run:
    """Go on with a run, with other images' place or another number of epochs if so wished."""
    refuse(options, "--resume goes on in the run's own folder", "run")
    refuse(options, "--resume reads the images as the run did", "strict")
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
    shares = (_behind(run, done), done / max(epochs, done))
    rates = [learning_rate(run.config, share) for share in shares]
    return (
        f"{text}; the learning rate follows the cosine of the new length: it goes from "
        f"{rates[0]:.2g} to {rates[1]:.2g} now and falls to 0 again. A run of {epochs} epochs from "
        "the start would end a little differently"
    )


def _behind(run: Run, done: int) -> float:
    """Return the share of its present plan that a run has behind it."""
    if not done:
        return 0.0
    share: float = run.history()[-1].get("share", done / run.config.epochs)
    return share


def configured(options: Namespace) -> tuple[TrainConfig, Dataset]:
    """Return the configuration that was named, or suits the images, and the data set."""
    if options.strict and not options.data:
        raise ConfigInvalid("--strict is about image files: give --data FOLDER as well")
    config = _configuration(options)
    dataset = load_dataset(config, options.data, strict=options.strict)
    if options.data and not options.config:
        config = allow_moves(config, dataset.train, options.set)
    return config, dataset


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


def refuse(options: Namespace, why: str, *names: str) -> None:
    """Refuse options that would be ignored."""
    for name in names:
        if getattr(options, name):
            raise ConfigInvalid(f"{why}; leave out --{name.replace('_', '-')}")


def publish(
    run: Run,
    options: Namespace,
    name: str | None = None,
    checkpoint: CheckpointName = DEFAULT_CHECKPOINT,
) -> None:
    """Publish a run as the arguments say."""
    store = open_store(options.store)
    model = export(run, store, options=ExportOptions.of(options), checkpoint=checkpoint, name=name)
    print(f"published {model} in {store.address(model)}; next: make serve")
