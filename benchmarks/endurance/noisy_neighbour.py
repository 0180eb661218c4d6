"""What a good client feels while another sends all hostile requests, again and again.

Two cores are shared with the one who sends: what a busy but good client would cost is told beside.
"""

import asyncio
import multiprocessing
import sys
import time

from benchmarks.http_client import Client, latents
from benchmarks.report import percentile, verdict
from tests.hostile.attack import request
from tests.hostile.corpus import corpus
from tests.hostile.raw_http import send
from tests.service_process import BUNDLED_MODELS, ServiceProcess

PATH, BODY = "/v1/models/mnist-z2/decode", latents([0.5, -0.5])
SECONDS, PAUSE = 20.0, 0.005


def attack(port: int, hostile: bool) -> None:
    """Send the corpus, or good decodes as fast as they are answered, until killed."""
    good = request("POST", PATH, BODY, content_type="application/json")
    wires = [case.wire for _, case in corpus()] if hostile else [(good,)]
    while True:
        for wire in wires:
            send(port, wire)


def beside(port: int, *, hostile: bool) -> list[float]:
    """Return what a good client feels beside another."""
    attacker = multiprocessing.Process(target=attack, args=(port, hostile), daemon=True)
    attacker.start()
    try:
        return asyncio.run(feel(port))
    finally:
        attacker.kill()


async def feel(port: int) -> list[float]:
    """Return the seconds of decodes, one after the other."""
    client, found = Client(port), list[float]()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        answer = await client.ask("POST", PATH, BODY)
        assert answer.status == 200
        found.append(answer.ms)
        await asyncio.sleep(PAUSE)
    client.close()
    return found


def main() -> int:
    """Compare the 99th percentile alone and beside the attack."""
    with ServiceProcess(BUNDLED_MODELS, body_seconds=1) as served:
        asyncio.run(feel(served.port))
        before = percentile(asyncio.run(feel(served.port)), 0.99)
        good = percentile(beside(served.port, hostile=False), 0.99)
        attacked = beside(served.port, hostile=True)
        during = percentile(attacked, 0.99)
        text = (
            f"neighbours: decode p99 {before:.1f} ms alone, {good:.1f} ms beside a good client, "
            f"{during:.1f} ms beside the corpus ({during / before:.1f} x), "
            f"slowest {percentile(attacked, 1):.0f} ms; none failed"
        )
        return verdict(during < 2 * before, text)


if __name__ == "__main__":
    sys.exit(main())
