"""The model card: what a person should know before using the model, in one page of Markdown."""

from collections.abc import Sequence
from typing import Any, Final

from models.manifest import Manifest
from training.bits import bits_in_words
from training.image_quality import explain_quality
from training.likelihoods import is_density
from training.training_gap import gap_in_words

METRICS: Final = {
    "negative_elbo": "reconstruction + KL (−ELBO)",
    "reconstruction": "reconstruction at a drawn z",
    "reconstruction_at_mean": "reconstruction at z_mean",
    "kl": "KL",
    "loss": "reconstruction + beta · KL, the training loss",
    "nll": "−log p(x), importance weighted",
    "fitted_negative_elbo": "−ELBO with the fitted prior",
    "fitted_kl": "KL to the fitted prior",
    "fitted_nll": "−log p(x) with the fitted prior, importance weighted",
}
FIGURES: Final = {
    "reconstructions": "The best, typical and worst test images over their reconstructions",
    "samples": "New images over the training images that are nearest to them",
    "grid": "The decoder's plane around the origin",
    "scatter": "The test set in latent space",
    "traversals": "One dimension changes at a time",
    "curves": "Training, epoch by epoch",
}
FILES: Final = (
    "## Files",
    "",
    "A TensorFlow SavedModel (`saved_model.pb`, `variables/`), `manifest.json` (everything above "
    "as JSON), `points.npz` (its items' z), `items.sqlite` (their files, columns and, unless it "
    "was published without images, thumbnails), `prior.npz` (the density that samples are drawn "
    "from) and `golden.npz` (answers that it must give). `models/README.md` has the details.",
)
NAMED: Final = 30  # classes that the card names
FEW: Final = 100  # test images of which figures are rough
PLANE: Final = 2


def write_card(
    manifest: Manifest,
    history: Sequence[dict[str, Any]] | None = None,
    figures: Sequence[str] = (),
) -> str:
    """Write a model's card from its manifest, its training log and the names of its figures."""
    parts = [
        _summary(manifest),
        _purpose(manifest),
        _requests(manifest),
        _quality(manifest),
        _pictures(figures),
        _training(manifest, history),
        FILES,
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _summary(manifest: Manifest) -> list[str]:
    height, width, channels = manifest.image_shape
    data, n = manifest.dataset, len(manifest.labels)
    numbers = f"{manifest.latent_dim} numbers" if manifest.latent_dim > 1 else "one number"
    classes = ", ".join(manifest.labels[:NAMED]) + (", …" if n > NAMED else "")
    return [
        f"# {manifest.name}",
        "",
        f"A variational autoencoder (VAE) of {'grey' if channels == 1 else 'colour'} images, "
        f"{height} × {width} pixels. Its encoder turns an image into {numbers}, called z, and its "
        f"decoder turns {numbers} into an image.",
        "",
        f"- Data: {data.name}, {data.train_items:,} images to train on and {data.test_items:,} "
        f"others to measure on (SHA-256 {data.sha256[:12]}…)"
        + (f"; {manifest.training['licence']}" if manifest.training.get("licence") else ""),
        f"- Classes: {f'{n}: {classes}' if n else 'none'}"
        + ("; the model is told the class of each image" if manifest.conditional else ""),
        f"- Size: {manifest.parameters:,} parameters; {manifest.active_units} of "
        f"{manifest.latent_dim} dimensions of z are in use",
    ]


def _purpose(manifest: Manifest) -> list[str]:
    limits = [
        f"Images unlike those of {manifest.dataset.name}: they are reconstructed badly, which is "
        "what `score` measures.",
        "Telling classes apart or measuring by its scores alone: it was not trained for either. "
        "Scores of two models, or of two versions, cannot be compared.",
        "Detail: reconstructions are smoother than images"
        + (
            ", and two numbers hold little. More dimensions (`latent_dim`) are sharper."
            if manifest.latent_dim <= PLANE
            else "."
        ),
    ]
    if manifest.dataset.test_items < FEW:
        limits.append(
            f"Fine comparisons: its figures are of {manifest.dataset.test_items} test images only."
        )
    return [
        "## What it is good for, and what not",
        "",
        "Good for looking at a collection as a map, finding images that are alike, blending one "
        "into another, drawing new ones of the kind, and noticing unusual ones. Not for:",
        "",
        *(f"- {limit}" for limit in limits),
    ]


def _requests(manifest: Manifest) -> list[str]:
    model = f"http://127.0.0.1:8000/v1/models/{manifest.name}"
    label = "label=0&" if manifest.conditional else ""
    z = ",".join(["0.5", "-1", *["0"] * manifest.latent_dim][: manifest.latent_dim])
    query = f"?{label.rstrip('&')}" if label else ""
    return [
        "## Try it",
        "",
        "With the service running (`make serve`):",
        "",
        "```sh",
        f'curl -s "{model}/decode?{label}z={z}" > point.png',
        f'curl -s "{model}/encode{query}" -H "Content-Type: image/png" --data-binary @point.png',
        f'curl -s "{model}/sample?{label}n=16&seed=7" > samples.png',
        "```",
        "",
        "The first saves the image of a z, the second sends an image and gets its z, the third "
        "saves 16 new images. Images may be PNG, JPEG or WebP files of any size: they are scaled "
        "to the model's and padded. Answers are PNG, WebP, JPEG, JSON or npy.",
    ]


def _quality(manifest: Manifest) -> list[str]:
    metrics = manifest.metrics
    lines = [
        "## On the test images",
        "",
        "Reconstructions, decoded from z_mean, beside their images:",
        "",
        *(f"- {line}" for line in explain_quality(metrics)),
        "",
        *_against_training(manifest),
        "| | nats per image |",
        "|---|---|",
        *(f"| {said} | {metrics[key]:.2f} |" for key, said in METRICS.items() if key in metrics),
        "",
        "A nat is a unit of information, 1.44 bits. Less is better, but only among models with "
        "the same likelihood and image size.",
    ]
    if is_density(manifest.likelihood):
        values = "pixel" if manifest.image_shape[-1] == 1 else "colour"
        lines[-1] += (
            f" The likelihood here ({manifest.likelihood}) is a density of {values} values, which "
            "may exceed 1; so a negative figure is no error."
        )
    if bits := bits_in_words(manifest.likelihood, metrics):
        lines += ["", bits]
    if manifest.likelihood != "bernoulli":
        return lines
    return [
        *lines,
        "",
        'In the units of the articles "Variational Autoencoder with Tensorflow 2.8", means over '
        f"pixels: loss {metrics['source_loss']:.4f}, bce {metrics['source_bce']:.4f}, "
        f"kl {metrics['source_kl']:.4f}.",
    ]


def _against_training(manifest: Manifest) -> list[str]:
    gap = gap_in_words(manifest.metrics)
    if gap is None:
        return []
    return [f"By −ELBO, {gap}. A large difference means that much was learned by heart.", ""]


def _pictures(figures: Sequence[str]) -> list[str]:
    shown = [f"![{said}](figures/{name}.webp)" for name, said in FIGURES.items() if name in figures]
    return ["## Pictures", "", "\n\n".join(shown)] if shown else []


def _training(manifest: Manifest, history: Sequence[dict[str, Any]] | None) -> list[str]:
    config = manifest.training
    drawn = manifest.binarisation != "none"
    how = f" of pixels drawn black or white ({manifest.binarisation} binarisation)" if drawn else ""
    fact = config.get("fact")
    in_articles = f" (fact {fact:.3g} in the articles)" if fact is not None else ""
    return [
        "## Training",
        "",
        f"- Likelihood: {manifest.likelihood}{how}",
        f"- beta, the weight of KL: {manifest.beta:.4g}{in_articles}",
        f"- {_epochs(config['epochs'], history)}{_which(manifest)}, batch {config['batch_size']}, "
        f"seed {config['seed']}, "
        f"strategy {config['strategy']}; the manifest has every setting",
        *_training_log(history or (), articles=manifest.likelihood == "bernoulli"),
    ]


def _epochs(planned: int, history: Sequence[dict[str, Any]] | None) -> str:
    """Say how many epochs there were; a run that was stopped has not had all of them."""
    if history is None or len(history) >= planned:
        return f"{planned} epochs"
    return f"{len(history)} of {planned} epochs"


def _which(manifest: Manifest) -> str:
    return "" if manifest.epoch is None else f" (these are the weights of epoch {manifest.epoch})"


def _training_log(history: Sequence[dict[str, Any]], *, articles: bool) -> list[str]:
    if not history:
        return []
    chosen = sorted(
        {1, 3, 6, len(history) // 2, len(history)} & {line["epoch"] for line in history}
    )
    rows = [history[epoch - 1] for epoch in chosen]
    keys = ["loss", "reconstruction", "kl"]
    if articles and "source_bce" in rows[0]:
        keys += ["source_loss", "source_bce", "source_kl"]
    return [
        "",
        "| " + " | ".join(["epoch", *keys]).replace("source_", "articles: ") + " |",
        "|---" * (1 + len(keys)) + "|",
        *("| " + " | ".join([str(row["epoch"]), *_cells(row, keys)]) + " |" for row in rows),
    ]


def _cells(row: dict[str, Any], keys: Sequence[str]) -> list[str]:
    return [f"{row[key]:.{4 if key.startswith('source_') else 2}f}" for key in keys]
