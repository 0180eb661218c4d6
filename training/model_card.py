"""The model card: what a person should know before using the model, in one page of Markdown."""

import math
import sys
from collections.abc import Sequence
from typing import Any, Final

from models.manifest import Manifest

METRICS: Final = {
    "negative_elbo": "reconstruction + KL (−ELBO)",
    "reconstruction": "reconstruction at a drawn z",
    "reconstruction_at_mean": "reconstruction at z_mean",
    "kl": "KL",
    "loss": "reconstruction + beta · KL, the training loss",
    "nll": "−log p(x), importance weighted",
}


FIGURES: Final = {
    "reconstructions": "Test images over their reconstructions",
    "grid": "The decoder's plane around the origin",
    "scatter": "The test set in latent space",
    "traversals": "One dimension changes at a time",
    "curves": "Training, epoch by epoch",
}


def psnr(squared_error: float) -> float:
    """Return the peak signal-to-noise ratio of a mean squared error of pixels 0…1; dB."""
    return -10 * math.log10(max(squared_error, sys.float_info.min))


def write_card(
    manifest: Manifest, history: Sequence[dict[str, Any]], figures: Sequence[str] = ()
) -> str:
    """Write a model's card from its manifest, its training log and the names of its figures."""
    height, width, channels = manifest.image_shape
    pixels = "" if manifest.binarisation == "none" else f", {manifest.binarisation} binarisation"
    data, config = manifest.dataset, manifest.training
    lines = [
        f"# {manifest.name}",
        "",
        f"A variational autoencoder of {data.name}: images of {height} × {width} × "
        f"{channels}, {manifest.latent_dim} latent dimensions, {manifest.parameters:,} parameters.",
        "",
        f"- Likelihood: {manifest.likelihood}{pixels or ' on grey values'}",
        f"- beta: {manifest.beta:.4g} nats per nat of KL" + _fact(manifest),
        f"- Strategy: {config['strategy']}; {config['epochs']} epochs, "
        f"batch {config['batch_size']}, seed {config['seed']}",
        f"- Trained on {data.train_items:,} images, measured on {data.test_items:,} others "
        f"(SHA-256 of the data {data.sha256[:12]}…)",
        f"- Active units: {manifest.active_units} of {manifest.latent_dim}",
        "",
        "## On the test set",
        "",
        "| | nats per image |",
        "|---|---|",
        *(
            f"| {said} | {manifest.metrics[key]:.2f} |"
            for key, said in METRICS.items()
            if key in manifest.metrics
        ),
        "",
        f"Mean squared error at z_mean, pixels 0…1: {manifest.metrics['mse']:.5f}. In the units "
        'of the articles "Variational Autoencoder with Tensorflow 2.8", means over pixels: '
        f"loss {manifest.metrics['source_loss']:.4f}, "
        f"bce {manifest.metrics['source_bce']:.4f}, kl {manifest.metrics['source_kl']:.4f}.",
        "",
        *_training_log(history),
        *_pictures(figures),
        "## Use",
        "",
        "Signatures, dtypes and files are described in `models/README.md`. An encoder compresses; "
        "what it has not seen it reconstructs badly, which is what `score` measures.",
        "",
    ]
    return "\n".join(lines)


def _fact(manifest: Manifest) -> str:
    fact = manifest.training.get("fact")
    return "" if fact is None else f" (fact {fact:.3g} in the articles; it depends on latent_dim)"


def _pictures(figures: Sequence[str]) -> list[str]:
    shown = [
        f"![{said}](figures/{name}.png)\n" for name, said in FIGURES.items() if name in figures
    ]
    return ["## Pictures", "", *shown] if shown else []


def _training_log(history: Sequence[dict[str, Any]]) -> list[str]:
    if not history:
        return []
    chosen = sorted(
        {1, 3, 6, len(history) // 2, len(history)} & {line["epoch"] for line in history}
    )
    rows = [history[epoch - 1] for epoch in chosen]
    keys = ["loss", "reconstruction", "kl"]
    means = ["source_loss", "source_bce", "source_kl"] if "source_bce" in rows[0] else []
    return [
        "## Training log",
        "",
        "| " + " | ".join(["epoch", *keys, *means]).replace("source_", "articles: ") + " |",
        "|---" * (1 + len(keys) + len(means)) + "|",
        *(
            "| "
            + " | ".join(
                [
                    str(row["epoch"]),
                    *(f"{row[key]:.2f}" for key in keys),
                    *(f"{row[key]:.4f}" for key in means),
                ]
            )
            + " |"
            for row in rows
        ),
        "",
    ]
