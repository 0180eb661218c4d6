"""From a folder of images to a model in the store, without a question."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from models.store import ModelId, Store
from training.config import TrainConfig
from training.dataset import Dataset
from training.dry_run import estimate
from training.errors import ConfigInvalid, DataUnreadable
from training.evaluate import evaluate
from training.export import export
from training.fit import fit
from training.load_dataset import load_dataset
from training.report.write import write_report
from training.runs import RUNS
from training.suggest_config import PLANE, Findings, inspect_images, suggest_config

FEW: Final = 200  # images of which a model learns little
EPOCH_S: Final = 0.3  # seconds that an epoch takes beside its steps, for its checkpoints above all
NAMED: Final = 6  # classes that are listed
Say = Callable[[str], None]


def make_atlas(
    path: Path,
    store: Store,
    say: Say,
    *,
    name: str | None = None,
    latent_dim: int = PLANE,
    minutes: float = 10,
) -> ModelId:
    """Look at images, choose how to train, say so, train, measure, draw and publish.

    Args:
        path: A folder of images, or anything else that `--data` takes.
        store: Where to publish.
        say: Takes each line for the user.
        name: The model's; by default the folder's.
        latent_dim: Two make a map of which every point can be seen; more make sharper images.
        minutes: Training may take about so long.

    Raises:
        ConfigInvalid: latent_dim or minutes is not positive.
        DataUnreadable: There are no images.
        KeyboardInterrupt: The user stopped the training; the run can be resumed.
    """
    if latent_dim < 1 or minutes <= 0:
        raise ConfigInvalid("--latent-dim and --minutes must be positive")
    if not path.exists():
        raise DataUnreadable(f"{path}: no such file or folder")
    seen = inspect_images(path)
    config = suggest_config(path, seen, name, latent_dim)
    say(f"{path}: {_found(seen)}")
    dataset = load_dataset(config, path)
    config, seconds = fit_into(config, dataset, minutes)
    for line in describe(config, seen, dataset, seconds):
        say(line)
    run = fit(config, path, dataset, RUNS / f"{config.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    say("measuring, drawing and publishing it")
    evaluation = evaluate(run)
    write_report(run)
    model = export(run, store)
    metrics = evaluation.metrics
    say(
        f"{model}: reconstruction {metrics['reconstruction']:.1f} + KL {metrics['kl']:.1f} nats "
        f"per image ({evaluation.objective}) on {evaluation.test_items:,} test images, "
        f"{evaluation.active_units} of {config.latent_dim} latent units active"
    )
    say(f"its card: {store.address(model)}/card.md; its run: {run.folder}")
    return model


def fit_into(config: TrainConfig, dataset: Dataset, minutes: float) -> tuple[TrainConfig, float]:
    """Measure a few steps, and leave out epochs that there is no time for; return the seconds."""
    seconds = estimate(config, dataset).seconds + EPOCH_S * config.epochs
    epochs = max(1, min(config.epochs, int(config.epochs * 60 * minutes / seconds)))
    changed = {"epochs": epochs, "warmup_epochs": max(1, epochs // 5)}
    return config.model_copy(update=changed), seconds * epochs / config.epochs


def describe(config: TrainConfig, seen: Findings, dataset: Dataset, seconds: float) -> list[str]:
    """Say what will be done and how long it will take."""
    height, width, channels = dataset.image_shape
    colour = "grey" if channels == 1 else "colour"
    mixed = len(set(seen.sizes)) > 1 or seen.sizes[0] != (height, width)
    plane = config.latent_dim == PLANE
    shown = "the map is z itself" if plane else "the map shows planes through them"
    lines = [
        f"  images      {height} × {width}, {colour}"
        + (", scaled to lie inside and padded with their border's colour" if mixed else ""),
        f"  likelihood  {config.described()}",
        f"  latent      {config.latent_dim} dimensions: {shown}"
        + (" (--latent-dim 16 gives sharper images)" if plane else ""),
        f"  training    {len(dataset.train):,} images, {config.epochs} epochs; about "
        f"{_duration(seconds)}",
        f"  map         {len(dataset.test):,} test images, which training never sees",
    ]
    if seen.images < FEW:
        lines.append(f"  {seen.images} images are few: expect a coarse map; hundreds do better")
    return [*lines, "  Ctrl-C stops it; what was learned is kept, and it says how to go on"]


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


def _duration(seconds: float) -> str:
    if seconds < 90:  # noqa: PLR2004 - below two minutes seconds say more
        return f"{max(1, round(seconds))} seconds"
    return f"{round(seconds / 60)} minutes"
