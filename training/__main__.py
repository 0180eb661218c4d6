"""`python -m training VERB`: fit, evaluate, export."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from models.errors import StoreError
from training.errors import TrainingError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb.

    Returns:
        0; 2 for a mistake that the message explains; 130 when the user stopped a run.
    """
    options = _parser().parse_args(arguments)
    _import_quietly()
    try:
        options.verb(options)
    except (TrainingError, StoreError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("training: stopped; go on with: python -m training fit --resume RUN", file=sys.stderr)
        return 130
    return 0


def _fit(options: argparse.Namespace) -> None:
    from training.config import load_config  # noqa: PLC0415
    from training.datasets import load_dataset  # noqa: PLC0415
    from training.fit import fit, resume  # noqa: PLC0415

    config = load_config(options.config, options.set) if options.config else None
    if options.resume:
        run = resume(options.resume, config)
    else:
        config = config or load_config("digits-z2", options.set)
        run = fit(config, options.data, load_dataset(config, options.data), options.run)
    print(f"fitted {run.folder}; next: python -m training export {run.folder}")


def _evaluate(options: argparse.Namespace) -> None:
    from training.evaluate import evaluate  # noqa: PLC0415
    from training.runs import open_run  # noqa: PLC0415

    evaluation = evaluate(open_run(options.run), options.nll_samples)
    print(f"{evaluation.test_items} test images, {evaluation.objective}; nats per image:")
    for key, value in evaluation.metrics.items():
        print(f"  {key:<24} {value:10.4f}")
    print(f"  active units {evaluation.active_units} of {len(evaluation.activity)}")


def _export(options: argparse.Namespace) -> None:
    from models.store import Store  # noqa: PLC0415
    from training.export import export  # noqa: PLC0415
    from training.runs import open_run  # noqa: PLC0415

    store = Store(options.store)
    model = export(open_run(options.run), store, with_images=not options.without_images)
    print(f"published {model} in {store.folder(model)}; next: make serve")


def _import_quietly() -> None:
    """Import TensorFlow without the notes that its C++ writes to descriptor 2, whatever is set."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        importlib.import_module("tensorflow")
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    fit = _verb(verbs, "fit", _fit, "train a run, or go on with one")
    fit.add_argument(
        "--config", help="a name (digits-z2, mnist-z2, …) or a file; default digits-z2"
    )
    fit.add_argument("--data", type=Path, metavar="PATH", help="read the images from here")
    fit.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="change settings")
    fit.add_argument("--run", type=Path, help="the run's folder; default runs/<name>-<number>")
    fit.add_argument("--resume", type=Path, metavar="RUN", help="go on with a run")

    evaluate = _verb(verbs, "evaluate", _evaluate, "measure a run on its test images")
    evaluate.add_argument("run", type=Path)
    evaluate.add_argument("--nll-samples", type=int, default=0, metavar="K", help="0: no NLL")

    export = _verb(verbs, "export", _export, "publish a run as the next version of its model")
    export.add_argument("run", type=Path)
    export.add_argument("--store", type=Path, default=Path("models/exports"))
    export.add_argument("--without-images", action="store_true", help="publish no test image")
    return parser


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    act: Callable[[argparse.Namespace], None],
    text: str,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=text, description=text)
    parser.set_defaults(verb=act)
    return parser


if __name__ == "__main__":
    sys.exit(main())
