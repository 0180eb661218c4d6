"""The whole corpus, class by class."""

from collections.abc import Iterator

from tests.hostile import (
    bad_http,
    bad_images,
    bad_items,
    bad_json,
    bad_multipart,
    bad_npy,
    bad_paths,
    bad_sizes,
)
from tests.hostile.attack import Case

CLASSES = {
    "json": bad_json,
    "items": bad_items,
    "images": bad_images,
    "npy": bad_npy,
    "multipart": bad_multipart,
    "http": bad_http,
    "paths": bad_paths,
    "sizes": bad_sizes,
}


def corpus() -> Iterator[tuple[str, Case]]:
    """Yield every attack with its class's name."""
    for name, module in CLASSES.items():
        for case in module.cases():
            yield name, case
