"""Choose a configuration for somebody's images by looking at them, so that nobody has to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final, Literal

from training.batch_slices import suggest_slices
from training.config import TrainConfig, load_config, make_config
from training.dataset import Split
from training.device import advice
from training.load_dataset import load_dataset
from training.mirror_images import may_be_mirrored
from training.model_name import model_name
from training.sources.folder_listing import list_files
from training.sources.folder_sample import inspect_sample
from training.sources.from_path import holds_images

LONGEST: Final = 64  # pixels of the longer side: what two cores can train in minutes
NEARLY: Final = 0.85  # shorter over longer side from which mixed sizes make a square
MULTIPLE: Final = 8  # of which a chosen side is one
FILTERS: Final = (32, 64, 128, 128)
LARGE: Final = 12  # pixels of the first feature map's shorter side, at least, where it is reduced
FEWEST: Final = 2  # convolutions of the encoder
SMALLEST: Final = 4  # pixels of the last feature map's shorter side, at least
STEPS: Final = 4000  # after which a small model has mostly learned what it will
PLANE: Final = 2  # latent dimensions of a map that leaves nothing out
SHARP: Final = 64  # latent dimensions of colour images, and of grey ones, that come out sharp
SHARP_GREY: Final = 16
COLOUR: Final = 3  # channels
SHIFT: Final = 20  # of so many pixels, images may be moved by one in training
PHOTO: Final = {
    "network", "activation", "likelihood", "learning_rate", "average", "cutmix",
}  # fmt: skip
"""Settings of the preset that do not depend on the images."""
EPOCHS: Final = (10, 400)  # at least and at most
MANY: Final = 5000  # images from which a larger batch pays
FEW: Final = 100  # images below which all are trained on
HELD_BACK: Final = 12  # of so many images one chooses the best epoch: a tenth of the training's
ENOUGH: Final = 1000  # images to choose it by


@dataclass(frozen=True)
class Findings:
    """What was found at a path."""

    images: int
    classes: dict[str, int]
    """Images of each class, by name; empty without classes."""
    sizes: tuple[tuple[int, int], ...]
    """Height and width of a sample."""
    channels: Literal[1, 3]


def inspect_images(path: Path, settings: Sequence[str] = ()) -> Findings:
    """Look at a folder of images, or at anything else that `--data` takes.

    Of `settings` (`key=value`), `scale` matters here.

    Raises:
        DataUnreadable: There are no images.
    """
    if holds_images(path):
        files = list_files(path).files
        sample = inspect_sample(files)
        classes = Counter(file.label for file in files if file.label is not None)
        return Findings(len(files), dict(classes), sample.sizes, 1 if sample.grey else 3)
    scale = [setting for setting in settings if setting.startswith("scale=")]
    config = make_config({"name": "look", "dataset": path.stem, "beta": 1.0}, scale)
    dataset = load_dataset(config, path)
    height, width, channels = dataset.image_shape
    labels = [*dataset.train.labels, *dataset.test.labels]
    counts = {name: labels.count(i) for i, name in enumerate(dataset.labels)}
    return Findings(len(labels), counts, ((height, width),), 1 if channels == 1 else 3)


def suggest_config(
    path: Path,
    seen: Findings,
    name: str | None = None,
    latent_dim: int | None = None,
    settings: Sequence[str] = (),
) -> TrainConfig:
    """Choose size, channels, network, latent dimensions, likelihood and epochs.

    `settings` (`key=value`) have the last word.

    Raises:
        ConfigInvalid: One of them, or latent_dim, is none that a configuration takes.
    """
    image_size = suggest_size(seen.sizes) if holds_images(path) else seen.sizes[0]
    batch_size = 128 if seen.images > MANY else 64
    steps = -(-seen.images * 4 // 5 // batch_size) or 1  # a fifth are test images
    least, most = EPOCHS
    epochs = max(least, min(most, STEPS // steps))
    chosen = {
        "name": model_name(name or path.resolve().stem),
        "dataset": path.resolve().stem,
        "image_size": image_size,
        "channels": seen.channels,
        "latent_dim": latent_dim or _dimensions(seen),
        "beta": 1.0,
        "warmup": "linear",
        "warmup_share": 0.2,
        "batch_size": batch_size,
        "epochs": epochs,
        "learning_rate_decay": "cosine",
        "validation_items": min(ENOUGH, seen.images // HELD_BACK) if seen.images >= FEW else 0,
        **(_drawings(image_size) if seen.channels == 1 else _photos(image_size)),
    }
    if "conditional=true" in settings:
        chosen["cutmix"] = 0.0  # which has no label for an image of two classes
    config = make_config(chosen, settings)
    whole = config.free_bits or config.capacity or _are_set(settings, "slices", "network")
    if config.network == "convolutional" or whole:
        return config
    return config.model_copy(update={"slices": suggest_slices(config.batch_size)})


def allow_moves(config: TrainConfig, images: Split, settings: Sequence[str]) -> TrainConfig:
    """Let colour images be mirrored and moved a little in training, if mirrored ones look alike.

    `settings` (`key=value`) that say so themselves have the last word.
    """
    if config.channels != COLOUR or config.conditional or _are_set(settings, "flips", "shifts"):
        return config
    if not may_be_mirrored(images):
        return config
    assert config.image_size is not None
    shifts = min(config.image_size) // SHIFT
    return config.model_copy(update={"flips": True, "shifts": shifts})


def _are_set(settings: Sequence[str], *names: str) -> bool:
    return any(setting.partition("=")[0] in names for setting in settings)


def _dimensions(seen: Findings) -> int:
    """Return as many as make sharp images; for few images, which have no chart, a plane."""
    if seen.images < FEW:
        return PLANE
    return SHARP if seen.channels == COLOUR else SHARP_GREY


def suggest_size(sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the images' own size if they share one that is small, else the usual aspect at 64."""
    if len(set(sizes)) == 1 and max(sizes[0]) <= LONGEST:
        return sizes[0]
    usual = [median(side) for side in zip(*sizes, strict=True)]
    if min(usual) > NEARLY * max(usual):
        usual = [max(usual)] * 2
    scale = min(1, LONGEST / max(usual))
    height, width = (max(MULTIPLE, MULTIPLE * round(side * scale / MULTIPLE)) for side in usual)
    return height, width


def _photos(image_size: tuple[int, int]) -> dict[str, Any]:
    """Return the settings of `photo`, with as many layers as the size allows."""
    photo = load_config("photo")
    first = next((stride for stride in (4, 2) if min(image_size) >= LARGE * stride), 1)
    strides, side = [first], min(image_size) // first
    while len(strides) < FEWEST or (
        len(strides) < len(photo.encoder_filters) and side // 2 >= SMALLEST
    ):
        strides.append(2)
        side //= 2
    n = len(strides)
    return photo.model_dump(mode="json", include=PHOTO) | {
        "encoder_filters": photo.encoder_filters[:n],
        "encoder_kernels": photo.encoder_kernels[:n],
        "encoder_strides": strides,
        "decoder_filters": photo.encoder_filters[: n - 1][::-1],
        "decoder_kernels": photo.decoder_kernels[-n:],
        "decoder_strides": strides[::-1],
        "blocks": photo.blocks[-n:],
        "precision": "float32" if advice("bfloat16") else "bfloat16",
    }


def _drawings(image_size: tuple[int, int]) -> dict[str, Any]:
    """Halve the image while four pixels are left; kernels of 4 leave no chequered pattern.

    Grey drawings come sharper from Bernoulli than from a Gaussian.
    """
    halvings = 1
    while halvings < len(FILTERS) and min(image_size) // 2 ** (halvings + 1) >= SMALLEST:
        halvings += 1
    encoder = FILTERS[:halvings]
    return {
        "likelihood": "bernoulli",
        "encoder_filters": encoder,
        "encoder_kernels": (4,) * halvings,
        "encoder_strides": (2,) * halvings,
        "decoder_filters": (*encoder[-2::-1], 16),
        "decoder_kernels": (*(4,) * halvings, 3),
        "decoder_strides": (*(2,) * halvings, 1),
    }
