"""What a good client feels while another sends the whole hostile corpus, again and again."""

import asyncio
import multiprocessing
import sys
import time

from benchmarks.service.harness import ROOT, Client, Served, latents, percentile, verdict
from tests.hostile.corpus import corpus
from tests.hostile.sending import send

PATH, BODY = "/v1/models/mnist-z2/decode", latents([0.5, -0.5])
SECONDS, PAUSE = 20.0, 0.005


def attack(port: int) -> None:
    """Send the corpus until killed; an answer that takes its time is not waited for longer."""
    cases = [case for _, case in corpus()]
    while True:
        for case in cases:
            send(port, case.wire)


async def feel(port: int) -> list[float]:
    """Return the seconds of decodes, one after the other."""
    client, found = Client(port), list[float]()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        answer = await client.ask("POST", PATH, BODY)
        assert answer.status == 200
        found.append(answer.seconds)
        await asyncio.sleep(PAUSE)
    client.close()
    return found


def main() -> int:
    """Compare the 99th percentile alone and beside the attack."""
    with Served(ROOT / "models" / "exports", body_seconds=1) as served:
        asyncio.run(feel(served.port))
        before = percentile(asyncio.run(feel(served.port)), 0.99)
        attacker = multiprocessing.Process(target=attack, args=(served.port,), daemon=True)
        attacker.start()
        beside = asyncio.run(feel(served.port))
        attacker.kill()
        during = percentile(beside, 0.99)
        text = (
            f"neighbours: decode p99 {before:.1f} ms alone, {during:.1f} ms beside the corpus "
            f"({during / before:.1f} x), slowest {percentile(beside, 1):.0f} ms; none failed"
        )
        return verdict(during < 2 * before, text)


if __name__ == "__main__":
    sys.exit(main())
