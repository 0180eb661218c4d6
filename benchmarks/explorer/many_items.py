"""Frame rates with 70,000 and 1,000,000 items on the map, by WebGL2 and without."""

import io
import itertools
import json
import sys

import numpy as np
from playwright.sync_api import Route

from benchmarks.explorer.page import Stage, stage
from benchmarks.report import percentile, verdict

COUNTS, SECONDS = (70_000, 1_000_000), 5
# What draws, and its target in frames a second: the page's own choice is Canvas2D where WebGL2 is
# computed by the processor, so that WebGL2 there has no target.
TARGETS = {"": 50, "2d": 20, "webgl2": 0}
# The map is moved by two fingers' wheel events, one a frame, so that every frame draws all items.
MOVE = """(seconds) => new Promise((resolve) => {
    const map = document.getElementById("map");
    const frames = [];
    const step = (time) => {
        frames.push(time);
        if (time - frames[0] > 1000 * seconds) return resolve(frames);
        const turn = (time - frames[0]) / 300;
        const by = { deltaX: 4 * Math.cos(turn) + 0.1, deltaY: 4 * Math.sin(turn) };
        map.dispatchEvent(new WheelEvent("wheel", { ...by, bubbles: true, cancelable: true }));
        requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
})"""
RENDERER = """() => {
    const gl = document.createElement("canvas").getContext("webgl2");
    return gl.getParameter(gl.getExtension("WEBGL_debug_renderer_info").UNMASKED_RENDERER_WEBGL);
}"""


def make_items(count: int) -> bytes:
    """Make items of ten classes in the binary form of docs/api.md."""
    random = np.random.default_rng(0)
    label = random.integers(0, 10, count).astype(np.uint8)
    centre = random.normal(0, 1.2, (10, 2))[label]
    x, y = (centre + random.normal(0, 0.5, (count, 2))).T
    heads: list[dict[str, str | float]] = [{"name": "label", "dtype": "uint8"}]
    out = io.BytesIO(label.tobytes())
    out.seek(0, io.SEEK_END)
    rest = {"reconstruction": random.gamma(9, 9, count), "kl": random.gamma(9, 1, count)}
    for name, values in {"x": x, "y": y, **rest, "norm": np.hypot(x, y)}.items():
        low, high = float(values.min()), float(values.max())
        heads.append({"name": name, "dtype": "uint16", "min": low, "max": high})
        out.write(np.rint((values - low) * 65535 / (high - low)).astype("<u2").tobytes())
    head = json.dumps({"n": count, "total": count, "plane": "dims-0-1", "columns": heads}).encode()
    return len(head).to_bytes(4, "little") + head + out.getvalue()


def measure(on: Stage, renderer: str, count: int, body: bytes) -> int:
    """Move the map in a circle."""
    atlas = on.atlas()

    def answer(route: Route) -> None:
        route.fulfill(body=body, content_type="application/octet-stream")

    atlas.page.route("**/points?*", answer)
    atlas.open(f"#model=mnist-z2&renderer={renderer}")
    canvas = "document.querySelector('.layer-items')"
    drawn = "Canvas2D" if atlas.page.evaluate(f"!!{canvas}.getContext('2d')") else "WebGL2"
    frames = atlas.page.evaluate(MOVE, SECONDS)
    gaps = [b - a for a, b in itertools.pairwise(frames)]
    rate = 1000 * len(gaps) / (frames[-1] - frames[0])
    by = atlas.page.evaluate(RENDERER) if drawn == "WebGL2" else "the processor"
    text = (
        f"{count:,} items, {drawn}{'' if renderer else ', the page’s own choice'}: {rate:.0f} "
        f"frames a second (target {TARGETS[renderer] or 'none'}), "
        f"gap p95 {percentile(gaps, 0.95):.0f} ms; by {by}"
    )
    return verdict(rate >= TARGETS[renderer], text)


if __name__ == "__main__":
    with stage() as opened:
        results = [
            measure(opened, renderer, count, make_items(count))
            for count in COUNTS
            for renderer in TARGETS
        ]
        sys.exit(max(results))
