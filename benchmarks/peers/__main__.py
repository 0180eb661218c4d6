"""This service beside its peers, on the same model, work and machine, in interleaved rounds.

    benchmarks/peers/environment          # once: an environment for each peer
    python -m benchmarks.peers [--only SERVER …] [--rounds 5] [--seconds 3] [--budget 400] [--write]

A round starts one server, loads it and stops it. Rounds that are on disk (runs/peers) are kept, so
the command can be given again until all are there; `--fresh` forgets them.
"""

import argparse
import json
import signal
import sys
from typing import Any

from benchmarks.peers.engines_alone import engines
from benchmarks.peers.measure import answers, measure
from benchmarks.peers.servers import SERVERS
from benchmarks.peers.tables import tables
from benchmarks.report import write_section
from benchmarks.rounds import add_options, run_rounds
from tests.service_process import ROOT


def main() -> None:
    """Measure what is missing, then print the tables."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # end the server too
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser, SERVERS, ROOT / "runs" / "peers")
    parser.add_argument("--seconds", type=int, default=3, help="of each load")
    parser.add_argument("--set", nargs="*", default=[], help="threads=2 batch=8 wait=5 of a peer")
    options = parser.parse_args()
    expected = answers(SERVERS["ours"])
    variant = dict(pair.split("=") for pair in options.set)

    def measured(name: str) -> dict[str, Any]:
        figures = measure(SERVERS[name], options.seconds, expected, variant)
        rates = ", ".join(f"{n}: {load['rate']:.0f}/s" for n, load in figures["decode"].items())
        print(f"{name}: decode {rates}; {figures['wrong']} wrong pictures", flush=True)
        return figures

    run_rounds(options, measured)
    file = options.results / "engine.json"
    if not file.exists():
        file.write_text(json.dumps(engines(), indent=1))
    text = tables(options.results)
    print(text)
    if options.write:
        write_section("peers", text)


if __name__ == "__main__":
    main()
