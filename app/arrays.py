"""The type of an array."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
