"""A drag of five seconds: from the input to its pixels, decodes a second, requests in flight."""

import json
import sys
import time

from benchmarks.explorer.page import Stage, stage
from benchmarks.report import percentile, verdict
from tests.browser.requests_in_flight import flights

SECONDS, PACE = 5.0, 1 / 60  # of the drag; between two moves of the pointer
MODELS = ("mnist-z2", "mnist-z12")
# Every input is timed until the first frame whose picture was asked for after it: so also one
# that was overtaken, by the picture of the newer.
WATCH = """
window.inputs = []; window.asked = new Map(); window.painted = [];
addEventListener("pointermove", (event) => inputs.push(event.timeStamp), true);
const name = (z) => z.map(Math.fround).join();
const plain = window.fetch;
window.fetch = (address, init) => {
  if (String(address).endsWith("/decode")) {
    asked.set(name(JSON.parse(init.body).z[0]), inputs.length);
  }
  return plain(address, init);
};
window.watchPicture = () => {
  const picture = document.querySelector(".panel .picture");
  const after = new MessageChannel();
  const due = [];
  after.port1.onmessage = () => painted.push([due.shift(), performance.now()]);
  new MutationObserver(() => {
    const upTo = asked.get(name(picture.dataset.z.split(",").map(Number)));
    requestAnimationFrame(() => { due.push(upTo); after.port2.postMessage(0); });
  }).observe(picture, { attributeFilter: ["data-z"] });
};
"""
LATENCIES = """() => {
    const out = [];
    let k = 0;
    inputs.forEach((time, i) => {
        while (k < painted.length && painted[k][0] < i + 1) k += 1;
        if (k < painted.length) out.push(painted[k][1] - time);
    });
    return out;
}"""
CHECK = """async (model) => {
    dispatchEvent(new Event("pagehide"));
    const { readAddress } = await import("./static/data/state.js");
    const { Model, toImageData } = await import("./static/data/api_client.js");
    const z = Array.from(readAddress(location.hash).z);
    const info = await (await fetch(`v1/models/${model}`)).json();
    const wanted = toImageData(await new Model(info).decode([z])).data;
    const canvas = document.querySelector(".panel .picture");
    const shown = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return shown.every((value, i) => value === wanted[i]);
}"""


def measure(on: Stage, model: str) -> int:
    """Drag the point's ring along a spiral."""
    atlas = on.atlas(WATCH).open(f"#model={model}")
    page = atlas.page
    page.locator(".panel .picture[data-z]").wait_for()
    most = flights(page)
    chart = json.loads(on.served.get(f"/v1/models/{model}"))["manifest"]["chart"]
    x, y = atlas.place(*(chart["home"] if chart else (0, 0)))  # where the point begins
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("watchPicture(); inputs.length = 0; asked.clear()")
    started = time.perf_counter()
    k = 0
    while (passed := time.perf_counter() - started) < SECONDS:
        k += 1
        across, up = 30 * passed * (-1) ** (k // 90), 60 * passed * ((k % 90) / 90 - 0.5)
        page.mouse.move(x + across, y + up)
        time.sleep(max(0, started + k * PACE - time.perf_counter()))
    page.mouse.up()
    page.wait_for_timeout(500)
    latencies = page.evaluate(LATENCIES)
    images = page.evaluate("new Set(painted.map(([upTo]) => upTo)).size") / SECONDS
    last = page.evaluate(CHECK, model)
    p95 = percentile(latencies, 0.95)
    text = (
        f"drag, {model}: input to pixels p50 {percentile(latencies, 0.5):.0f}, p95 {p95:.0f} ms "
        f"(target 100) of {len(latencies)} inputs; {images:.1f} images a second (target 20); "
        f"{most()} in flight (target 2); the last is {'' if last else 'NOT '}that of the last z"
    )
    return verdict(p95 <= 100 and images >= 20 and most() <= 2 and last, text)


if __name__ == "__main__":
    with stage() as opened:
        sys.exit(max([measure(opened, model) for model in MODELS]))
