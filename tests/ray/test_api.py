"""The API's own tests, unchanged, against Ray Serve: those that ask nothing but a client."""

import importlib
import inspect
from pathlib import Path
from typing import Any

API = Path(__file__).parents[1] / "api"
OTHERWISE = {  # what differs under Ray, and how
    "test_a_request_id_is_kept_or_made",  # its proxy repeats the id beside the service's
    "test_timings_and_metrics_say_what_happened",  # metrics are a replica's own
    "test_busy_verbs_take_the_short_way",  # looks into the process
}


def fixtures(test: Any) -> set[str]:
    """Return which fixtures a test asks for."""
    marks = getattr(test, "pytestmark", [])
    given = [mark.args[0] for mark in marks if mark.name == "parametrize"]
    names = {
        name for some in given for name in (some.split(",") if isinstance(some, str) else some)
    }
    return set(inspect.signature(test).parameters) - names


for file in sorted(API.glob("test_*.py")):
    for name, test in vars(importlib.import_module(f"tests.api.{file.stem}")).items():
        wanted = name.startswith("test_") and name not in OTHERWISE
        if wanted and fixtures(test) == {"client"}:
            globals()[f"{file.stem}_{name}"] = test
