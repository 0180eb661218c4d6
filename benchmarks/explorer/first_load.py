"""What the first load weighs, and how many requests come before the map shows."""

import sys

from playwright.sync_api import Request

from benchmarks.explorer.page import Stage, stage
from benchmarks.report import verdict

MOST_BYTES, MOST_REQUESTS = 60 * 1024, 12
BEFORE_MAP = """() => {
    const shown = performance.getEntriesByName("map-shown")[0].startTime;
    const all = performance.getEntriesByType("resource");
    return [1 + all.filter((entry) => entry.startTime < shown).length, shown];
}"""


def measure(on: Stage) -> int:
    """Open the page and count."""
    atlas = on.atlas()
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)  # Playwright takes no method of a built-in

    atlas.page.on("requestfinished", note)
    atlas.open()
    before, shown = atlas.page.evaluate(BEFORE_MAP)
    sent = [r for r in requests if r.url.startswith(atlas.url)]
    own = [r for r in sent if "/v1/" not in r.url]
    weight = sum(r.sizes()["responseBodySize"] for r in own)
    data = sum(r.sizes()["responseBodySize"] for r in sent) - weight
    text = (
        f"first load: {len(own)} files of {weight / 1024:.1f} KB in all (target 60) beside "
        f"{data / 1024:.0f} KB of data; {before} requests before the map (target 12), "
        f"which shows after {shown:.0f} ms"
    )
    return verdict(weight <= MOST_BYTES and before <= MOST_REQUESTS, text)


if __name__ == "__main__":
    with stage() as opened:
        sys.exit(measure(opened))
