"""Where the image files of a request come from: each is known by the name its sender gave it."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_to_bytes

from app.errors import InvalidRequest
from app.http.forms import Part

LONGEST_NAME: Final = 100
STANDARD: Final = bytes.maketrans(b"-_", b"+/")  # from the alphabet for URLs
WRAPPED: Final = b" \t\r\n"


class ImageFile(NamedTuple):
    """An image file of a request, and how to name it; empty if it is the only one."""

    body: bytes
    name: str = ""


def files_of_form(parts: Sequence[Part]) -> list[ImageFile]:
    """Take the images of a form.

    Raises:
        InvalidRequest: There is none.
    """
    images = [part for part in parts if part.is_image()]
    if not images:
        names = ", ".join(repr(part.name[:LONGEST_NAME]) for part in parts[:5])
        said = f"the parts {names} are fields" if parts else "it has no parts"
        raise InvalidRequest(f"the form has no images: {said}; give each image a file name")
    return [ImageFile(part.body, _name_of(part, i)) for i, part in enumerate(images)]


def _name_of(part: Part, index: int) -> str:
    said = part.file_name or part.name
    return f"files[{index}] {said[:LONGEST_NAME]!r}" if said else f"files[{index}]"


def files_of_json(texts: Any) -> list[ImageFile]:
    """Decode base64: standard or for URLs, wrapped or not, with or without padding or `data:`.

    Raises:
        InvalidRequest: An item is something else.
    """
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InvalidRequest('images must be a list of base64 strings: {"images": ["iVBOR…"]}')
    return [
        ImageFile(_decoded(text, f"images[{i}]"), f"images[{i}]") for i, text in enumerate(texts)
    ]


def _decoded(text: str, name: str) -> bytes:
    if text.startswith(("http://", "https://")):
        raise InvalidRequest(f"{name} is a URL, and nothing is fetched: send the image itself")
    if text[:5].lower() == "data:":
        head, comma, text = text.partition(",")
        if not comma or not head.lower().endswith(";base64"):
            raise InvalidRequest(f"{name} is a data: URL without base64")
    packed = unquote_to_bytes(text) if "%" in text else text.encode("ascii", "replace")
    packed = packed.translate(STANDARD, WRAPPED).rstrip(b"=")
    try:
        return base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except binascii.Error as error:
        raise InvalidRequest(f"{name} is no base64: {error}") from error
