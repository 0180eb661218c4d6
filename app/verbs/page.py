"""The explorer's files, as they lie in `app/static`."""

import functools
import hashlib
from pathlib import Path
from typing import Final

from isal import igzip

from app.answers import Answer
from app.caching import matches
from app.calls import Call
from app.errors import UnknownPath
from app.operations import Operation

ROOT: Final = Path(__file__).parent.parent / "static"
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}


async def index(call: Call) -> Answer:
    """Give the explorer's page."""
    return _file(call, "index.html")


async def asset(call: Call) -> Answer:
    """Give one of the page's files."""
    return _file(
        call, "/".join(call.path[name] for name in ("folder", "name") if name in call.path)
    )


def _file(call: Call, name: str) -> Answer:
    path = ROOT / name
    # Segments come from the router, which splits at slashes: only `..` could lead out.
    if ".." in name or "\0" in name or path.suffix not in TYPES or not path.is_file():
        raise UnknownPath(f"there is no file {name[:100]!r}")
    plain, packed, etag = _read(path, path.stat().st_mtime_ns)
    headers = [(b"etag", etag.encode()), (b"cache-control", b"no-cache")]
    if matches(call.headers.get(b"if-none-match", b""), etag):
        return Answer(b"", "", 304, headers)
    headers.append((b"vary", b"Accept-Encoding"))
    if b"gzip" in call.headers.get(b"accept-encoding", b"").lower():
        headers.append((b"content-encoding", b"gzip"))
        return Answer(packed, TYPES[path.suffix], headers=headers)
    return Answer(plain, TYPES[path.suffix], headers=headers)


@functools.lru_cache(maxsize=128)
def _read(path: Path, _changed: int) -> tuple[bytes, bytes, str]:
    """Read a file again when it has changed: its bytes, the same packed, a name for them."""
    plain = path.read_bytes()
    etag = f'"{hashlib.blake2b(plain, digest_size=12).hexdigest()}"'
    return plain, igzip.compress(plain, igzip._COMPRESS_LEVEL_BEST), etag  # noqa: SLF001


OPERATIONS: Final = tuple(
    Operation(
        id=f"page_{number}",
        method="GET",
        path=path,
        handler=index if path == "/" else asset,
        summary="The explorer.",
        answers=(),
        of_model=False,
        open=True,
    )
    for number, path in enumerate(("/", "/static/{name}", "/static/{folder}/{name}"))
)
