"""Forms without end, without a boundary, and within each other."""

from collections.abc import Iterator

from tests.hostile.attack import Case, post
from tests.hostile.bad_images import GREY, saved

FORM = "multipart/form-data"
KIND = f"{FORM}; boundary=b"
PNG = saved(GREY, "PNG")


def cases() -> Iterator[Case]:
    """Yield the attacks."""
    for name, (body, kind) in ATTACKS.items():
        yield post(name, "encode", body, kind)
    for name, (body, kind, why) in ODD.items():
        yield post(name, "encode", body, kind, why)


def part(content: bytes = PNG, head: bytes = b"", name: bytes = b"a") -> bytes:
    """Write a file part."""
    disposition = b'Content-Disposition: form-data; name="' + name + b'"; filename="a.png"\r\n'
    return b"--b\r\n" + disposition + head + b"\r\n" + content + b"\r\n"


END = b"--b--\r\n"
FIELD = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
ATTACKS = {
    "no boundary": (part() + END, FORM),
    "an empty boundary": (part() + END, f"{FORM}; boundary="),
    "a boundary of 60 kB": (part() + END, f"{FORM}; boundary={'b' * 60_000}"),
    "a boundary that never comes": (part() + END, f"{FORM}; boundary=other"),
    "no end": (part()[:-2], KIND),
    "no parts": (END, KIND),
    "nothing": (b"", KIND),
    "garbage": (b"\0" * 1000, KIND),
    "dashes": (b"--" * 500_000, KIND),
    "line breaks": (b"\r\n" * 500_000, KIND),
    "5,000 files": (part(b"") * 5000 + END, KIND),
    "5,000 fields": (FIELD * 5000 + END, KIND),
    "100,000 empty parts": (b"--b\r\n\r\n\r\n" * 100_000 + END, KIND),
    "a field of 2 MB": (
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"1" * 2_000_000 + END,
        KIND,
    ),
    "fields alone": (FIELD + END, KIND),
    "a part without a name": (b"--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n" + END, KIND),
    "a part without any header": (b"--b\r\n\r\n1\r\n" + END, KIND),
    "10,000 headers in a part": (part(head=b"X: y\r\n" * 10_000) + END, KIND),
    "a header of 1 MB in a part": (part(head=b"X: " + b"y" * 1_000_000 + b"\r\n") + END, KIND),
    "a header's name of 1 MB": (part(head=b"X" * 1_000_000 + b": y\r\n") + END, KIND),
    "a disposition of 100,000 parameters": (
        b"--b\r\nContent-Disposition: form-data" + b"; a=b" * 100_000 + b"\r\n\r\n1\r\n" + END,
        KIND,
    ),
    "a form within a form": (
        part(part() + END, b"Content-Type: multipart/mixed; boundary=b\r\n") + END,
        KIND,
    ),
    "an unknown charset": (part(b"", name=b"\xff") + END, f"{KIND}; charset=nonsense"),
    "a file that is no image": (part(b"GIF89a") + END, KIND),
    "base64 by transfer encoding": (
        part(b"iVBORw0KGgo=", b"Content-Transfer-Encoding: base64\r\n") + END,
        KIND,
    ),
}
ODD = {
    "a file name of `../../etc/passwd`": (
        part().replace(b'"a.png"', b'"../../etc/passwd"') + END,
        KIND,
        "a part's file name is used for nothing",
    ),
    "a part that says it is HTML": (
        part(head=b"Content-Type: text/html\r\n") + END,
        KIND,
        "the bytes decide",
    ),
    "text before and after": (
        b"\r\n" + part() + END + b"epilogue",
        KIND,
        "RFC 2046 has both be ignored",
    ),
}
