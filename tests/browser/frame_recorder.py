"""What a page shows frame by frame; the tests and the benchmarks look at it."""

# A place is blank when neither the map's pictures nor the veil over the sea are opaque there:
# 24 × 16 are looked at in each frame. `longTasks` are those over 50 ms.
WATCH_FRAMES = """() => {
    window.frames = []; window.blank = []; window.longTasks = [];
    new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((e) => e.duration)))
        .observe({ type: "longtask" });
    const small = new OffscreenCanvas(24, 16).getContext("2d", { willReadFrequently: true });
    small.imageSmoothingEnabled = false;
    const layers = document.querySelectorAll(".layer-base, .layer-veil");
    const look = (time) => {
        small.clearRect(0, 0, 24, 16);
        for (const canvas of layers) small.drawImage(canvas, 0, 0, 24, 16);
        const { data } = small.getImageData(0, 0, 24, 16);
        let empty = 0;
        for (let k = 3; k < data.length; k += 4) empty += data[k] < 255;
        frames.push(time); blank.push(empty);
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""
