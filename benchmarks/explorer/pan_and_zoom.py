"""Ten seconds of pan and zoom: frames a second, blank places in any frame, long tasks."""

import itertools
import sys
import time

from playwright.sync_api import Page

from benchmarks.explorer.page import Stage, stage
from benchmarks.report import percentile, verdict
from tests.browser.frame_recorder import WATCH_FRAMES

SECONDS, PACE = 10.0, 1 / 60
MODELS = ("mnist-z2", "mnist-z12")


def wander(page: Page) -> None:
    """Drag the map about and turn the wheel in and out, without a rest."""
    box = page.locator("#map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    started = time.perf_counter()
    k = 0
    while time.perf_counter() - started < SECONDS:
        if k % 120 == 0:
            page.mouse.move(x + 60, y + 60)
            page.mouse.down()
        step = k % 120
        if step < 60:
            page.mouse.move(x + 60 - 6 * step * (-1) ** (k // 120), y + 60 - 3 * step)
        elif step == 60:
            page.mouse.up()
        elif step % 4 == 0:
            page.mouse.wheel(0, -40 if k % 720 < 480 else 80)
        k += 1
        time.sleep(max(0, started + k * PACE - time.perf_counter()))


def measure(on: Stage, model: str) -> int:
    """Wander from the first view on, over places that nobody has asked for yet."""
    atlas = on.atlas().open(f"#model={model}")
    atlas.page.evaluate(WATCH_FRAMES)
    wander(atlas.page)
    frames, blank, long_tasks = atlas.page.evaluate("[frames, blank, longTasks]")
    gaps = [b - a for a, b in itertools.pairwise(frames)]
    empty = sum(places > 0 for places in blank)
    text = (
        f"pan and zoom, {model}: {len(frames) / SECONDS:.0f} frames a second, the gap between two "
        f"p95 {percentile(gaps, 0.95):.0f}, most {max(gaps):.0f} ms; {empty} of {len(frames)} with "
        f"a blank place, at most {max(blank)} of 384 (target 0); {len(long_tasks)} tasks over "
        f"50 ms, the longest {max(long_tasks, default=0):.0f} ms (target 0)"
    )
    return verdict(not empty and not long_tasks, text)


if __name__ == "__main__":
    with stage() as opened:
        sys.exit(max([measure(opened, model) for model in MODELS]))
