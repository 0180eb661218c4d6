"""What colour images of 128 x 128 pixels cost: an epoch, memory, and a decode in the service.

`python -m benchmarks.training.large_images [--side 128]` trains `photo`, and the network that
`atlas` took before it, on noise, publishes both, and serves each with OpenVINO. Figures are for
1,000 images, and for 16 clients.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import orjson

from benchmarks.peers.servers import SERVERS, process
from benchmarks.peers.workload import Work, send
from benchmarks.report import machine, table
from tests.service_process import ROOT
from training.runs import open_run

IMAGES: Final = 1000
LATENT_DIM: Final = 64
CLIENTS: Final = 16
SECONDS: Final = 5
NETWORKS: Final = {
    "convolutional": (
        "network=convolutional", "activation=leaky_relu", "precision=float32", "average=0",
        "encoder_filters=[32,64,128,128]", "encoder_kernels=[4,4,4,4]",
        "encoder_strides=[2,2,2,2]", "decoder_filters=[128,64,32,16]",
        "decoder_kernels=[4,4,4,4,3]", "decoder_strides=[2,2,2,2,1]",
    ),
    "photo": ("slices=4",),
}  # fmt: skip
HEADS: Final = (
    "network", "seconds an epoch", "peak of training, MiB", "decode p50, ms", "images/s",
    "service, MiB",
)  # fmt: skip


def main() -> None:
    """Measure each network and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=128)
    side = parser.parse_args().side
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "noise.npz"
        shape = (IMAGES, side, side, 3)
        images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        np.savez(data, x_train=images, x_test=images[:64])
        for name, settings in NETWORKS.items():
            folder = Path(scratch) / name
            trained = train(folder, data, (*settings, f"image_size=[{side},{side}]"))
            rows.append([name, *trained, *serve(folder)])
            shutil.rmtree(folder)
    print(f"{table(HEADS, rows)}\n\nMeasured on {machine()}.")


def train(folder: Path, data: Path, settings: tuple[str, ...]) -> list[str]:
    """Train three epochs and publish; return the seconds of the last, and the peak of memory."""
    command = [sys.executable, "-m", "training", "fit", "--config", "photo", "--data", str(data)]
    command += ["--run", str(folder / "run"), "--set", "epochs=3", "validation_items=0", *settings]
    process_id = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL).pid
    _, status, used = os.wait4(process_id, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    export = [sys.executable, "-m", "training", "export", str(folder / "run")]
    export += ["--store", str(folder / "store")]
    subprocess.run(export, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    seconds = open_run(folder / "run").history()[-1]["seconds"]
    return [f"{seconds:.1f}", f"{used.ru_maxrss / 1024:,.0f}"]


def serve(folder: Path) -> list[str]:
    """Ask the service for decodes; return their median, how many a second, and its memory."""
    row = SERVERS["ours"]._replace(path="/v1/models/photo/{}")
    random = np.random.default_rng(1)
    bodies = tuple(
        orjson.dumps({"z": random.standard_normal((1, LATENT_DIM)).tolist()}) for _ in range(16)
    )
    work = Work("decode", "application/json", bodies, (CLIENTS,))
    with process(row, "decode", folder / "store") as server:
        server.first_answer(bodies[0], "application/json")
        send(work, server.url, CLIENTS, 1)
        load = send(work, server.url, CLIENTS, SECONDS)
        return [f"{load.p50:.0f}", f"{load.rate:,.0f}", f"{server.memory():,.0f}"]


if __name__ == "__main__":
    main()
