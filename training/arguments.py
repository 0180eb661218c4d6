"""The command line of `python -m training`: commands, options, and what values they take."""

import argparse
import math
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from models.manifest import PriorKind
from training.config import DEFAULT_CHECKPOINT, DEFAULT_PRIOR, CheckpointName
from training.export_options import ThumbnailSize, WhichItems
from training.settings_help import settings_help


def parser() -> argparse.ArgumentParser:
    """Build the parser; a value that cannot be is refused with the usage and exit code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m training", description="Train, measure, draw and publish models."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (
        _fit,
        _evaluate,
        _report,
        _export,
        _chart,
        _prior,
        _add,
        _atlas,
        _sweep,
        _verify,
        _review,
        _compare,
    ):
        add(commands)
    return parser


def _fit(commands: Any) -> None:
    fit = commands.add_parser(
        "fit",
        help="train a run, or go on with one",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=settings_help(),
    )
    _add_configuration(fit)
    fit.add_argument("--run", type=_path, help="the run's folder; default runs/<name>-<number>")
    fit.add_argument(
        "--resume", type=_path, metavar="RUN", help="go on with a run; --data: its images now"
    )
    fit.add_argument(
        "--epochs",
        type=_whole(1),
        help="how many in all; with --resume a run, finished or not, gets more",
    )
    fit.add_argument(
        "--dry-run", action="store_true", help="say what it would do, and what it costs"
    )
    fit.add_argument("--export", action="store_true", help="and publish the model")
    _add_store(fit)
    _add_export_options(fit)
    fit.add_argument(
        "--distribute",
        choices=("mirrored", "workers"),
        help="share each batch among this machine's GPUs, or the processes of TF_CONFIG",
    )


def _evaluate(commands: Any) -> None:
    evaluate = commands.add_parser("evaluate", help="measure a run on its test images")
    _add_run(evaluate)
    evaluate.add_argument("--nll-samples", type=_whole(0), default=0, metavar="K", help="0: no NLL")
    evaluate.add_argument(
        "--nll-images", type=_whole(1), metavar="N", help="of so many test images; default all"
    )


def _report(commands: Any) -> None:
    _add_run(
        commands.add_parser("report", help="draw a run: curves, reconstructions, latent space")
    )


def _export(commands: Any) -> None:
    export = commands.add_parser("export", help="publish a run as the next version of its model")
    _add_run(export)
    export.add_argument("--name", type=_words, help="the model's name, if another than the run's")
    _add_store(export)
    _add_export_options(export)


def _chart(commands: Any) -> None:
    chart = commands.add_parser(
        "chart", help="give a model of the store its chart, as its next version; or publish a run"
    )
    chart.add_argument("model", type=_words, help="name, name@version, or a run's folder")
    _add_store(chart)


def _prior(commands: Any) -> None:
    prior = commands.add_parser(
        "prior", help="fit a prior to a model of the store, as its next version; or publish a run"
    )
    prior.add_argument("model", type=_words, help="name, name@version, or a run's folder")
    prior.add_argument(
        "--kind",
        choices=get_args(PriorKind),
        default=DEFAULT_PRIOR,
        help=f"a normalising flow, or a mixture of Gaussians; default {DEFAULT_PRIOR}",
    )
    _add_store(prior)


def _add(commands: Any) -> None:
    add = commands.add_parser(
        "add", help="encode more images by a model of the store, as its next version"
    )
    add.add_argument("model", type=_words, help="name, or name@version")
    add.add_argument("images", type=_path, help="a folder of images")
    _add_store(add)


def _atlas(commands: Any) -> None:
    atlas = commands.add_parser("atlas", help="from a folder of images to a model in the store")
    atlas.add_argument("images", type=_path, nargs="?", help="a folder of images, or an .npz file")
    atlas.add_argument("--resume", type=_path, metavar="RUN", help="go on with a run, and publish")
    atlas.add_argument("--name", type=_words, help="the model's name; default the folder's")
    atlas.add_argument(
        "--latent-dim",
        type=_whole(1),
        help="default 64 for colour, 16 for grey; with 2 the map is z itself",
    )
    atlas.add_argument(
        "--minutes", type=_positive, help="from the start to the published model; default 10"
    )
    _add_set(atlas)
    _add_store(atlas)
    _add_export_options(atlas)
    atlas.add_argument(
        "--serve", metavar="COMMAND", type=_command, help="then start this service with the model"
    )


def _sweep(commands: Any) -> None:
    sweep = commands.add_parser(
        "sweep", help="fit a grid of beta, latent_dim and seed; go on with one"
    )
    _add_configuration(sweep)
    sweep.add_argument("--betas", type=float, nargs="+", default=[0.5, 1.0, 2.0, 4.0])
    sweep.add_argument("--latent-dims", type=int, nargs="+", default=[2, 8, 16])
    sweep.add_argument("--seeds", type=int, nargs="+", default=[0])
    sweep.add_argument("--run", type=_path, help="the sweep's folder; default runs/sweep-<name>")
    sweep.add_argument(
        "--ray", action="store_true", help="side by side on a Ray cluster (an extra)"
    )
    _add_store(sweep)


def _verify(commands: Any) -> None:
    verify = commands.add_parser("verify", help="check an exported model as a server would")
    verify.add_argument("model", help="name, or name@version")
    _add_store(verify)


def _review(commands: Any) -> None:
    review = commands.add_parser(
        "review", help="list a model's images that may be labelled wrong, double, strange or bad"
    )
    review.add_argument("model", type=_words, help="name, or name@version")
    review.add_argument(
        "--csv", type=_path, metavar="FILE", help="write there; default review-NAME-VERSION.csv"
    )
    review.add_argument("--top", type=_whole(0), default=10, metavar="N", help="print so many each")
    _add_store(review)


def _compare(commands: Any) -> None:
    compare = commands.add_parser("compare", help="run all strategies side by side")
    _add_configuration(compare)
    compare.add_argument("--steps", type=_whole(1), default=100)
    compare.add_argument("--run", type=_path, help="where to write; default runs/compare-<time>")


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=_path)
    parser.add_argument(
        "--data", type=_path, metavar="PATH", help="where its images lie now, if elsewhere"
    )
    parser.add_argument(
        "--checkpoint",
        choices=get_args(CheckpointName),
        default=DEFAULT_CHECKPOINT,
        help=f"which epoch's weights; default {DEFAULT_CHECKPOINT}: by the images held back if "
        "there are any, else by the training loss",
    )


def _add_configuration(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=_words,
        help="a name (digits-z2, mnist-z12, …) or a .toml or .json file; default digits-z2, or "
        "with --data what suits the images",
    )
    parser.add_argument("--data", type=_path, metavar="PATH", help="read the images from here")
    parser.add_argument(
        "--strict", action="store_true", help="refuse a broken image file instead of skipping it"
    )
    _add_set(parser)


def _add_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="change settings; fit --help lists them",
    )


def _add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--store",
        type=_words,
        default=default_store(),
        metavar="STORE",
        help="a folder, or s3://bucket/prefix; default $ATLAS_STORE, or models/exports",
    )


def _add_export_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--without-images",
        action="store_true",
        help="publish no image of the data: no thumbnails, no figure that shows one; the "
        "files' names and the columns of a metadata table are published",
    )
    parser.add_argument(
        "--items",
        choices=get_args(WhichItems),
        help="which images have a point on the map; default all of your own, and the test images "
        "of a data set that is known by name",
    )
    parser.add_argument(
        "--thumbnails",
        choices=get_args(ThumbnailSize),
        default="small",
        help="small: at most 64 pixels, the default; full: of the model's own size",
    )


def default_store() -> str:
    """Return the store of a command that names none."""
    return os.environ.get("ATLAS_STORE") or "models/exports"


def _words(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty; leave the option out, or give a value")
    return text


def _command(text: str) -> list[str]:
    try:
        return shlex.split(_words(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error


def _path(text: str) -> Path:
    if "\0" in text:
        raise argparse.ArgumentTypeError("a path has no null character")
    return Path(_words(text))


def _whole(least: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"{text!r}: give a whole number, at least {least}")
        return value

    return whole


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r}: give a number above 0")
    return value
