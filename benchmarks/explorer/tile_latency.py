"""How long the map's tiles take: computed, from the service's cache, from the browser's."""

import sys

from benchmarks.explorer.page import Stage, stage
from benchmarks.report import percentile, verdict
from tests.browser.explorer_page import Atlas

MODELS = ("mnist-z2", "mnist-z12")
VIEWS = [(0, 0, 64), (1, 1, 128), (-1, 0.5, 256), (0.4, -0.8, 512), (-0.5, -0.5, 1024)]
TIMES = """() => {
    const tiles = performance.getEntriesByType("resource").filter(
        (entry) => entry.name.includes("/tiles/") && entry.responseEnd);
    return tiles.map((entry) => entry.responseEnd - entry.startTime);
}"""


def look_around(atlas: Atlas, model: str) -> list[float]:
    """Visit the views as a person would, and return each tile's time from request to answer."""
    atlas.open(f"#model={model}&view=0,0,40")
    atlas.page.evaluate("performance.clearResourceTimings()")
    for a, b, scale in VIEWS:
        atlas.page.evaluate(f"location.hash = 'model={model}&view={a},{b},{scale}'")
        atlas.page.wait_for_timeout(50)
        atlas.settle()
        atlas.page.wait_for_load_state("networkidle")
    return list(atlas.page.evaluate(TIMES))


def measure(on: Stage, model: str) -> int:
    """Look around thrice: cold, with a new browser, with the same browser."""
    cold = look_around(on.atlas(), model)
    second = on.atlas()
    served = look_around(second, model)
    kept = look_around(second, model)
    p95 = [percentile(times, 0.95) for times in (cold, served, kept)]
    text = (
        f"tiles, {model}: {len(cold)} cold, p50 {percentile(cold, 0.5):.0f}, p95 {p95[0]:.0f} ms "
        f"(target 200); from the service's cache p95 {p95[1]:.1f} ms, "
        f"from the browser's p95 {p95[2]:.1f} ms (target 15)"
    )
    return verdict(p95[0] <= 200 and max(p95[1:]) <= 15, text)


if __name__ == "__main__":
    with stage() as opened:
        sys.exit(max([measure(opened, model) for model in MODELS]))
