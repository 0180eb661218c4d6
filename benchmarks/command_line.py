"""What most benchmarks are run with: `[--store DIR]`; the exit code is the verdict."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn

from tests.service_process import BUNDLED_MODELS, ServiceProcess


def store_argument() -> Path:
    """Read `--store` from the command line: the bundled models unless it is given."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", type=Path, default=BUNDLED_MODELS)
    store: Path = parser.parse_args().store.resolve()
    return store


def measure_and_exit(
    measure: Callable[[ServiceProcess], Awaitable[int]], **settings: Any
) -> NoReturn:
    """Start the service over the store, measure, and exit with the verdict's code."""

    async def measured(service: ServiceProcess) -> int:
        return await measure(service)

    with ServiceProcess(store_argument(), **settings) as service:
        sys.exit(asyncio.run(measured(service)))
