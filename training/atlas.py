"""From a folder of images to a model in the store, without a question."""

import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from models.store import ModelId, Store
from training.bits import bits_in_words
from training.config import TrainConfig
from training.dataset import Dataset
from training.errors import DataUnreadable
from training.evaluate import evaluate
from training.export import DEFAULT_OPTIONS, export
from training.export_options import ExportOptions
from training.fit import fit, resume
from training.image_quality import explain_quality
from training.load_dataset import load_dataset
from training.model_name import Images, check_writable, free_name, model_name, origin
from training.next_command import make_command, python_command, under_make
from training.publication_time import publication_time
from training.report.write import write_report
from training.runs import RUNS, Run, open_run
from training.stopped_run import stopping
from training.suggest_config import (
    PLANE,
    Findings,
    allow_moves,
    inspect_images,
    suggest_config,
)
from training.time_budget import TimeBudget
from training.training_gap import gap_in_words

FEW: Final = 200  # images of which a model learns little
NAMED: Final = 6  # classes that are listed
MINUTES: Final = 10.0
COLUMNS: Final = 80
Say = Callable[[str], None]


@dataclass(frozen=True)
class Publication:
    """Where a model goes, and what of it."""

    store: Store
    address: str
    """The store's, as the user gave it."""
    default: bool
    """Whether it is the store that a command takes if none is named."""
    options: ExportOptions = DEFAULT_OPTIONS
    name: str | None = None
    """The model's, if the user chose it."""

    @property
    def where(self) -> list[str]:
        """Words of a command that name the store."""
        return [] if self.default else ["--store", self.address]

    def again(self, run: Path) -> str:
        """Return the command that goes on with a run to the same end."""
        options = [*self.where, *self.options.arguments()]
        if under_make():
            return make_command("atlas", options, RUN=run, NAME=self.name)
        return python_command("atlas", "--resume", run, *self._named, *options)

    def at_once(self, run: Path) -> str:
        """Return the command that publishes a run as it is."""
        options = [*self.where, *self.options.arguments()]
        return python_command("export", run, *self._named, *options)

    @property
    def _named(self) -> list[str]:
        return ["--name", self.name] if self.name else []


def make_atlas(
    path: Path,
    target: Publication,
    say: Say,
    *,
    latent_dim: int | None = None,
    minutes: float | None = None,
    started: float | None = None,
    settings: Sequence[str] = (),
) -> ModelId:
    """Look at images, choose how to train, say so, train, measure, draw and publish.

    Args:
        path: A folder of images, or anything else that `--data` takes.
        target: Where to publish, and what.
        say: Takes each line for the user.
        latent_dim: Two make a map of which every point can be seen; more, as by default, make
            sharper images, and a chart is their map.
        minutes: From `started` to the published model; `MINUTES` unless the settings give `epochs`.
        started: When the budget began, by `time.monotonic`; now without it.
        settings: `key=value` pairs that have the last word.

    Raises:
        ConfigInvalid: A setting cannot be.
        DataUnreadable: There are no images.
        KeyboardInterrupt: The user stopped it; the message has the command that goes on.
    """
    if not path.exists():
        raise DataUnreadable(f"{path}: no such file or folder; give a folder of images")
    seen = inspect_images(path, settings)
    config = suggest_config(path, seen, target.name, latent_dim, settings)
    for line in textwrap.wrap(f"{path}: {_found(seen)}", COLUMNS, subsequent_indent="  "):
        say(line)
    dataset = load_dataset(config, path)
    config = allow_moves(config, dataset.train, settings)
    config = _named(config, path, dataset, target, say)
    check_writable(target.store, config.name)
    counted = any(setting.startswith("epochs=") for setting in settings)
    if minutes is None and not counted:
        minutes = MINUTES
    budget = _budget(config, dataset, target, minutes, started)
    if budget and (counted or not config.validation_items):
        budget.most_epochs = config.epochs  # otherwise the images held back say what is enough
    for line in describe(config, seen, dataset, minutes, target.options):
        say(line)
    folder = RUNS / f"{config.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    with stopping(folder, target.again(folder), target.at_once(folder)):
        return _finish(fit(config, path, dataset, folder, budget=budget), budget, target, say)


def resume_atlas(
    folder: Path,
    data: Path | None,
    target: Publication,
    say: Say,
    *,
    minutes: float | None = None,
    started: float | None = None,
) -> ModelId:
    """Go on with a run that was stopped, then measure, draw and publish it as `make_atlas` does.

    Args:
        folder: The run's.
        data: Where its images lie now, if elsewhere.
        target: Where to publish, and what.
        say: Takes each line for the user.
        minutes: From `started` to the published model; without them it ends as planned last.
        started: See `make_atlas`.

    Raises:
        RunInvalid: The folder is no run.
        DataUnreadable: Its images are gone or have changed.
        KeyboardInterrupt: See `make_atlas`.
    """
    run = open_run(folder, data)
    budget = None
    with stopping(folder, target.again(folder), target.at_once(folder)):
        if len(run.history()) < run.config.epochs:
            budget = _budget(run.config, run.dataset(), target, minutes, started)
            run = resume(folder, data=data, budget=budget)
        return _finish(run, budget, target, say)


def _budget(
    config: TrainConfig,
    dataset: Dataset,
    target: Publication,
    minutes: float | None,
    started: float | None,
) -> TimeBudget | None:
    if minutes is None:
        return None
    since = time.monotonic() if started is None else started
    after = publication_time(config, dataset, target.options)
    return TimeBudget(60 * minutes, since, after)


def _finish(run: Run, budget: TimeBudget | None, target: Publication, say: Say) -> ModelId:
    """Say why the training ended, then publish the run."""
    if budget is not None and budget.stalled:
        say("held-back images gained nothing more, so the training came to its end early")
    return _publish(run, target, say)


def _named(
    config: TrainConfig, path: Path, dataset: Dataset, target: Publication, say: Say
) -> TrainConfig:
    """Let another folder's model of the same name be, unless the user chose the name."""
    images = Images(dataset.sha256(), origin(path, dataset.name))
    name = free_name(target.store, config.name, images)
    if name == config.name:
        return config
    there = f"the store has a model {config.name} of other images"
    if target.name is not None:
        say(f"{there}; this one becomes its next version, as you gave it this name")
        return config
    say(f"{there}; this one will be called {name} (NAME=… or --name chooses another)")
    return config.model_copy(update={"name": name})


def _publish(run: Run, target: Publication, say: Say) -> ModelId:
    """Measure, draw and publish a fitted run, and say how well it does."""
    say("measuring, drawing and publishing it")
    evaluation = evaluate(run)
    write_report(run)
    name = target.name and model_name(target.name)
    model = export(run, target.store, options=target.options, name=name)
    metrics = evaluation.metrics
    units = f"{evaluation.active_units} of {run.config.latent_dim} latent units in use"
    say(f"{model}, on {evaluation.test_items:,} test images:")
    say(f"  reconstruction  {metrics['reconstruction']:.1f} nats per image")
    say(f"  KL              {metrics['kl']:.1f} nats per image; {units}")
    if gap := gap_in_words(metrics):
        say(f"  training        {gap}")
    bits = bits_in_words(run.config.likelihood, metrics)
    for line in [*([bits] if bits else []), *explain_quality(metrics)]:
        for part in textwrap.wrap(line, COLUMNS, initial_indent="  ", subsequent_indent="    "):
            say(part)
    say(f"  card            {target.store.address(model)}/card.md")
    say(f"  run             {run.folder}")
    say(f"  what is wrong?  {python_command('review', model.name, *target.where)}")
    return model


def describe(
    config: TrainConfig,
    seen: Findings,
    dataset: Dataset,
    minutes: float | None,
    options: ExportOptions = DEFAULT_OPTIONS,
) -> list[str]:
    """Say what will be done and how long it may take."""
    height, width, channels = dataset.image_shape
    colour = "grey" if channels == 1 else "colour"
    mixed = len(set(seen.sizes)) > 1 or seen.sizes[0] != (height, width)
    plane = config.latent_dim == PLANE
    shown = "the map is z itself" if plane else "the map is a chart of them"
    lines = [
        f"  images      {height} × {width}, {colour}"
        + (", scaled to fit and padded with the border's colour" if mixed else ""),
        f"  likelihood  {config.described(channels)}",
        f"  latent      {config.latent_dim} dimensions: {shown}"
        + (" (--latent-dim 16 is sharper)" if plane else ""),
        *_moves(config),
        f"  training    {len(dataset.train):,} images{_until(config, minutes)}",
        f"  map         {_mapped(dataset, options)}",
    ]
    if seen.images < FEW:
        lines.append(f"  {seen.images} images are few: expect a coarse map; hundreds do better")
    return [*lines, "  Ctrl-C stops it; what was learned is kept, and it says how to go on"]


def _moves(config: TrainConfig) -> list[str]:
    moves = f", mirrored and moved by up to {config.shifts} pixels" if config.flips else ""
    mixed = "training images with pieces of each other"
    return [f"  variations  {mixed}{moves}"] if config.cutmix else []


def _mapped(dataset: Dataset, options: ExportOptions) -> str:
    tested, trained = len(dataset.test), len(dataset.train)
    if options.items == "test":
        return f"{tested:,} test images, which training never sees"
    return f"all {trained + tested:,} images; training never sees {tested:,} of them"


def _found(seen: Findings) -> str:
    heights, widths = zip(*seen.sizes, strict=True)
    sizes = f"{_range(heights)} × {_range(widths)} pixels"
    if not seen.classes:
        return f"{seen.images:,} images of {sizes}, no classes"
    listed = [f"{name} {count:,}" for name, count in list(seen.classes.items())[:NAMED]]
    more = ", …" if len(seen.classes) > NAMED else ""
    return f"{seen.images:,} images of {sizes} in {len(seen.classes)} classes: " + (
        ", ".join(listed) + more
    )


def _range(values: tuple[int, ...]) -> str:
    low, high = min(values), max(values)
    return str(low) if low == high else f"{low}…{high}"


def _until(config: TrainConfig, minutes: float | None) -> str:
    if minutes is None:
        return f", {config.epochs} epochs"
    enough = ", or once no more is gained" if config.validation_items else ""
    return f"; published in {minutes:g} minutes{enough}"
