"""Whether a lattice point has the same pixels at every zoom at which the map shows it."""

import sys

from benchmarks.explorer.page import Stage, stage
from benchmarks.report import verdict

MODELS = ("mnist-z2", "mnist-z12")
PLACES = [(0.0, 0.0), (1.0, -0.5), (-1.5, 0.75)]  # on the lattice from zoom 2 on
PIXELS = 28  # of an image's side: cells of 28 CSS pixels show them one to one
READ = """(side) => {
    const canvas = document.querySelector(".layer-base");
    const [x, y] = [canvas.width / 2 - side / 2, canvas.height / 2 - side / 2];
    // without the lines between the cells
    const { data } = canvas.getContext("2d").getImageData(x + 1, y + 1, side - 2, side - 2);
    return Array.from(data).filter((_, k) => k % 4 === 0).join();
}"""


def measure(on: Stage, model: str) -> int:
    """Look at each place at zooms 2 to 22 and compare what the screen shows."""
    atlas = on.atlas()
    seen: dict[tuple[float, float], set[str]] = {place: set() for place in PLACES}
    zooms = range(2, 23)
    for a, b in PLACES:
        atlas.open(f"#model={model}&layers=digits&view={a},{b},{PIXELS * 4}")
        for zoom in zooms:
            view = f"{a},{b},{PIXELS * 2**zoom}"
            atlas.page.evaluate(f"location.hash = 'model={model}&layers=digits&view={view}'")
            atlas.page.wait_for_timeout(30)
            atlas.settle()
            seen[a, b].add(atlas.page.evaluate(READ, PIXELS))
    kinds = [len(pictures) for pictures in seen.values()]
    text = (
        f"pixels, {model}: {len(PLACES)} lattice points at {len(zooms)} zooms each show "
        f"{', '.join(map(str, kinds))} pictures (target 1 each)"
    )
    return verdict(max(kinds) == 1, text)


if __name__ == "__main__":
    with stage() as opened:
        sys.exit(max([measure(opened, model) for model in MODELS]))
