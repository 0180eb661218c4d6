"""What the first view moves until all of it is there, and whether it hides an item, by window size.

The models are named on the command line: `first_view [MODEL…] [--store DIR]`.
"""

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Request, ViewportSize

from benchmarks.explorer.page import Stage, stage
from benchmarks.report import verdict
from tests.service_process import BUNDLED_MODELS

MOST_BYTES = 3_000_000
SIZES: list[ViewportSize] = [
    {"width": 390, "height": 844},
    {"width": 1440, "height": 900},
    {"width": 2560, "height": 1440},
]


def measure(on: Stage, model: str, size: ViewportSize) -> int:
    """Open the page, look elsewhere, and press the button that shows everything."""
    atlas = on.atlas(size=size)
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)  # Playwright takes no method of a built-in

    atlas.page.on("requestfinished", note)
    atlas.open(f"#model={model}")
    atlas.page.wait_for_load_state("networkidle")
    weights = [(r.url, r.sizes()["responseBodySize"]) for r in requests]
    moved = sum(weight for _, weight in weights)
    tiles = [weight for url, weight in weights if "/tiles/" in url]
    hidden = [len(atlas.hidden_items())]
    atlas.page.locator("#map").press("+")
    atlas.page.get_by_role("button", name="Show everything").click()
    hidden.append(len(atlas.hidden_items()))
    text = (
        f"first view, {model}, {size['width']} × {size['height']}: {moved / 1e6:.2f} MB in all "
        f"(target 3), {len(tiles)} tiles of {sum(tiles) / 1e6:.2f} MB; items hidden: {hidden[0]}, "
        f"after “Show everything” {hidden[1]} (target 0)"
    )
    return verdict(moved <= MOST_BYTES and not any(hidden), text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=["mnist-z2", "mnist-z12"])
    parser.add_argument("--store", type=Path, default=BUNDLED_MODELS)
    options = parser.parse_args()
    with stage(options.store.resolve()) as opened:
        sys.exit(max([measure(opened, name, size) for name in options.models for size in SIZES]))
