"""Requests drawn from the API's own description, against the real service: `schema CASES`."""

import sys
import time
from collections import Counter
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from benchmarks.report import verdict
from tests.openapi_checks import CHECKS
from tests.service_process import BUNDLED_MODELS, ServiceProcess


def main() -> int:
    """Share the cases out among the operations; a failed check ends the run with its request."""
    wanted, seen, started = int(sys.argv[1]), Counter[int](), time.monotonic()
    with ServiceProcess(BUNDLED_MODELS) as served:
        schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{served.port}/openapi.json")
        operations = [
            result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)
        ]
        for operation in operations:

            @settings(
                max_examples=-(-wanted // len(operations)),
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def fits(case: Any) -> None:
                seen[case.call_and_validate(checks=CHECKS).status_code // 100] += 1

            fits()
        alive = served.process.poll() is None
    statuses = ", ".join(f"{n} {kind}xx" for kind, n in sorted(seen.items()))
    took = time.monotonic() - started
    text = f"schema: {seen.total()} cases of {len(operations)} operations: {statuses}; {took:.0f} s"
    return verdict(alive and not seen[5], text)


if __name__ == "__main__":
    sys.exit(main())
