"""Whether the thumbnail of an item on the map is that item's own, for 1,000, filtered or not."""

import random
import sys
from pathlib import Path

import numpy as np

from benchmarks.explorer.page import Stage, stage
from benchmarks.report import verdict
from tests.browser.explorer_page import Atlas
from tests.service_process import ROOT

MODEL, COUNT = "mnist-z2", 1000
HIDDEN = (1, 4, 7)
SCALE = 4000  # CSS pixels a unit: near items lie apart
REACH = 2.0 / SCALE  # items that are nearer than this to each other are one place to a pointer
# Goes to a place, points at its middle, and gives the thumbnail's id and red channel.
HOVER = """async ([fragment, a, b]) => {
    const frame = () => new Promise(requestAnimationFrame);
    location.hash = `${fragment}&view=${a},${b},SCALE`;
    const map = document.getElementById("map");
    const picture = document.querySelector(".card img");
    const box = map.getBoundingClientRect();
    const at = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
    const over = () => map.dispatchEvent(new PointerEvent("pointermove",
        { ...at, pointerType: "mouse", pointerId: 1, bubbles: true }));
    await frame();
    map.dispatchEvent(new PointerEvent("pointerleave", { pointerId: 1 }));
    over();
    await frame();
    await frame();
    if (picture.closest("[hidden]")) return [-1, []];
    const decoded = () => picture.decode().then(() => true, () => false); // not while it changes
    while (!(await decoded())) await frame();
    const { naturalWidth: width, naturalHeight: height } = picture;
    const context = new OffscreenCanvas(width, height).getContext("2d");
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    return [Number(picture.dataset.id), Array.from(data).filter((_, k) => k % 4 === 0)];
}""".replace("SCALE", str(SCALE))
DECODE = """async (z) => {
    const { Model } = await import("./static/data/api_client.js");
    const info = await (await fetch("v1/models/MODEL")).json();
    return Array.from((await new Model(info).decode(z)).pixels);
}""".replace("MODEL", MODEL)


def wrong(atlas: Atlas, fragment: str, ids: list[int], z: np.ndarray, shown: np.ndarray) -> int:
    """Count the thumbnails that are not the item's own decode, or are of another place."""
    bad = 0
    for start in range(0, len(ids), 100):
        part = ids[start : start + 100]
        expected = np.array(atlas.page.evaluate(DECODE, z[part].tolist())).reshape(len(part), -1)
        for i, pixels in zip(part, expected, strict=True):
            found, seen = atlas.page.evaluate(HOVER, [fragment, *z[i].tolist()])
            near = np.abs(z - z[i]).max(axis=1) < REACH
            same = found == i and np.array_equal(seen, pixels)
            bad += not (same or (found >= 0 and near[found] and shown[found] and found != i))
    return bad


def measure(on: Stage) -> int:
    """Hover random items, then again with some classes hidden."""
    file = np.load(Path(ROOT / "models/exports" / MODEL / "1/points.npz"))
    z, label = file["z_mean"], file["label"]
    pick = random.Random(0)
    visible = ~np.isin(label, HIDDEN)
    every = np.ones(len(z), bool)
    failures = []
    for shown, filtered in [(every, ""), (visible, f"&hidden={'.'.join(map(str, HIDDEN))}")]:
        fragment = f"model={MODEL}&layers=items&panel=image{filtered}"
        atlas = on.atlas().open(f"#{fragment}")
        ids = pick.sample(np.flatnonzero(shown).tolist(), COUNT)
        failures.append(wrong(atlas, fragment, ids, z, shown))
    text = (
        f"thumbnails: {failures[0]} of {COUNT} random items have a wrong one (target 0), "
        f"and {failures[1]} of {COUNT} with classes {HIDDEN} hidden (target 0)"
    )
    return verdict(not any(failures), text)


if __name__ == "__main__":
    with stage() as opened:
        sys.exit(measure(opened))
