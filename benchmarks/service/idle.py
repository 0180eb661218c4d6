"""What a service costs that nobody asks: CPU of one core, and memory."""

import sys
import time

from benchmarks.service.harness import Served, store_argument, verdict

SECONDS = 20

if __name__ == "__main__":
    with Served(store_argument()) as served:
        time.sleep(2)
        before = served.cpu_seconds
        time.sleep(SECONDS)
        share = (served.cpu_seconds - before) / SECONDS
        text = f"idle: {share:.2%} of a core, {served.memory:.0f} MiB"
        sys.exit(verdict(share <= 0.005, text))
