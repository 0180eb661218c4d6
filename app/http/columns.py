"""Columns of the encoded data set in the binary form that docs/api.md describes."""

import json
from typing import Any, Final

import numpy as np

from app.arrays import Array

NO_LABEL: Final = 255
LEVELS: Final = 65535


def write_columns(columns: dict[str, Array], plane: str) -> bytes:
    """Write columns: a JSON header, then one column after the other."""
    n = len(next(iter(columns.values())))
    heads: list[dict[str, Any]] = []
    bodies = []
    for name, values in columns.items():
        if name == "label":
            heads.append({"name": name, "dtype": "uint8"})
            bodies.append(np.where(values < 0, NO_LABEL, values).astype(np.uint8))
        else:
            low, high = (float(values.min()), float(values.max())) if n else (0.0, 0.0)
            heads.append({"name": name, "dtype": "uint16", "min": low, "max": high})
            scaled = (values - low) * (LEVELS / ((high - low) or 1))
            bodies.append(np.rint(scaled).astype("<u2"))
    head = json.dumps({"n": n, "total": n, "plane": plane, "columns": heads}).encode()
    head += b" " * (-len(head) % 4)
    return len(head).to_bytes(4, "little") + head + b"".join(map(bytes, bodies))
