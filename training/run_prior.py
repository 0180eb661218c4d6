"""The prior of a run: fitted once for the weights that are measured, and kept in its folder."""

import io
import zipfile

import numpy as np

from models.manifest import PRIOR_FILE, PriorKind
from training.batches import evaluation_batches
from training.config import DEFAULT_PRIOR
from training.fit_prior import FITTED, Fitted, Posteriors, fit_prior
from training.networks import Networks
from training.runs import Run, write_atomically


def prior_of_run(run: Run, networks: Networks, step: int, kind: PriorKind | None = None) -> Fitted:
    """Return the prior of a run's weights; it is fitted now if it has not been.

    The prior that the networks were trained with stays theirs.

    Args:
        run: The run; its training images are encoded.
        networks: Its networks, with the weights of a checkpoint.
        step: Steps behind these weights.
        kind: Of a fitted prior; by itself that which is there, or the default.
    """
    trained, _ = run.splits
    if networks.prior is not None:
        return Fitted(networks.prior.kind, networks.prior.arrays(), len(trained), True)
    found = _read(run)
    if found and found[0] == step and kind in (None, found[1].kind):
        return found[1]
    batches = evaluation_batches(run.config, trained.some(FITTED), len(run.provenance.labels))
    encoded = [[np.asarray(part) for part in networks.encode(inputs)] for inputs in batches]
    posteriors = Posteriors(*(np.concatenate(parts) for parts in zip(*encoded, strict=True)))
    fitted = fit_prior(posteriors, kind or DEFAULT_PRIOR, run.config.seed)
    _write(run, step, fitted)
    return fitted


def _write(run: Run, step: int, fitted: Fitted) -> None:
    content = io.BytesIO()
    about = {"step": step, "kind": fitted.kind, "items": fitted.items}
    np.savez_compressed(content, **about, **fitted.arrays)  # type: ignore[arg-type]
    write_atomically(run.folder / PRIOR_FILE, content.getvalue())


def _read(run: Run) -> tuple[int, Fitted] | None:
    """Return the prior that is there and the steps behind it, if it can be read."""
    try:
        with np.load(run.folder / PRIOR_FILE, allow_pickle=False) as saved:
            arrays = dict(saved.items())
        kind, items = str(arrays.pop("kind")), int(arrays.pop("items"))
        step = int(arrays.pop("step"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return step, Fitted("flow" if kind == "flow" else "mixture", arrays, items)
