"""`python -m training COMMAND`: fit, evaluate, report, export, verify, compare, sweep."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from models.errors import StoreError
from training.errors import TrainingError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0; 2 for a mistake that the message explains; 130 when the user stopped a run.
    """
    options = _parser().parse_args(arguments)
    commands = _import_quietly("training.commands")
    try:
        getattr(commands, f"run_{options.command}")(options)
    except (TrainingError, StoreError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a folder that may not be written
        print(f"training: {error.filename or 'writing'}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stopped:
        print(f"training: {stopped or 'stopped'}", file=sys.stderr)
        return 130
    return 0


def _import_quietly(module: str) -> ModuleType:
    """Import what imports TensorFlow without the notes that its C++ writes to descriptor 2."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        return importlib.import_module(module)
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    _add_fit(commands)
    evaluate = commands.add_parser("evaluate", help="measure a run on its test images")
    evaluate.add_argument("run", type=Path)
    evaluate.add_argument("--nll-samples", type=int, default=0, metavar="K", help="0: no NLL")

    report = commands.add_parser("report", help="draw a run: curves, reconstructions, latent space")
    report.add_argument("run", type=Path)

    atlas = commands.add_parser("atlas", help="from a folder of images to a model in the store")
    atlas.add_argument("images", type=Path)
    atlas.add_argument("--name", help="the model's name; default the folder's")
    atlas.add_argument("--latent-dim", type=int, default=2, help="default 2: the map is z itself")
    atlas.add_argument("--minutes", type=float, default=10, help="about how long to train")
    _add_store(atlas)

    export = commands.add_parser("export", help="publish a run as the next version of its model")
    export.add_argument("run", type=Path)
    _add_store(export)
    export.add_argument("--without-images", action="store_true", help="publish no test image")

    _add_sweep(commands)
    verify = commands.add_parser("verify", help="check an exported model as a server would")
    verify.add_argument("model", help="name, or name@version")
    _add_store(verify)

    compare = commands.add_parser("compare", help="run all strategies side by side")
    _add_configuration(compare)
    compare.add_argument("--steps", type=int, default=100)
    compare.add_argument("--run", type=Path, help="where to write; default runs/compare-<time>")
    return parser


def _add_fit(commands: Any) -> None:
    fit = commands.add_parser("fit", help="train a run, or go on with one")
    _add_configuration(fit)
    fit.add_argument("--run", type=Path, help="the run's folder; default runs/<name>-<number>")
    fit.add_argument("--resume", type=Path, metavar="RUN", help="go on with a run")
    fit.add_argument(
        "--dry-run", action="store_true", help="say what it would do, and what it costs"
    )

    fit.add_argument(
        "--distribute",
        choices=("mirrored", "workers"),
        help="share each batch among this machine's GPUs, or the processes of TF_CONFIG",
    )


def _add_sweep(commands: Any) -> None:
    sweep = commands.add_parser(
        "sweep", help="fit a grid of beta, latent_dim and seed; go on with one"
    )
    _add_configuration(sweep)
    sweep.add_argument("--betas", type=float, nargs="+", default=[0.5, 1.0, 2.0, 4.0])
    sweep.add_argument("--latent-dims", type=int, nargs="+", default=[2, 8, 16])
    sweep.add_argument("--seeds", type=int, nargs="+", default=[0])
    sweep.add_argument("--run", type=Path, help="the sweep's folder; default runs/sweep-<name>")
    sweep.add_argument(
        "--ray", action="store_true", help="side by side on a Ray cluster (an extra)"
    )
    _add_store(sweep)


def _add_configuration(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", help="a name (digits-z2, mnist-z12, …) or a file; default digits-z2"
    )
    parser.add_argument("--data", type=Path, metavar="PATH", help="read the images from here")
    parser.add_argument(
        "--strict", action="store_true", help="refuse a broken image file instead of skipping it"
    )
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="change settings")


def _add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--store",
        default=os.environ.get("ATLAS_STORE", "models/exports"),
        metavar="STORE",
        help="a folder, or s3://bucket/prefix; default $ATLAS_STORE, or models/exports",
    )


if __name__ == "__main__":
    sys.exit(main())
