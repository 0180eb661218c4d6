"""`make atlas` on folders of different kinds: what it chooses, how long it takes, how good it is.

    python -m benchmarks.training.six_folders --emoji FOLDER [--minutes 10] [--only NAME …]

The folders are made below `--folders` if they are not there; `example_folders.py` says of what.
Each is given to `python -m training atlas`, which publishes into `--folders`/store. With a browser
(CHROMIUM), a picture of each map is saved beside it: look at them.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks.explorer.page import stage
from benchmarks.report import machine, table
from benchmarks.training.example_folders import KINDS, add_sources, make_folders
from models.open_store import open_store
from tests.service_process import ROOT

CHOSEN: Final = ("images", "likelihood", "latent", "training")  # lines that say what was chosen
HEADS: Final = ("folder", "chosen", "minutes", "PSNR, dB", "SSIM", "edge energy")


def main() -> None:
    """Train on each folder, print the table, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folders", type=Path, default=ROOT / "runs" / "six-folders")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS)
    add_sources(parser)
    options = parser.parse_args()
    chosen = make_folders(options.folders.absolute(), options, options.only)
    work = options.folders.absolute() / "maps"
    work.mkdir(exist_ok=True)
    rows = [row(path, options.minutes, work) for path in chosen]
    print(f"{table(HEADS, rows)}\n\nMeasured on {machine()}.", flush=True)
    if os.environ.get("CHROMIUM"):
        take_pictures([path.name for path in chosen], work)


def row(images: Path, minutes: float, work: Path) -> list[str]:
    """Make a map of a folder and return its row of the table."""
    command = [sys.executable, "-m", "training", "atlas", str(images), "--minutes", str(minutes)]
    command += ["--name", images.name, "--store", str(work / "store")]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    began = time.monotonic()
    with (work / f"{images.name}.log").open("w+") as log:
        subprocess.run(command, cwd=work, env=env, stdout=log, stderr=log, check=True)
        log.seek(0)
        said = log.read()
    took = (time.monotonic() - began) / 60
    store = open_store(str(work / "store"))
    metrics = store.manifest(store.resolve(images.name)).metrics
    keys = {"psnr": 1, "ssim": 2, "edge_energy_ratio": 2}
    figures = [f"{metrics[key]:.{digits}f}" for key, digits in keys.items() if key in metrics]
    return [images.name, what_was_chosen(said), f"{took:.1f}", *figures]


def what_was_chosen(said: str) -> str:
    """Return what `atlas` said of its choice, in one line."""
    lines = (re.search(rf"^  {word} +(.*)$", said, re.MULTILINE) for word in CHOSEN)
    return "; ".join(line[1] for line in lines if line)


def take_pictures(names: list[str], work: Path) -> None:
    """Save what a browser shows of each map."""
    with stage(work / "store") as on:
        for name in names:
            atlas = on.atlas()
            atlas.open(f"#model={name}")
            atlas.page.wait_for_load_state("networkidle")
            atlas.page.screenshot(path=work / f"{name}.png")
            print(f"{work / name}.png")


if __name__ == "__main__":
    main()
