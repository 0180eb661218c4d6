"""Open the store at an address: a folder, or an object store behind a URL."""

import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from models.errors import StoreError
from models.objects import ObjectStore
from models.store import Store

EXTRAS: Final = {"s3": "objects", "gs": "objects-gs"}  # what each scheme needs, by group


def open_store(location: str, copies: Path | None = None) -> Store:
    """Open a folder (a path or `file:///path`), or an object store (`s3://bucket/prefix`, `gs://`).

    Args:
        location: The path or URL.
        copies: Where an object store's versions are copied to; None: the user's cache folder.

    Raises:
        StoreError: The URL is of another kind, or what its scheme needs is not installed.
    """
    scheme, is_url, rest = location.partition("://")
    if not is_url:
        return Store(Path(location))
    bucket = rest.partition("/")[0]
    if scheme == "file" and not bucket:
        return Store(Path(unquote(rest)))
    if scheme not in EXTRAS or not bucket:
        known = "a path, file:///path, s3://bucket/prefix or gs://bucket/prefix"
        raise StoreError(f"a store is {known}, not {scheme + '://' + rest.rpartition('@')[2]!r}")
    if "@" in bucket:
        raise StoreError(f"{scheme}://…@… holds credentials; leave them to the environment")
    return ObjectStore(location.rstrip("/"), _filesystem(scheme, location), copies or _cache())


def _filesystem(scheme: str, location: str) -> Any:
    try:
        import fsspec  # noqa: PLC0415  an extra

        return fsspec.filesystem(scheme, use_listings_cache=False, skip_instance_cache=True)
    except ImportError as error:
        extra = EXTRAS[scheme]
        how = f"install requirements/{extra}.txt, or add EXTRAS={extra} to make"
        raise StoreError(f"{location} needs a library that is not installed: {how}") from error


def _cache() -> Path:
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vae-atlas"
    except RuntimeError as error:
        message = "there is no home folder to copy models to; set XDG_CACHE_HOME to a folder"
        raise StoreError(message) from error
